#!/usr/bin/env bash
# Tries a bundle as on a machine that has PyTorch and no Swift: nothing of this machine's Swift, MuJoCo or PyTorch is visible.
#
#   Scripts/bundle/try.sh [BUNDLE]      default: .build/bundle/m3dt; needs root for namespaces of its own
#
# PyTorch is the unpacked wheel that Scripts/bundle.sh fetched, whose part for the CPU is complete.
set -euo pipefail
cd "$(dirname "$0")/../.."
bundle=$(readlink -f "${1:-.build/bundle/m3dt}")
wheels=$(readlink -f .build/bundle/wheels)
source=$PWD
[ -x "$bundle/m3dt" ] || { echo "try: there is no bundle at $bundle; make it with Scripts/bundle.sh" >&2; exit 1; }

# In the namespace: the source folder and Swift are empty folders, the bundle and PyTorch are elsewhere.
inside() {
    local place=$1
    mount -t tmpfs none "$place"
    mkdir "$place/bundle" "$place/python" "$place/run"
    mount --bind "$bundle" "$place/bundle"
    mount --bind "$wheels" "$place/python"
    for hidden in "$source" "$(dirname "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")")"; do
        mount -t tmpfs none "$hidden"
    done
    cd "$place/run"
    local python
    python=$(command -v python3)
    clean() { env -i PATH="$(dirname "$python"):/usr/bin:/bin" HOME="$place/run" "$@"; }
    local run=(clean PYTHONPATH="$place/python" ../bundle/m3dt)

    echo "== without Swift"; ! clean sh -c 'command -v swift'
    echo "== help"; "${run[@]}" --help >help; grep -q "m3dt demo" help
    echo "== tasks"; "${run[@]}" tasks | tail -1
    echo "== goldens"; "${run[@]}" goldens ../bundle/Tests/Fixtures/reference-small | tail -2
    echo "== data and training"; "${run[@]}" demo --quick --run demo --quiet | tail -3
    echo "== a GPU that is not there"; code 69 "cuda" "${run[@]}" goldens ../bundle/Tests/Fixtures/reference-small --device cuda:9
    echo "== without PyTorch, what needs none"; clean ../bundle/m3dt tasks >/dev/null
    echo "== without PyTorch"; code 69 "has no PyTorch" clean ../bundle/m3dt goldens ../bundle/Tests/Fixtures/reference-small
    mkdir other && echo "__version__ = '2.9.1+cu128'" >other/version.py
    echo "== with another PyTorch"
    code 69 "holds PyTorch 2.9.1" clean M3DT_TORCH="$PWD/other" ../bundle/m3dt goldens ../bundle/Tests/Fixtures/reference-small
    echo "== with its folder named"
    clean M3DT_TORCH="$place/python/torch" ../bundle/m3dt goldens ../bundle/Tests/Fixtures/reference-small | tail -1
    echo "try: all passed"
}

# Runs a command that must end with a code and say something.
code() {
    local expected=$1 words=$2 status=0
    shift 2
    "$@" >said 2>&1 || status=$?
    cat said
    [ "$status" = "$expected" ] && grep -q "$words" said || { echo "try: code $status, expected $expected and '$words'" >&2; exit 1; }
}

export -f inside code
export bundle wheels source
place=$(mktemp -d)
trap 'rmdir "$place"' EXIT
unshare --mount bash -euo pipefail -c 'inside "$1"' bash "$place"
