#!/usr/bin/env bash
# Runs tests under a sanitizer, in a build folder of its own.
#
#   Scripts/test_sanitized.sh address|thread FILTER...
#
# FILTER is what `swift test --filter` takes, such as M3DTTensorTests. The bridge tells the thread sanitizer how OpenMP
# starts and joins its threads; what a sanitizer cannot see is named, with the reason, in Scripts/sanitizers.
set -euo pipefail
cd "$(dirname "$0")/.."

stop() { printf 'test_sanitized: %s\n' "$*" >&2; exit 2; }

[ $# -ge 2 ] || stop "usage: Scripts/test_sanitized.sh address|thread FILTER..."
kind=$1
shift
case $kind in
    address | thread) ;;
    *) stop "there is no sanitizer '$kind' here; choose address or thread" ;;
esac

filters=()
for filter in "$@"; do filters+=(--filter "$filter"); done
# A test asks for more memory than there is: that must be an error of ours, not of the sanitizer.
export ASAN_OPTIONS=allocator_may_return_null=1
export TSAN_OPTIONS=allocator_may_return_null=1:suppressions=$PWD/Scripts/sanitizers/threads.supp
export LSAN_OPTIONS=suppressions=$PWD/Scripts/sanitizers/leaks.supp
# Tests run side by side: threads that spin while they wait would hold each other up.
export GOMP_SPINCOUNT=5000
# XCTest, which the tests do not use, would report leaks of its own.
swift test --disable-xctest --sanitize="$kind" --scratch-path ".build-$kind" "${filters[@]}"
