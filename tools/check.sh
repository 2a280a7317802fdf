#!/usr/bin/env bash
# Runs every check, even after a failure. The last line is `N passed, M failed, K skipped`.
set -uo pipefail
cd "$(dirname "$0")"

passed=0 failed=0
for check in check_format.sh check_layers.py check_sizes.py check_headers.sh check_artefacts.sh \
  check_tidy.sh; do
  start=$SECONDS
  if ./"$check"; then
    passed=$((passed + 1)) verdict=ok
  else
    failed=$((failed + 1)) verdict=FAILED
  fi
  echo "-- $check: $verdict, $((SECONDS - start)) s"
done
echo "$passed passed, $failed failed, 0 skipped"
((failed == 0))
