#!/usr/bin/env bash
# Tests the loops for AVX-512 on a processor that has none: SIMDe puts its instructions together from narrower ones.
#
#   Scripts/test_emulated.sh      after `swift build --build-tests`; needs SIMDe (Debian: libsimde-dev)
#
# Two files of the library over libtorch are compiled once more and linked with what the build has of the others.
set -euo pipefail
cd "$(dirname "$0")/.."

if grep -q avx512_bf16 /proc/cpuinfo; then
    echo "test_emulated: this processor has AVX-512 itself"
    exit 0
fi
built=$(swift build --show-bin-path)
folder=$PWD/.build/emulated
torch=$PWD/.deps/torch
compiler=$(dirname "$(readlink -f "$(command -v swiftc)")")/clang++
rm -rf "$folder" && mkdir -p "$folder"

objects=()
while IFS= read -r file; do
    case $file in
        Vectors/Loops.cpp | Vectors/LoopsAVX512.cpp)
            object=$folder/$(basename "$file").o
            "$compiler" -std=c++20 -O2 -fPIC -Wno-psabi -mavx2 -mfma -DM3DT_EMULATES_AVX512 -DAT_PER_OPERATOR_HEADERS \
                -I Sources/CTorchBridge/include \
                -isystem "$torch/include" -isystem "$torch/include/torch/csrc/api/include" \
                -c "Torch/Sources/M3DTTorch/$file" -o "$object" ;;
        *) object=$built/M3DTTorch.build/$file.o ;;
    esac
    objects+=("$object")
done < <(cd Torch/Sources/M3DTTorch && find . -name '*.cpp' -printf '%P\n')
"$compiler" -shared "${objects[@]}" -L "$torch/lib" "-Wl,-rpath,$torch/lib" -ltorch_cpu -lc10 -l:libgomp.so.1 \
    -o "$folder/libM3DTTorch.so"

# The loader looks here first; whether it finds the library is seen, since the tests would pass without it as well.
export LD_LIBRARY_PATH=$folder M3DT_VECTORS=avx512
LD_DEBUG=files "$built/m3dt" goldens Tests/Fixtures/reference-small >"$folder/goldens.log" 2>&1
grep -q "calling init: $folder/libM3DTTorch.so" "$folder/goldens.log"
swift test --skip-build --filter 'M3DT(Tensor|Model)Tests'
