#!/usr/bin/env bash
# Turns a bare Debian 12 into a build machine: installs the missing packages of tools/packages.txt,
# then fetches the pinned files (tools/fetch.sh). Nothing missing: no network, no root, no wait.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=$(sed 's/#.*//; /^\[/d' tools/packages.txt | xargs)
missing=()
for package in $packages; do
  dpkg -s "$package" 2>/dev/null | grep -q '^Status: .* installed$' || missing+=("$package")
done

if ((${#missing[@]} == 0)); then
  echo "packages: all $(wc -w <<<"$packages") installed"
else
  echo "packages: installing ${#missing[@]}: ${missing[*]}"
  install=(apt-get install -y -qq --no-install-recommends "${missing[@]}")
  if [[ $(id -u) == 0 ]]; then
    as_root=(env DEBIAN_FRONTEND=noninteractive)
  elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n -E env DEBIAN_FRONTEND=noninteractive)
  else
    echo "packages: installing needs root. Run this one line, then the same command again:" >&2
    echo "  sudo sh -c 'apt-get update && ${install[*]}'" >&2
    exit 1
  fi
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" "${install[@]}"; } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    echo "packages: apt-get failed (above: the end of $log)" >&2
    exit 1
  fi
  rm -f "$log"
fi

exec tools/fetch.sh
