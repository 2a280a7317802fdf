#!/usr/bin/env bash
# The main job on real data: look, ask, train four models, judge, predict, serve, ask once over HTTP.
# Prints each command before its output. Works in a folder of its own, which it removes.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

work=$(mktemp -d)
server=
finish() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
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

run skymill show data.csv --rows 5
run skymill query "SELECT gender, round(avg(age), 2) AS age, count(*) AS people FROM 'data.csv' \
WHERE age > 14 GROUP BY gender ORDER BY gender"
for model in logistic_regression decision_tree random_forest; do
  run skymill train data.csv --label gender --features age,height,weight --model "$model" \
    --where "age > 14" --out "$model.skymill" --quiet
done
run skymill train data.csv --label weight --features age,height,gender --model linear_regression \
  --out weight.skymill --quiet
run skymill predict random_forest.skymill data.csv --out scored.csv
run head -n 3 scored.csv

printf '\n$ skymill serve random_forest.skymill --port 0 &\n'
skymill serve random_forest.skymill --port 0 2>serve.log &
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
