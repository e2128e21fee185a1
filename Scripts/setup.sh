#!/usr/bin/env bash
# Fetches the pinned native libraries and model files into .deps/ and checks their checksums.
#
#   libtorch   headers and libraries, from the PyTorch wheel
#   libmujoco  headers and library, from the MuJoCo wheel
#   models     the XML files of the tasks, from the gymnasium and dm_control wheels
#
# A second run finds the stamp and returns at once, without the network. Nothing is ever half
# installed: everything is unpacked beside .deps/ and moved there in one step.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
stop() { printf 'setup: %s\n' "$*" >&2; exit 1; }

machine=$(uname -m)
wheels=Scripts/wheels
[ -f "$wheels/simulators-$machine.txt" ] ||
    stop "no pinned wheels for this machine ($machine); add them with their checksums to $wheels"

stamp=.deps/stamp
wanted=$(cat "$wheels"/*-"$machine".txt Scripts/setup.sh Scripts/unpack_wheels.py | sha256sum | cut -d' ' -f1)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    say "native libraries are in place (.deps)"
    exit 0
fi

command -v swift >/dev/null || stop "Swift 6.1 or later is missing; install it from https://www.swift.org/install"
command -v python3 >/dev/null || stop "Python 3 is missing; install it (Debian: apt-get install python3 python3-pip)"
python3 -m pip --version >/dev/null 2>&1 || stop "pip is missing; install it (Debian: apt-get install python3-pip)"
[ -f /usr/include/zlib.h ] || stop "zlib's header is missing; install it (Debian: apt-get install zlib1g-dev)"

partial=$(mktemp -d .deps-partial.XXXXXX)
trap 'rm -rf "$partial"' EXIT

# The wheels are only unpacked, never imported, so their Python version need not be this machine's.
fetch() {
    python3 -m pip download --quiet --no-deps --only-binary=:all: --require-hashes \
        --implementation cp --python-version 3.11 --abi cp311 --abi none \
        --platform "manylinux_2_28_$machine" --platform "manylinux_2_25_$machine" \
        --platform "manylinux_2_17_$machine" --platform "manylinux2014_$machine" --platform any \
        --dest "$partial/wheels" --requirement "$wheels/$1-$machine.txt"
}

say "fetching MuJoCo and the model files (65 MB)"
fetch simulators || stop "the download failed; check the network, then run this again"
say "fetching PyTorch's CPU build (190 MB)"
if ! fetch torch-cpu 2>"$partial/torch-cpu.log"; then
    say "the package index does not offer it; fetching the plain build (540 MB)"
    fetch torch-plain || stop "the download failed; check the network, then run this again"
fi

say "unpacking"
python3 Scripts/unpack_wheels.py "$partial/wheels" "$partial/deps"
rm -rf "$partial/wheels"
printf '%s\n' "$wanted" >"$partial/deps/stamp"
rm -rf .deps
mv "$partial/deps" .deps
say "done: $(du -sh .deps | cut -f1) in .deps"

ldconfig -p 2>/dev/null | grep -q libOSMesa || cat <<'NOTE'
setup: pictures of rollouts need OSMesa, which is not installed (Debian: apt-get install libosmesa6);
setup: everything else works without it
NOTE
