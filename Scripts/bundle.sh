#!/usr/bin/env bash
# Makes a folder with m3dt that runs where PyTorch is installed, with or without CUDA, but Swift is not.
#
#   Scripts/bundle.sh [FOLDER]      default: .build/bundle/m3dt
#
# It holds everything but libtorch: the program with Swift's runtime in it, the library with the C++ over libtorch, built
# against the PyTorch of Scripts/bundle/wheels-*.txt, MuJoCo, models, the workers' program and a launcher that finds PyTorch.
# It may be moved, and holds no path of this machine. The wheels (550 MB) are fetched once; nothing of them is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'bundle: %s\n' "$*"; }
stop() { printf 'bundle: %s\n' "$*" >&2; exit 1; }

machine=$(uname -m)
list=Scripts/bundle/wheels-$machine.txt
[ -f "$list" ] || stop "no pinned wheels for this machine ($machine); add them with their checksums to $list"
Scripts/setup.sh
work=.build/bundle
target=${1:-$work/m3dt}
wheels=$work/wheels
mkdir -p "$work"

wanted=$(cat "$list" Scripts/bundle/unpack.py | sha256sum | cut -d' ' -f1)
if [ "$(cat "$wheels/stamp" 2>/dev/null)" != "$wanted" ]; then
    say "fetching the PyTorch that the bundle is for (550 MB)"
    rm -rf "$wheels" "$work/download"
    python3 -m pip download --quiet --no-deps --only-binary=:all: --require-hashes \
        --implementation cp --python-version 3.11 --abi cp311 --abi none \
        --platform "manylinux_2_28_$machine" --platform "manylinux_2_25_$machine" \
        --platform "manylinux_2_17_$machine" --platform "manylinux2014_$machine" --platform any \
        --dest "$work/download" --requirement "$list" || stop "the download failed; check the network, then run this again"
    python3 Scripts/bundle/unpack.py "$work/download" "$wheels"
    rm -rf "$work/download"
    printf '%s\n' "$wanted" >"$wheels/stamp"
fi

say "building the program"
# Swift's own compiler, which lies beside swift, so that all parts are built alike.
tools=$(dirname "$(readlink -f "$(command -v swiftc)")")
python3 Scripts/bundle/icu.py "$tools/../lib/swift_static" "$tools/clang" "$work/icu.o"
# The linker takes the first object with a symbol, and SwiftPM names its own options last.
printf '#!/bin/sh\nexec %q %q "$@"\n' "$(command -v ld.gold)" "$PWD/$work/icu.o" >"$work/linker"
chmod +x "$work/linker"
build=(swift build -c release --static-swift-stdlib --scratch-path "$work/swift" -Xswiftc "-ld-path=$PWD/$work/linker")
"${build[@]}" --product m3dt

say "building the library over libtorch"
compiler=$tools/clang++
torch=$wheels/torch
parts=$work/parts
rm -rf "$parts" && mkdir -p "$parts"
# PyTorch's compiler wrote template parameters into symbols as Clang did up to 17.
flags=(-std=c++20 -O3 -DNDEBUG -DAT_PER_OPERATOR_HEADERS -fPIC -Wall -fclang-abi-compat=17 "-ffile-prefix-map=$PWD/="
    -I Sources/CTorchBridge/include -isystem "$torch/include" -isystem "$torch/include/torch/csrc/api/include")
find Torch/Sources/M3DTTorch -name '*.cpp' -print0 |
    xargs -0 -P "$(nproc)" -I {} sh -c '"$@" -c "{}" -o "'"$parts"'/$(basename "{}").o"' sh "$compiler" "${flags[@]}"
link=(-shared -Wl,-z,defs -Wl,--allow-shlib-undefined -Wl,-rpath,'$ORIGIN' -L "$torch/lib")
"$compiler" "${link[@]}" "$parts"/*.o -ltorch_cpu -lc10 -l:libgomp.so.1 -o "$parts/libM3DTTorch.so"
# What needs CUDA's own headers is a library of its own, loaded where there is a GPU.
"$compiler" "${flags[@]}" -isystem "$wheels/cuda/include" "${link[@]}" Torch/Sources/M3DTTorchCUDA/CUDAWork.cpp \
    -ltorch_cuda -lc10_cuda -ltorch_cpu -lc10 -l:libcudart.so.13 -o "$parts/libM3DTTorchCUDA.so"

say "putting it together"
rm -rf "$target"
mkdir -p "$target/program" "$target/Scripts"
built=$("${build[@]}" --show-bin-path)
cp "$built/m3dt" "$parts"/*.so .deps/mujoco/lib/libmujoco.so.* "$target/program"
cp -r "$built/m3dt_M3DTSimulation.resources" "$target/program"
cp -r .deps/models "$target/models"
cp -r --parents Worker Studies Tests/Fixtures/reference-small Docs/gpu.md Docs/dependencies.md LICENSE "$target"
find "$target" -name __pycache__ -prune -exec rm -rf {} +
cp Scripts/bundle/launcher.sh "$target/m3dt"
cp Scripts/setup_worker.sh Scripts/gpu_figures.sh "$target/Scripts"
sed -n 's/^torch==\([^ ]*\).*/\1/p' "$list" >"$target/torch-version"
strip "$target/program/m3dt" "$target"/program/*.so*
python3 Scripts/bundle/finish.py "$target" "$PWD"
say "done: $target, $(du -sm "$target" | cut -f1) MB; try it with Scripts/bundle/try.sh"
