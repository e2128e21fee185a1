#!/usr/bin/env bash
# Builds the documentation of the library with DocC.
#
#   Scripts/docs.sh [FOLDER]     default: .build/docs
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-.build/docs}
targets=(M3DT M3DTTasks M3DTData M3DTModel M3DTTraining M3DTEvaluation)
mkdir -p "$folder"
options=()
for target in "${targets[@]}"; do options+=(--target "$target"); done
swift package --allow-writing-to-directory "$folder" generate-documentation "${options[@]}" \
    --enable-experimental-combined-documentation --output-path "$folder"
printf 'docs: open %s/index.html with a web server, such as: python3 -m http.server --directory %s\n' "$folder" "$folder"
