#!/usr/bin/env bash
# Runs the tests of the checks, of the set-up and of the workers' protocol, then every check that needs no build; fails if any of them does.
set -uo pipefail
cd "$(dirname "$0")"

failed=0
python3 -B -m unittest --quiet test_checks test_setup || failed=1
python3 -B ../../Tests/Worker/test_protocol.py --quiet || failed=1
./format.sh || failed=1
for check in layering documentation text_rules; do
    python3 -B "$check.py" || failed=1
done
exit "$failed"
