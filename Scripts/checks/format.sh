#!/usr/bin/env bash
# Checks that every Swift file is formatted as .swift-format says; the remedy is `make format`.
#
#   format.sh [FILE...]     default: all Swift files under version control
set -euo pipefail
cd "$(dirname "$0")/../.."

files=("$@")
if [ ${#files[@]} -eq 0 ]; then
    mapfile -d '' -t files < <(git ls-files -z --cached --others --exclude-standard -- '*.swift')
fi
[ ${#files[@]} -gt 0 ] || { echo "format: found nothing to look at; was it started in a checkout?"; exit 1; }
swift format lint --strict --parallel --configuration .swift-format "${files[@]}" ||
    { echo "format: some files differ from the style; run make format, and break what it cannot break"; exit 1; }
echo "format: 0 faults, ${#files[@]} looked at"
