#!/usr/bin/env bash
# run_tests.sh PRESET [ctest options]: runs the tests of build/PRESET.
# The last line is `N passed, M failed, K skipped`; status 1 when one failed or none ran.
set -uo pipefail
cd "$(dirname "$0")/.."
build=build/$1
shift

tools/fetch_test_servers.sh || exit 1

# Prebuilt libraries are not instrumented: Arrow allocates where AddressSanitizer sees it, and
# ThreadSanitizer looks at our own code only.
export ARROW_DEFAULT_MEMORY_POOL=system
export UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=ignore_noninstrumented_modules=1

log=$build/ctest.log
ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$(nproc)" "$@" | tee "$log"
status=${PIPESTATUS[0]}

# A result line: ` 3/9 Test #3: base_test.Json.Parses ......   Passed    0.01 sec`
results() { grep -cE "^ *[0-9]+/[0-9]+ Test +#[0-9]+: .*$1" "$log"; }
total=$(results '')
passed=$(results '   Passed ')
skipped=$(results '\*\*\*(Skipped|Not Run \(Disabled\))')
failed=$((total - passed - skipped))
if ((status != 0 && failed == 0)); then
  failed=1  # ctest itself failed
fi
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
