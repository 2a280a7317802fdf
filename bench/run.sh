#!/usr/bin/env bash
# Every measured number, as tables in Markdown. Needs wrk, Go, the servers of the tests, and the
# package registries for the peers (about 700 MB below the cache, once). Takes about 8 minutes; a
# quiet machine gives quiet numbers.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${SKYMILL_CACHE:-$HOME/.cache/skymill}/bench
mkdir -p "$cache"

echo "## Commands"; bench/commands.py --cache "$cache"
echo; echo "## Feeding a pass"; build/release/bench/pass_feed --benchmark_counters_tabular=true
echo; echo "## Serving"; bench/serving.py --cache "$cache"
echo; echo "## Training"; bench/training.py --cache "$cache"
echo; echo "## Stores"; bench/transfer.py --cache "$cache"
