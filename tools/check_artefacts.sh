#!/usr/bin/env bash
# What the built files need and show: the kernel library loads on a foreign machine and exports
# only its C entries; the serving program has no trainers, engine or formats; nothing is undefined;
# run paths name no folder of this machine.
set -uo pipefail
cd "$(dirname "$0")/.."
build=build/release
status=0

fail() { echo "$build/$1: $2; $3"; status=1; }
needed() { readelf -d "$build/$1" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p'; }

kernel=libskymill_kernel.so
if [[ -f $build/$kernel ]]; then
  foreign=$(needed $kernel | grep -vE '^(libc|libm|libpthread|libdl|ld-linux-x86-64)\.so' | xargs)
  [[ -z $foreign ]] ||
    fail $kernel "needs $foreign" "executors have only glibc: keep it out of passes"
  newest=$(objdump -T $build/$kernel | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -n 1)
  [[ $(printf '%s\nGLIBC_2.35\n' "$newest" | sort -V | tail -n 1) == GLIBC_2.35 ]] ||
    fail $kernel "needs $newest" "at most GLIBC_2.35 is allowed"
  extra=$(nm -D --defined-only $build/$kernel | awk '$3 !~ /^skymill_kernel_/ {print $3}' | xargs)
  [[ -z $extra ]] || fail $kernel "exports $extra" "see cmake/kernel.map"
  size=$(stat -c %s $build/$kernel)
  ((size <= 3 << 20)) ||
    fail $kernel "has $size bytes" "at most 3 MiB: something large is reached from a pass"
fi

if [[ -f $build/skymill-serve ]]; then
  foreign=$(needed skymill-serve | grep -E 'duckdb|arrow|parquet|grpc|skymill' | xargs)
  [[ -z $foreign ]] || fail skymill-serve "needs $foreign" "serve must not reach them"
fi

modules="skymill_duckdb.so skymill_arrow.so skymill_http.so skymill_signing.so"
for file in libskymill.so $modules; do
  [[ -f $build/$file ]] || continue
  missing=$(ldd -r "$build/$file" 2>&1 | sed -nE 's/^undefined symbol: (\S+).*/\1/p' |
    c++filt | sed 3q | xargs)
  [[ -z $missing ]] || fail $file "lacks $missing" "define it, or call it from a later module"
done

for file in skymill skymill-serve libskymill.so $kernel $modules; do
  [[ -f $build/$file ]] || continue
  readelf -d "$build/$file" | grep -E 'R(UN)?PATH' | grep -qv '\[$ORIGIN\]' &&
    fail "$file" "has a run path other than \$ORIGIN" "set INSTALL_RPATH"
done
echo "artefacts: checked"
exit $status
