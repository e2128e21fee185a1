// Sixteen numbers at a time, with AVX-512 and its instructions for bfloat16. AVX2.h has the same names.
#pragma once

namespace m3dt {
namespace {

#define M3DT_TILE inline __attribute__((always_inline))

using Floats = __m512;
// Sixteen words of 32 bits, each a number of float32 or two of bfloat16.
using Words = __m512i;
using Mask = __mmask16;

constexpr int64_t vector = 16;
// A tile of a product with a panel: its sums fit the registers beside a step of the panel.
constexpr int64_t tileRows = 6, tileVectors = 4;
// The widest tile of a product in attention, in vectors, and how many rows it may have.
constexpr int widestStrip = 5;
constexpr int stripTileRows(int columns) { return columns > 2 ? 4 : 8; }

M3DT_TILE Floats all(float value) { return _mm512_set1_ps(value); }
M3DT_TILE Words allWords(uint32_t word) { return _mm512_set1_epi32(static_cast<int>(word)); }

M3DT_TILE Floats load(const float *from) { return _mm512_loadu_ps(from); }
M3DT_TILE Floats load(const float *from, Mask mask) { return _mm512_maskz_loadu_ps(mask, from); }
M3DT_TILE Floats load(const uint16_t *from, Mask mask) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, from)), 16));
}
M3DT_TILE Words loadWords(const uint32_t *from) { return _mm512_loadu_si512(from); }

M3DT_TILE void store(float *to, Floats value) { _mm512_storeu_ps(to, value); }
M3DT_TILE void store(float *to, Floats value, Mask mask) { _mm512_mask_storeu_ps(to, mask, value); }
M3DT_TILE void store(uint16_t *to, Floats value, Mask mask) {
    _mm256_mask_storeu_epi16(to, mask, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value)));
}

// a b + c
M3DT_TILE Floats multiplyAdd(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }

template <bool isHalf>
M3DT_TILE Floats multiplyAddWords(Words a, Words b, Floats sum) {
    if constexpr (isHalf)
        return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
    else
        return _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum);
}

// The larger; the second where either is not a number.
M3DT_TILE Floats larger(Floats a, Floats b) { return _mm512_max_ps(a, b); }
// Where a is at most b; not where either is not a number.
M3DT_TILE Mask isAtMost(Floats a, Floats b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
M3DT_TILE Floats select(Mask mask, Floats a, Floats otherwise) { return _mm512_mask_mov_ps(otherwise, mask, a); }
M3DT_TILE float sumOf(Floats value) { return _mm512_reduce_add_ps(value); }
M3DT_TILE float largestOf(Floats value) { return _mm512_reduce_max_ps(value); }

M3DT_TILE Floats roundedToWhole(Floats value) {
    return _mm512_roundscale_ps(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
// value times 2 to a whole power from -200 to 0
M3DT_TILE Floats timesPowerOfTwo(Floats value, Floats power) { return _mm512_scalef_ps(value, power); }

// A bit for each of 32 numbers of 16 bits, at an address that 64 divides: whether it is at least the threshold.
M3DT_TILE uint32_t areAtLeast(const uint32_t *pairs, uint32_t threshold) {
    return _mm512_cmpge_epu16_mask(_mm512_load_si512(pairs), _mm512_set1_epi16(static_cast<short>(threshold)));
}

}  // namespace
}  // namespace m3dt
