#!/usr/bin/env bash
# The main job on real data: look, ask, train four models, judge, predict, register, serve from the
# registry, ask once over HTTP. Prints each command before its output. Works in a folder of its own,
# which it removes. STORE=s3, gs, az or hdfs keeps data, models and registry there, on a server that it
# starts on this machine.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

mkdir -p build
work=$(mktemp -d "$root/build/demo.XXXXXX")  # the store's server needs what /tmp may lack
server= store=
finish() {
  for process in $server $store; do
    kill "$process" 2>/dev/null && wait "$process" 2>/dev/null || true
  done
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

# wait_for TEXT FILE: until it is there
wait_for() {
  for _ in $(seq 600); do
    grep -q "$1" "$2" && return
    sleep 0.1
  done
  cat "$2" >&2
  return 1
}

at=
if [[ -n ${STORE:-} ]]; then
  if [[ ! $STORE =~ ^(s3|gs|az|hdfs)$ ]]; then
    echo "demo: STORE=$STORE is unknown; leave it out, or say s3, gs, az or hdfs" >&2
    exit 2
  fi
  "$root/tools/fetch_test_servers.sh"
  "$root/tests/servers/store_server.py" "$STORE" "$work" demo >store.log 2>&1 &
  store=$!
  wait_for READY store.log
  while read -r line; do
    [[ $line != *=* ]] || export "${line?}"
  done <store.log
  at=$ROOT
  run skymill doctor "$at"
  run skymill cp data.csv "$at" --verify
  run skymill ls "$at"
fi

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

export SKYMILL_REGISTRY=${at}registry/
run skymill models import "${at}random_forest.skymill" gender --alias champion
run skymill models show gender

printf '\n$ skymill serve gender@champion --port 0 &\n'
skymill serve gender@champion --port 0 2>serve.log &
server=$!
wait_for 'listening on' serve.log
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
