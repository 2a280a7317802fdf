#!/usr/bin/env bash
# The main job on real data: look, ask, train four models, judge, predict, serve, ask once over HTTP.
# Prints each command before its output. Works in a folder of its own, which it removes.
# STORE=s3 or gs keeps data and models in a bucket, of a server that it starts on this machine.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

mkdir -p build
work=$(mktemp -d "$root/build/demo.XXXXXX")  # the store's server needs what /tmp may lack
server= store=
finish() {
  for process in $server $store; do kill "$process" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT
cp data/yrbss.csv "$work/data.csv"
cd "$work"
PATH=$root/build/release:$PATH

run() {
  printf '\n$ %s\n' "$(printf '%q ' "$@" | sed 's/ $//')"
  "$@"
}

at=
case ${STORE:-} in
  '') ;;
  s3 | gs)
    "$root/tools/fetch_test_servers.sh"
    cache=${SKYMILL_CACHE:-$HOME/.cache/skymill}
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    mkdir -p buckets/demo
    if [[ $STORE == s3 ]]; then
      export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_ACCESS_KEY_ID=demo \
        AWS_SECRET_ACCESS_KEY=demo-secret
      ROOT_ACCESS_KEY=demo ROOT_SECRET_KEY=demo-secret "$cache/versitygw-1.7.0/versitygw" \
        --quiet --port "127.0.0.1:$port" posix --concurrency 1 "$work/buckets" >store.log 2>&1 &
    else
      export STORAGE_EMULATOR_HOST=127.0.0.1:$port GOOGLE_APPLICATION_CREDENTIALS=
      "$cache/fake-gcs-server-1.55.1/fake-gcs-server" -scheme http -host 127.0.0.1 -port "$port" \
        -backend memory -data "$work/buckets" >store.log 2>&1 &
    fi
    store=$!
    for _ in $(seq 100); do
      (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
      sleep 0.1
    done
    at=$STORE://demo/
    run skymill doctor "$at"
    run skymill cp data.csv "$at" --verify
    run skymill ls "$at"
    ;;
  *)
    echo "demo: STORE=$STORE is unknown; leave it out, or say s3 or gs" >&2
    exit 2
    ;;
esac

run skymill show "${at}data.csv" --rows 5
run skymill query "SELECT gender, round(avg(age), 2) AS age, count(*) AS people FROM '${at}data.csv' \
WHERE age > 14 GROUP BY gender ORDER BY gender"
for model in logistic_regression decision_tree random_forest; do
  run skymill train "${at}data.csv" --label gender --features age,height,weight --model "$model" \
    --where "age > 14" --out "$at$model.skymill" --quiet
done
run skymill train "${at}data.csv" --label weight --features age,height,gender --model linear_regression \
  --out "${at}weight.skymill" --quiet
run skymill predict "${at}random_forest.skymill" "${at}data.csv" --out "${at}scored.csv"
printf '\n$ skymill cat %sscored.csv | head -n 3\n' "$at"
skymill cat "${at}scored.csv" | head -n 3 || [[ $? == 141 ]]

printf '\n$ skymill serve %srandom_forest.skymill --port 0 &\n' "$at"
skymill serve "${at}random_forest.skymill" --port 0 2>serve.log &
server=$!
for _ in $(seq 100); do
  grep -q 'listening on' serve.log && break
  sleep 0.1
done
cat serve.log
url=$(grep -o 'http://[0-9.:]*' serve.log | head -n 1)
person='{"age": 16, "height": 1.7, "weight": 60}'
printf '\n$ curl %s/predict --json '"'%s'"'\n' "$url" "$person"
# curl is not on every machine; bash speaks enough HTTP for one request.
exec 3<>"/dev/tcp/127.0.0.1/${url##*:}"
printf 'POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' \
  "${#person}" "$person" >&3
answer=$(sed '1,/^\r$/d' <&3)
exec 3>&-
echo "$answer"
[[ $answer == *'"prediction"'* ]]
kill -TERM "$server"
wait "$server"
server=
printf '\nstopped. Every command has --help; README.md goes on from here.\n'
