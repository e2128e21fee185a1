// Sixteen numbers at a time, as two vectors of AVX2 with FMA. AVX512.h has the same names.
#pragma once

namespace m3dt {
namespace {

#define M3DT_TILE inline __attribute__((always_inline))

struct Floats {
    __m256 low, high;
};
// Sixteen words of 32 bits, each a number of float32 or two of bfloat16.
struct Words {
    __m256i low, high;
};
using Mask = uint16_t;

constexpr int64_t vector = 16;
// A tile of a product with a panel: its sums fit the registers beside a step of the panel.
constexpr int64_t tileRows = 6, tileVectors = 1;
// The widest tile of a product in attention, in vectors, and how many rows it may have.
constexpr int widestStrip = 2;
constexpr int stripTileRows(int columns) { return columns > 1 ? 2 : 4; }

M3DT_TILE Floats operator+(Floats a, Floats b) { return {a.low + b.low, a.high + b.high}; }
M3DT_TILE Floats operator-(Floats a, Floats b) { return {a.low - b.low, a.high - b.high}; }
M3DT_TILE Floats operator*(Floats a, Floats b) { return {a.low * b.low, a.high * b.high}; }

M3DT_TILE Floats all(float value) { return {_mm256_set1_ps(value), _mm256_set1_ps(value)}; }
M3DT_TILE Words allWords(uint32_t word) {
    auto half = _mm256_set1_epi32(static_cast<int>(word));
    return {half, half};
}

// The lanes of the low (0) or the high half (1) whose bits are set.
M3DT_TILE __m256 lanes(Mask mask, int half) {
    auto bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    auto set = _mm256_and_si256(_mm256_set1_epi32(mask >> (8 * half)), bits);
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(set, bits));
}

M3DT_TILE Floats load(const float *from) { return {_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)}; }
M3DT_TILE Floats load(const float *from, Mask mask) {
    if (mask == 0xFFFF) return load(from);
    return {_mm256_maskload_ps(from, _mm256_castps_si256(lanes(mask, 0))),
            _mm256_maskload_ps(from + 8, _mm256_castps_si256(lanes(mask, 1)))};
}

M3DT_TILE __m256 widened(__m128i halves) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}
M3DT_TILE Floats load(const uint16_t *from, Mask mask) {
    alignas(32) uint16_t there[vector] = {};
    if (mask != 0xFFFF) {
        for (int i = 0; i < vector; i++)
            if (mask >> i & 1) there[i] = from[i];
        from = there;
    }
    auto *halves = reinterpret_cast<const __m128i *>(from);
    return {widened(_mm_loadu_si128(halves)), widened(_mm_loadu_si128(halves + 1))};
}

M3DT_TILE Words loadWords(const uint32_t *from) {
    auto *halves = reinterpret_cast<const __m256i *>(from);
    return {_mm256_loadu_si256(halves), _mm256_loadu_si256(halves + 1)};
}

M3DT_TILE void store(float *to, Floats value) {
    _mm256_storeu_ps(to, value.low);
    _mm256_storeu_ps(to + 8, value.high);
}
M3DT_TILE void store(float *to, Floats value, Mask mask) {
    if (mask == 0xFFFF) return store(to, value);
    _mm256_maskstore_ps(to, _mm256_castps_si256(lanes(mask, 0)), value.low);
    _mm256_maskstore_ps(to + 8, _mm256_castps_si256(lanes(mask, 1)), value.high);
}

// The nearest numbers of bfloat16, the even one of two, in the low halves of words.
M3DT_TILE __m256i narrowed(__m256 value) {
    auto bits = _mm256_castps_si256(value);
    auto odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    auto rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7FFF)));
    auto isNumber = _mm256_castps_si256(_mm256_cmp_ps(value, value, _CMP_ORD_Q));
    return _mm256_srli_epi32(_mm256_blendv_epi8(_mm256_set1_epi32(0x7FC00000), rounded, isNumber), 16);
}
M3DT_TILE void store(uint16_t *to, Floats value, Mask mask) {
    // The instruction packs each half of a vector by itself.
    auto packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(narrowed(value.low), narrowed(value.high)), 0xD8);
    if (mask == 0xFFFF) return _mm256_storeu_si256(reinterpret_cast<__m256i *>(to), packed);
    alignas(32) uint16_t there[vector];
    _mm256_store_si256(reinterpret_cast<__m256i *>(there), packed);
    for (int i = 0; i < vector; i++)
        if (mask >> i & 1) to[i] = there[i];
}

