// The innermost loops of products with panels.
#pragma once

namespace m3dt {
namespace {

constexpr int64_t tileColumns = tileVectors * vector;
// A panel is laid out in parts as wide as a tile.
constexpr int64_t panelParts = panelColumns / tileColumns, panelVectors = panelColumns / vector;

// The numbers of a row in each of the two types.
template <bool isHalf>
using Number = std::conditional_t<isHalf, uint16_t, float>;

// Which of the 16 columns from `column` on are there.
M3DT_TILE Mask present(int64_t columns, int64_t column) {
    int64_t count = columns - column;
    return count >= vector ? 0xFFFF : count <= 0 ? 0 : static_cast<Mask>((1u << count) - 1);
}

// 0 instead of negative numbers; what is not a number stays.
M3DT_TILE Floats rectified(Floats value) { return select(isAtMost(value, all(0)), all(0), value); }

// The columns of a panel that are there, and their biases.
template <bool isHalf>
struct PanelBias {
    Floats values[panelVectors];
    Mask masks[panelVectors];

    M3DT_TILE PanelBias(const Number<isHalf> *bias, int64_t columns, int64_t first) {
        for (int64_t j = 0; j < panelVectors; j++) {
            masks[j] = present(columns, first + j * vector);
            values[j] = load(bias + first + j * vector, masks[j]);
        }
    }
};

// Memory that will be read soon, to be fetched a little at each step: all at once, it would keep the loads of the step waiting.
struct Ahead {
    const char *next;
    int64_t bytes;
};

// Rows of `a` times a part of a panel; `finish(row, sums)` for each row. Unrolled, its sums never leave the registers.
template <bool isHalf, int rows, typename Finish>
M3DT_TILE void tile(const uint32_t *a, int64_t stride, const uint32_t *panel, int64_t count, Ahead ahead, int64_t row,
                    const Finish &finish) {
    Floats sums[rows][tileVectors];
    for (auto &line : sums)
        for (auto &sum : line) sum = all(0);
    for (int64_t s = 0; s < count; s++) {
        Words b[tileVectors];
        for (int64_t j = 0; j < tileVectors; j++) b[j] = loadWords(panel + s * tileColumns + j * vector);
        _mm_prefetch(ahead.next, _MM_HINT_T0);
        ahead.next += ahead.bytes;
        for (int64_t r = 0; r < rows; r++) {
            auto word = allWords(a[r * stride + s]);
            for (int64_t j = 0; j < tileVectors; j++) sums[r][j] = multiplyAddWords<isHalf>(word, b[j], sums[r][j]);
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) finish(row + r, sums[r]);
}

// The product of rows of words, `stride` apart, with one panel of `count` steps, tile by tile: finish(row, column, sums) takes
// the sums of a row from a column of the panel on. Meanwhile `nextPanel`, as large as this one and possibly null, is fetched.
template <bool isHalf, typename Finish>
M3DT_TILE void product(const uint32_t *a, int64_t stride, int64_t rows, const uint32_t *panel, int64_t count,
                       const uint32_t *nextPanel, const Finish &finish) {
    constexpr int64_t line = 64, stepBytes = panelColumns * sizeof(uint32_t) / panelParts;
    int64_t tiles = (rows + tileRows - 1) / tileRows;
    // The next panel's bytes are shared out over half the steps of all tiles, so that the last of them come in time as well; those
    // that follow them are fetched in the other half. A step fetches a line at most: with few rows, not all.
    int64_t bytes = nextPanel && tiles > 0 ? std::min(line, (2 * stepBytes + tiles - 1) / tiles) : 0;
    auto *next = reinterpret_cast<const char *>(nextPanel ? nextPanel : panel);
    for (int64_t part = 0; part < panelParts; part++) {
        auto *from = panel + part * count * tileColumns;
        auto done = [&](int64_t row, Floats(&sums)[tileVectors]) __attribute__((always_inline)) {
            finish(row, part * tileColumns, sums);
        };
        for (int64_t t = 0; t < tiles; t++) {
            Ahead ahead{next + (part * tiles + t) * count * bytes, bytes};
            int64_t row = t * tileRows;
            auto *left = a + row * stride;
            switch (std::min(tileRows, rows - row)) {
                case 6: tile<isHalf, 6>(left, stride, from, count, ahead, row, done); break;
                case 5: tile<isHalf, 5>(left, stride, from, count, ahead, row, done); break;
                case 4: tile<isHalf, 4>(left, stride, from, count, ahead, row, done); break;
                case 3: tile<isHalf, 3>(left, stride, from, count, ahead, row, done); break;
                case 2: tile<isHalf, 2>(left, stride, from, count, ahead, row, done); break;
                default: tile<isHalf, 1>(left, stride, from, count, ahead, row, done);
            }
        }
    }
}

}  // namespace
}  // namespace m3dt
