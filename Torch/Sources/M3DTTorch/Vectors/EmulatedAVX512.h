// The instructions of AVX512.h from narrower ones, to test its loops on a processor that has no AVX-512: Scripts/test_emulated.sh. Most
// of them are SIMDe's; those that it lacks are here, number by number.
#pragma once

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#include <simde/x86/fma.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace m3dt::emulated {

template <typename T, typename Vector>
T element(const Vector &vector, int index) {
    T result;
    std::memcpy(&result, reinterpret_cast<const char *>(&vector) + index * sizeof(T), sizeof(T));
    return result;
}

// Sixteen elements of a vector by their indices.
template <typename Vector, typename T, typename Element>
Vector each(const Element &value) {
    T all[16];
    for (int i = 0; i < 16; i++) all[i] = value(i);
    Vector result;
    std::memcpy(&result, all, sizeof(all));
    return result;
}

template <typename Vector, typename T>
Vector loadMasked(unsigned mask, const void *from) {
    return each<Vector, T>([&](int i) { return mask >> i & 1 ? static_cast<const T *>(from)[i] : T{}; });
}

template <typename T, typename Vector>
void storeMasked(void *to, unsigned mask, const Vector &value) {
    for (int i = 0; i < 16; i++)
        if (mask >> i & 1) static_cast<T *>(to)[i] = element<T>(value, i);
}

inline __m512i widened(const __m256i &halves) {
    return each<__m512i, uint32_t>([&](int i) { return element<uint16_t>(halves, i); });
}

inline simde__m256bh narrowed(const __m512 &value) {
    return each<simde__m256bh, uint16_t>([&](int i) {
        auto number = element<float>(value, i);
        auto bits = std::bit_cast<uint32_t>(number);
        return static_cast<uint16_t>(number != number ? 0x7FC0 : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    });
}

template <typename Join>
float reduced(const __m512 &value, const Join &join) {
    auto result = element<float>(value, 0);
    for (int i = 1; i < 16; i++) result = join(result, element<float>(value, i));
    return result;
}

}  // namespace m3dt::emulated

#undef _mm512_cvtepu16_epi32
#define _mm256_maskz_loadu_epi16 m3dt::emulated::loadMasked<__m256i, uint16_t>
#define _mm512_maskz_loadu_ps m3dt::emulated::loadMasked<__m512, float>
#define _mm256_mask_storeu_epi16 m3dt::emulated::storeMasked<uint16_t>
#define _mm512_mask_storeu_ps m3dt::emulated::storeMasked<float>
#define _mm512_cvtepu16_epi32 m3dt::emulated::widened
#define _mm512_cvtneps_pbh m3dt::emulated::narrowed
#define _mm512_reduce_add_ps(value) m3dt::emulated::reduced(value, [](float a, float b) { return a + b; })
#define _mm512_reduce_max_ps(value) m3dt::emulated::reduced(value, [](float a, float b) { return std::max(a, b); })
