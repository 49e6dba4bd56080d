#!/usr/bin/env bash
# Runs the tests under sanitizers: all of them under address and undefined, sampling and loading under thread.
# sanitize.sh [asan] [tsan]: both by default.
set -euo pipefail
cd "$(dirname "$0")/.."

run() {
  [ -f "build/$1/build.ninja" ] || cmake --preset "$1"
  cmake --build --preset "$1" --target grapevine_tests
  ctest --preset "$1"
}

for preset in "${@:-asan tsan}"; do
  for name in $preset; do
    case "$name" in
      asan)
        # libtorch keeps some memory until the process ends; its pools are not our leaks.
        ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 \
        LSAN_OPTIONS=suppressions=$PWD/scripts/lsan.supp:print_suppressions=0 \
        UBSAN_OPTIONS=print_stacktrace=1 run asan ;;
      tsan)
        # libtorch and libgomp are not built for the thread sanitizer: one compute thread, so that every thread
        # left is one of ours, and nothing reported from inside those libraries.
        OMP_NUM_THREADS=1 TSAN_OPTIONS=suppressions=$PWD/scripts/tsan.supp:ignore_noninstrumented_modules=1 \
          run tsan ;;
      *) echo "sanitize: unknown preset $name; there are asan and tsan" >&2; exit 2 ;;
    esac
  done
done
