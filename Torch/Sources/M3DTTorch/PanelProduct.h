// The innermost loops of products with panels. Include it only between the two lines that choose the instructions, as below.
#pragma once

#include "Panels.h"

#if defined(__x86_64__) && defined(__clang__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16"))), apply_to = function)

namespace m3dt::panels {

#define M3DT_TILE inline __attribute__((always_inline))

constexpr int64_t vector = 16, vectors = panelColumns / vector;
// As many rows as their sums, four vectors each, fit the registers beside a step of the panel.
constexpr int64_t tileRows = 6;

// The numbers of a row in each of the two types, as words in memory and as vectors of float32.
template <bool isHalf>
struct Numbers {
    using Type = std::conditional_t<isHalf, uint16_t, float>;

    static M3DT_TILE __m512 load(const Type *from, __mmask16 mask) {
        if constexpr (isHalf)
            return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, from)), 16));
        else
            return _mm512_maskz_loadu_ps(mask, from);
    }

    static M3DT_TILE void store(Type *to, __m512 value, __mmask16 mask) {
        if constexpr (isHalf)
            _mm256_mask_storeu_epi16(to, mask, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(value)));
        else
            _mm512_mask_storeu_ps(to, mask, value);
    }
};

template <bool isHalf>
M3DT_TILE __m512 multiplyAdd(__m512 sum, __m512i a, __m512i b) {
    if constexpr (isHalf)
        return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
    else
        return _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum);
}

// Which of the 16 columns from `column` on are there.
M3DT_TILE __mmask16 present(int64_t columns, int64_t column) {
    int64_t count = columns - column;
    return count >= vector ? 0xFFFF : count <= 0 ? 0 : static_cast<__mmask16>((1u << count) - 1);
}

// Memory that will be read soon, to be fetched a line at a time.
struct Ahead {
    const char *next = nullptr;
    int64_t lines = 0;
};

template <bool isHalf, int rows, bool fetches>
M3DT_TILE void steps(const uint32_t *a, int64_t stride, const uint32_t *panel, int64_t first, int64_t last,
                     const char *next, __m512 (&sums)[rows][vectors]) {
    for (int64_t s = first; s < last; s++) {
        __m512i b[vectors];
        for (int64_t j = 0; j < vectors; j++) b[j] = _mm512_loadu_si512(panel + s * panelColumns + j * vector);
        if constexpr (fetches) _mm_prefetch(next + s * 64, _MM_HINT_T0);
        for (int64_t r = 0; r < rows; r++) {
            auto word = _mm512_set1_epi32(static_cast<int>(a[r * stride + s]));
            for (int64_t j = 0; j < vectors; j++) sums[r][j] = multiplyAdd<isHalf>(sums[r][j], word, b[j]);
        }
    }
}

// Rows of `a` times a panel; `finish(row, sums)` for each row.
template <bool isHalf, int rows, typename Finish>
M3DT_TILE void tile(const uint32_t *a, int64_t stride, const uint32_t *panel, int64_t count, Ahead ahead, int64_t row,
                    const Finish &finish) {
    __m512 sums[rows][vectors];
    for (auto &line : sums)
        for (auto &sum : line) sum = _mm512_setzero_ps();
    int64_t fetched = std::min(ahead.lines, count);
    if (fetched > 0) steps<isHalf, rows, true>(a, stride, panel, 0, fetched, ahead.next, sums);
    steps<isHalf, rows, false>(a, stride, panel, fetched, count, nullptr, sums);
    for (int r = 0; r < rows; r++) finish(row + r, sums[r]);
}

// The product of rows of words, `stride` apart, with one panel of `count` steps, tile by tile.
template <bool isHalf, typename Finish>
M3DT_TILE void product(const uint32_t *a, int64_t stride, int64_t rows, const uint32_t *panel, int64_t count,
                       const uint32_t *nextPanel, const Finish &finish) {
    int64_t tiles = (rows + tileRows - 1) / tileRows;
    // A panel's lines, four in a step, shared out over the tiles.
    int64_t lines = nextPanel && tiles > 0 ? (4 * count + tiles - 1) / tiles : 0;
    for (int64_t t = 0; t < tiles; t++) {
        Ahead ahead{reinterpret_cast<const char *>(nextPanel) + t * lines * 64, lines};
        int64_t row = t * tileRows;
        auto *from = a + row * stride;
        switch (std::min(tileRows, rows - row)) {
            case 6: tile<isHalf, 6>(from, stride, panel, count, ahead, row, finish); break;
            case 5: tile<isHalf, 5>(from, stride, panel, count, ahead, row, finish); break;
            case 4: tile<isHalf, 4>(from, stride, panel, count, ahead, row, finish); break;
            case 3: tile<isHalf, 3>(from, stride, panel, count, ahead, row, finish); break;
            case 2: tile<isHalf, 2>(from, stride, panel, count, ahead, row, finish); break;
            default: tile<isHalf, 1>(from, stride, panel, count, ahead, row, finish);
        }
    }
}

}  // namespace m3dt::panels

#pragma clang attribute pop
#endif
