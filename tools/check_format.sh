#!/usr/bin/env bash
# C++ files are as clang-format-16 writes them; no text file has trailing blanks or lacks its last
# newline. `tools/check_format.sh --fix` (make format) rewrites the C++ files.
set -euo pipefail
cd "$(dirname "$0")/.."

# files PATTERN...: those of the repository, committed or not, that exist
files() {
  git ls-files -co --exclude-standard -- "$@" | while read -r file; do
    [[ ! -f $file ]] || echo "$file"
  done
}
mapfile -t code < <(files '*.h' '*.cc')
mapfile -t text < <(files '*.h' '*.cc' '*.py' '*.sh' '*.cmake' '*CMakeLists.txt' '*.md' Makefile \
  .ci/run)

if [[ ${1:-} == --fix ]]; then
  clang-format-16 -i "${code[@]}"
  exit
fi

unformatted() {
  printf '%s\0' "${code[@]}" | xargs -0 -P "$(nproc)" -n 8 clang-format-16 --dry-run 2>&1 |
    sed -nE 's/^([^:]+:[0-9]+):[0-9]+: warning:.*/\1: not formatted; run `make format`/p' | uniq
}
untidy_ends() {
  grep -HnoE '[[:blank:]]+$' "${text[@]}" |
    sed -E 's/^([^:]+:[0-9]+):.*/\1: trailing blanks; remove them/'
  for file in "${text[@]}"; do
    [[ -z $(tail -c 1 "$file") ]] || echo "$file:$(wc -l <"$file"): no newline at the end; add it"
  done
}

findings=$(unformatted; untidy_ends) || true
[[ -z $findings ]] || echo "$findings"
echo "format: ${#text[@]} files, $(grep -c . <<<"$findings" || true) findings"
[[ -z $findings ]]
