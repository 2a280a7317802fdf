#!/usr/bin/env bash
# clang-tidy-16 over the C++ files changed in the last 20 commits or not committed yet.
# A changed header is seen through its own source, its test, or else one source that includes it.
# Needs a configured build/release. `tools/check_tidy.sh FILE...` looks at those files instead.
set -euo pipefail
cd "$(dirname "$0")/.."

changed() {
  git log -n 20 --name-only --pretty=format: 2>/dev/null || true
  git diff --name-only HEAD 2>/dev/null || git ls-files
  git ls-files -o --exclude-standard
}

including() {
  grep -rlF --include='*.cc' "\"$1\"" src tests 2>/dev/null | sort | sed 1q || true
}

sources() {
  local file source
  while read -r file; do
    case $file in
      *.cc) echo "$file" ;;
      *.h)
        source=${file%.h}.cc
        [[ -f $source ]] || source=${file%.h}_test.cc
        [[ -f $source ]] || source=$(including "${file#src/}")
        echo "$source" ;;
    esac
  done
}

compiled() {
  local file
  while read -r file; do
    [[ -n $file ]] && grep -qF "$PWD/$file\"" build/release/compile_commands.json && echo "$file"
  done
}

mapfile -t files < <(
  if (($# > 0)); then printf '%s\n' "$@"; else changed; fi | sort -u | sources | sort -u | compiled
)

status=0
if ((${#files[@]} > 0)); then
  printf '%s\0' "${files[@]}" | xargs -0 -P "$(nproc)" -n 1 clang-tidy-16 -p build/release --quiet \
    --extra-arg=-Wno-unknown-warning-option \
    2>build/tidy.log | sed "s|^$PWD/||" || status=1
  grep -E ': (fatal )?error:|^Error' build/tidy.log || true
fi
echo "tidy: ${#files[@]} files"
exit $status