// a b + c
M3DT_TILE Floats multiplyAdd(Floats a, Floats b, Floats c) {
    return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}

// The first and the second number of bfloat16 of each word.
M3DT_TILE Floats firsts(Words pairs) {
    return {_mm256_castsi256_ps(_mm256_slli_epi32(pairs.low, 16)), _mm256_castsi256_ps(_mm256_slli_epi32(pairs.high, 16))};
}
M3DT_TILE Floats seconds(Words pairs) {
    auto upper = _mm256_set1_epi32(static_cast<int>(0xFFFF0000));
    return {_mm256_castsi256_ps(_mm256_and_si256(pairs.low, upper)), _mm256_castsi256_ps(_mm256_and_si256(pairs.high, upper))};
}

template <bool isHalf>
M3DT_TILE Floats multiplyAddWords(Words a, Words b, Floats sum) {
    if constexpr (isHalf)
        return multiplyAdd(seconds(a), seconds(b), multiplyAdd(firsts(a), firsts(b), sum));
    else
        return {_mm256_fmadd_ps(_mm256_castsi256_ps(a.low), _mm256_castsi256_ps(b.low), sum.low),
                _mm256_fmadd_ps(_mm256_castsi256_ps(a.high), _mm256_castsi256_ps(b.high), sum.high)};
}

// The larger; the second where either is not a number.
M3DT_TILE Floats larger(Floats a, Floats b) { return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)}; }
// Where a is at most b; not where either is not a number.
M3DT_TILE Mask isAtMost(Floats a, Floats b) {
    int low = _mm256_movemask_ps(_mm256_cmp_ps(a.low, b.low, _CMP_LE_OQ));
    int high = _mm256_movemask_ps(_mm256_cmp_ps(a.high, b.high, _CMP_LE_OQ));
    return static_cast<Mask>(low | high << 8);
}
M3DT_TILE Floats select(Mask mask, Floats a, Floats otherwise) {
    return {_mm256_blendv_ps(otherwise.low, a.low, lanes(mask, 0)), _mm256_blendv_ps(otherwise.high, a.high, lanes(mask, 1))};
}

M3DT_TILE float sumOf(Floats value) {
    auto eight = _mm256_add_ps(value.low, value.high);
    auto four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    auto two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
M3DT_TILE float largestOf(Floats value) {
    auto eight = _mm256_max_ps(value.low, value.high);
    auto four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    auto two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

M3DT_TILE Floats roundedToWhole(Floats value) {
    constexpr int nearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
    return {_mm256_round_ps(value.low, nearest), _mm256_round_ps(value.high, nearest)};
}

// value times 2 to a whole power from -200 to 0; 0 instead of numbers too small for all their digits
M3DT_TILE __m256 timesPowerOfTwo(__m256 value, __m256 power) {
    auto exponent = _mm256_add_epi32(_mm256_cvtps_epi32(power), _mm256_set1_epi32(127));
    auto product = _mm256_mul_ps(value, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
    return _mm256_and_ps(product, _mm256_cmp_ps(power, _mm256_set1_ps(-126), _CMP_NLT_UQ));
}
M3DT_TILE Floats timesPowerOfTwo(Floats value, Floats power) {
    return {timesPowerOfTwo(value.low, power.low), timesPowerOfTwo(value.high, power.high)};
}

// A bit for each of 32 numbers of 16 bits, at an address that 64 divides: whether it is at least the threshold.
M3DT_TILE uint32_t areAtLeast(const uint32_t *pairs, uint32_t threshold) {
    auto least = _mm256_set1_epi16(static_cast<short>(threshold));
    auto compared = [&](const uint32_t *from) __attribute__((always_inline)) {
        auto values = _mm256_load_si256(reinterpret_cast<const __m256i *>(from));
        return _mm256_cmpeq_epi16(_mm256_max_epu16(values, least), values);
    };
    auto bytes = _mm256_packs_epi16(compared(pairs), compared(pairs + 8));
    return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_permute4x64_epi64(bytes, 0xD8)));
}

}  // namespace
}  // namespace m3dt
