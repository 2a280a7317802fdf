#!/usr/bin/env bash
# Every header compiles alone: it includes what it uses.
set -euo pipefail
cd "$(dirname "$0")/.."
export cache=${SKYMILL_CACHE:-$HOME/.cache/skymill}

compile() {
  g++ -std=c++20 -fsyntax-only -Wall -Wextra -Iinclude -Isrc -isystem /usr/include/eigen3 \
    -isystem "$cache/duckdb-1.5.6" -isystem "$cache/pyarrow-26.0.1/include" \
    -include "$1" -x c++ /dev/null && return
  echo "$1:1: does not compile alone; include what it uses"
  return 1
}
export -f compile

mapfile -t headers < <(find src include tests bench examples -name '*.h' 2>/dev/null | sort)
status=0
printf '%s\0' "${headers[@]}" | xargs -0 -P "$(nproc)" -I{} bash -c 'compile {}' || status=1
echo "headers: ${#headers[@]} compiled alone"
exit $status
