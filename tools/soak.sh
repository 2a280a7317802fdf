#!/usr/bin/env bash
# The tests whose chance of finding something grows with time: races, kills, damaged bytes. An hour or
# two; ends in `N passed, M failed, K skipped`.
set -uo pipefail
cd "$(dirname "$0")/.."
tools/fetch_test_servers.sh || exit 1
build=build/release passed=0 failed=0

# try COMMAND...: counts whether it worked
try() {
  echo "== $*"
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

export SKYMILL_COMMITS=200 SKYMILL_KILLS=400 SKYMILL_MUTATIONS=1000000
try "$build/tests/registry_conformance_test" --gtest_filter='*Racing*'
for class in Models S3 Gcs Azure Hdfs; do
  try python3 tests/cli/cli_test.py "$build" "$class.test_a_killed_publication_leaves_no_half"
done
try "$build/tests/model_test"
try "$build/tests/table_test"
echo "$passed passed, $failed failed, 0 skipped"
((failed == 0))
