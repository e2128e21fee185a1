// The loops of the frozen mixture. A thread takes a block of rows through all experts, so that the block's hidden units and sums stay
// in its cache; where there are few rows, it takes all of them through some of the experts instead.
//
// Legend: M rows (tokens), D width, H hidden units of an expert, E experts.
#pragma once

#include "PanelProduct.h"

namespace m3dt {
namespace {

// Rows of a block: its hidden units take 192 KiB in bfloat16 with H = 1024, and twice that in float32.
constexpr int64_t blockRows = 96;
// Up to so many rows are shared out by experts, in a number of groups that does not depend on the threads.
constexpr int64_t fewRows = 192, expertGroups = 8;

// Two products in a row, for a block of rows: input [*, K] to inner [*, N] by panels of the first, and to sums [*, K] by those of
// the second.
struct Sizes {
    int64_t outer, inner, perWord;

    int64_t outerWords() const { return outer / perWord; }
    int64_t innerWords() const { return inner / perWord; }
    int64_t outerPanels() const { return (outer + panelColumns - 1) / panelColumns; }
    int64_t innerPanels() const { return (inner + panelColumns - 1) / panelColumns; }
    // Words of all panels of one expert.
    int64_t firstWords() const { return innerPanels() * outerWords() * panelColumns; }
    int64_t secondWords() const { return outerPanels() * innerWords() * panelColumns; }
};

struct Forward {
    Sizes s;
    int64_t rows, experts;
    const uint32_t *x, *inPanels, *outPanels;
    const void *inBias, *outBias;
    const float *gates;
    void *outputs;       // null where nothing is recorded
    uint16_t *positive;  // likewise, four words of 16 bits for a panel
};

// The sum of experts firstExpert ..< lastExpert, at least one, in `sums` [count, D] for rows first ..< first + count; `hidden` has room
// for [count, H].
template <bool isHalf>
void sumExperts(const Forward &f, int64_t firstExpert, int64_t lastExpert, int64_t first, int64_t count,
                uint32_t *hidden, float *sums) {
    using T = Number<isHalf>;
    const auto &s = f.s;
    auto *input = f.x + first * s.outerWords();
    auto *inner = reinterpret_cast<T *>(hidden);
    for (int64_t e = firstExpert; e < lastExpert; e++) {
        auto *inPanels = f.inPanels + e * s.firstWords(), *outPanels = f.outPanels + e * s.secondWords();
        auto *inBias = static_cast<const T *>(f.inBias) + e * s.inner;
        auto *outBias = static_cast<const T *>(f.outBias) + e * s.outer;
        for (int64_t p = 0; p < s.innerPanels(); p++) {
            auto *panel = inPanels + p * s.outerWords() * panelColumns;
            auto *next = p + 1 < s.innerPanels() ? panel + s.outerWords() * panelColumns : outPanels;
            PanelBias<isHalf> bias(inBias, s.inner, p * panelColumns);
            product<isHalf>(input, s.outerWords(), count, panel, s.outerWords(), next,
                            [&](int64_t row, int64_t column, Floats(&line)[tileVectors]) __attribute__((always_inline)) {
                auto *to = inner + row * s.inner + p * panelColumns + column;
                for (int64_t j = 0, v = column / vector; j < tileVectors; j++, v++) {
                    auto value = line[j] + bias.values[v];
                    // Not-a-number is not positive, yet must not be lost.
                    Mask isNot = isAtMost(value, all(0));
                    if (f.positive)
                        f.positive[((e * f.rows + first + row) * s.innerPanels() + p) * panelVectors + v] = static_cast<Mask>(~isNot);
                    store(to + j * vector, select(isNot, all(0), value), bias.masks[v]);
                }
            });
        }
        for (int64_t p = 0; p < s.outerPanels(); p++) {
            auto *panel = outPanels + p * s.innerWords() * panelColumns;
            // After the last comes the next expert, of these or of the next that this thread goes through.
            auto *next = p + 1 < s.outerPanels() ? panel + s.innerWords() * panelColumns
                         : e + 1 < f.experts     ? inPanels + s.firstWords()
                                                 : nullptr;
            PanelBias<isHalf> bias(outBias, s.outer, p * panelColumns);
            product<isHalf>(hidden, s.innerWords(), count, panel, s.innerWords(), next,
                            [&](int64_t row, int64_t column, Floats(&line)[tileVectors]) __attribute__((always_inline)) {
                auto gate = all(f.gates[(first + row) * f.experts + e]);
                int64_t start = p * panelColumns + column;
                for (int64_t j = 0, v = column / vector; j < tileVectors; j++, v++) {
                    auto output = line[j] + bias.values[v];
                    if (f.outputs)
                        store(static_cast<T *>(f.outputs) + (e * f.rows + first + row) * s.outer + start + j * vector, output,
                              bias.masks[v]);
                    auto *sum = sums + row * s.outer + start + j * vector;
                    auto before = e == firstExpert ? all(0) : load(sum, bias.masks[v]);
                    store(sum, multiplyAdd(gate, output, before), bias.masks[v]);
                }
            });
        }
    }
}

struct Backward {
    Sizes s;
    int64_t rows, experts;
    const uint32_t *gradient, *outPanels, *inPanels;
    const uint16_t *positive;
    const float *gates;
};

// As `sumExperts`, for the gradient of the input.
template <bool isHalf>
void sumGradients(const Backward &b, int64_t firstExpert, int64_t lastExpert, int64_t first, int64_t count,
                  uint32_t *hidden, float *sums) {
    using T = Number<isHalf>;
    const auto &s = b.s;
    auto *input = b.gradient + first * s.outerWords();
    auto *inner = reinterpret_cast<T *>(hidden);
    for (int64_t e = firstExpert; e < lastExpert; e++) {
        auto *outPanels = b.outPanels + e * s.firstWords(), *inPanels = b.inPanels + e * s.secondWords();
        for (int64_t p = 0; p < s.innerPanels(); p++) {
            auto *panel = outPanels + p * s.outerWords() * panelColumns;
            auto *next = p + 1 < s.innerPanels() ? panel + s.outerWords() * panelColumns : inPanels;
            product<isHalf>(input, s.outerWords(), count, panel, s.outerWords(), next,
                            [&](int64_t row, int64_t column, Floats(&line)[tileVectors]) __attribute__((always_inline)) {
                auto gate = all(b.gates[(first + row) * b.experts + e]);
                auto *bits = b.positive + ((e * b.rows + first + row) * s.innerPanels() + p) * panelVectors + column / vector;
                int64_t start = p * panelColumns + column;
                for (int64_t j = 0; j < tileVectors; j++)
                    store(inner + row * s.inner + start + j * vector, select(bits[j], line[j] * gate, all(0)),
                          present(s.inner, start + j * vector));
            });
        }
        for (int64_t p = 0; p < s.outerPanels(); p++) {
            auto *panel = inPanels + p * s.innerWords() * panelColumns;
            auto *next = p + 1 < s.outerPanels() ? panel + s.innerWords() * panelColumns
                         : e + 1 < b.experts     ? outPanels + s.firstWords()
                                                 : nullptr;
            product<isHalf>(hidden, s.innerWords(), count, panel, s.innerWords(), next,
                            [&](int64_t row, int64_t column, Floats(&line)[tileVectors]) __attribute__((always_inline)) {
                int64_t start = p * panelColumns + column;
                for (int64_t j = 0; j < tileVectors; j++) {
                    auto mask = present(s.outer, start + j * vector);
                    auto *sum = sums + row * s.outer + start + j * vector;
                    store(sum, e == firstExpert ? line[j] : load(sum, mask) + line[j], mask);
                }
            });
        }
    }
}

// Adds up `groups` arrays of `count` sums, which are `stride` apart, and stores them in the output's type.
template <bool isHalf>
void finish(const float *sums, int64_t groups, int64_t stride, int64_t count, void *output) {
    for (int64_t i = 0; i < count; i += vector) {
        auto mask = present(count, i);
        auto sum = load(sums + i, mask);
        for (int64_t g = 1; g < groups; g++) sum = sum + load(sums + g * stride + i, mask);
        store(static_cast<Number<isHalf> *>(output) + i, sum, mask);
    }
}

// Dot products of the gradient's rows with each expert's outputs.
template <bool isHalf>
void gateGradients(const MixtureRecord &record, const at::Tensor &gradient, at::Tensor &result) {
    using T = Number<isHalf>;
    int64_t experts = record.outputs.size(0), rows = record.outputs.size(1), width = record.outputs.size(2);
    auto *outputs = static_cast<const T *>(record.outputs.const_data_ptr());
    auto *given = static_cast<const T *>(gradient.const_data_ptr());
    auto *to = result.mutable_data_ptr<float>();
    parallelFor(rows, blockRows / 4, [&](int64_t first, int64_t last) {
        for (int64_t e = 0; e < experts; e++)
            for (int64_t r = first; r < last; r++) {
                auto sum = all(0);
                auto *row = outputs + (e * rows + r) * width;
                for (int64_t i = 0; i < width; i += vector) {
                    auto mask = present(width, i);
                    sum = multiplyAdd(load(row + i, mask), load(given + r * width + i, mask), sum);
                }
                to[r * experts + e] = sumOf(sum);
            }
    });
}

// Runs body(firstExpert, lastExpert, firstRow, rows, hidden, sums) for all rows and experts, and stores the sums in `output`.
template <bool isHalf, typename Body>
void throughAll(const Sizes &s, int64_t rows, int64_t experts, at::Tensor &output, const Body &body) {
    auto *target = static_cast<char *>(output.mutable_data_ptr());
    auto elementSize = static_cast<int64_t>(output.element_size());
    if (rows <= fewRows) {
        int64_t groups = std::min(experts, expertGroups);
        auto sums = at::empty({groups, rows, s.outer}, output.options().dtype(at::kFloat));
        auto hidden = at::empty({groups, rows, s.innerWords()}, output.options().dtype(at::kInt));
        auto *sumData = sums.mutable_data_ptr<float>();
        auto *hiddenData = reinterpret_cast<uint32_t *>(hidden.mutable_data_ptr<int32_t>());
        parallelFor(groups, 1, [&](int64_t first, int64_t last) {
            // The same memory for all groups of a thread, so that it stays in the cache.
            auto *own = hiddenData + first * rows * s.innerWords();
            for (int64_t g = first; g < last; g++)
                body(g * experts / groups, (g + 1) * experts / groups, 0, rows, own, sumData + g * rows * s.outer);
        });
        parallelFor(rows, 8, [&](int64_t first, int64_t last) {
            finish<isHalf>(sumData + first * s.outer, groups, rows * s.outer, (last - first) * s.outer,
                           target + first * s.outer * elementSize);
        });
        return;
    }
    int64_t tiles = (rows + tileRows - 1) / tileRows;
    parallelFor(tiles, 4, [&](int64_t firstTile, int64_t lastTile) {
        int64_t first = firstTile * tileRows, last = std::min(lastTile * tileRows, rows);
        int64_t blocks = (last - first + blockRows - 1) / blockRows;
        int64_t share = ((last - first + blocks - 1) / blocks + tileRows - 1) / tileRows * tileRows;
        std::vector<uint32_t> hidden(share * s.innerWords());
        std::vector<float> sums(share * s.outer);
        for (int64_t row = first; row < last; row += share) {
            int64_t count = std::min(share, last - row);
            body(0, experts, row, count, hidden.data(), sums.data());
            finish<isHalf>(sums.data(), 1, 0, count * s.outer, target + row * s.outer * elementSize);
        }
    });
}

const uint32_t *words(const at::Tensor &tensor) { return static_cast<const uint32_t *>(tensor.const_data_ptr()); }

template <bool isHalf>
at::Tensor forward(const FrozenExperts &experts, const at::Tensor &x, const at::Tensor &gates, MixtureRecord *record) {
    Sizes s{experts.width, experts.hidden, isHalf ? 2 : 1};
    int64_t rows = x.size(0), count = experts.count();
    if (record) {
        record->outputs = at::empty({count, rows, s.outer}, x.options());
        record->positive = at::empty({count, rows, s.innerPanels()}, x.options().dtype(at::kLong));
    }
    Forward f{s, rows, count, words(x), words(experts.inPanels), words(experts.outPanels),
              experts.inBias.const_data_ptr(), experts.outBias.const_data_ptr(), gates.const_data_ptr<float>(),
              record ? record->outputs.mutable_data_ptr() : nullptr,
              record ? reinterpret_cast<uint16_t *>(record->positive.mutable_data_ptr<int64_t>()) : nullptr};
    auto y = at::empty({rows, s.outer}, x.options());
    throughAll<isHalf>(s, rows, count, y,
                       [&](int64_t firstExpert, int64_t lastExpert, int64_t first, int64_t number, uint32_t *hidden,
                           float *sums) { sumExperts<isHalf>(f, firstExpert, lastExpert, first, number, hidden, sums); });
    return y;
}

template <bool isHalf>
at::Tensor backward(const at::Tensor &outPanels, const at::Tensor &inPanels, const MixtureRecord &record,
                    const at::Tensor &gates, const at::Tensor &gradient) {
    int64_t rows = gradient.size(0), width = gradient.size(1), count = outPanels.size(0);
    int64_t perWord = isHalf ? 2 : 1;
    Sizes s{width, inPanels.size(2) * perWord, perWord};
    Backward b{s, rows, count, words(gradient), words(outPanels), words(inPanels),
               reinterpret_cast<const uint16_t *>(record.positive.const_data_ptr<int64_t>()), gates.const_data_ptr<float>()};
    auto dx = at::empty({rows, width}, gradient.options());
    throughAll<isHalf>(s, rows, count, dx,
                       [&](int64_t firstExpert, int64_t lastExpert, int64_t first, int64_t number, uint32_t *hidden,
                           float *sums) { sumGradients<isHalf>(b, firstExpert, lastExpert, first, number, hidden, sums); });
    return dx;
}

at::Tensor mixtureForward(const FrozenExperts &experts, const at::Tensor &x, const at::Tensor &gates,
                          MixtureRecord *record) {
    return x.scalar_type() == at::kBFloat16 ? forward<true>(experts, x, gates, record)
                                            : forward<false>(experts, x, gates, record);
}

at::Tensor gateGradient(const MixtureRecord &record, const at::Tensor &gradient) {
    auto result = at::empty({gradient.size(0), record.outputs.size(0)}, gradient.options().dtype(at::kFloat));
    if (gradient.scalar_type() == at::kBFloat16)
        gateGradients<true>(record, gradient, result);
    else
        gateGradients<false>(record, gradient, result);
    return result;
}

at::Tensor inputGradient(const at::Tensor &outPanels, const at::Tensor &inPanels, const MixtureRecord &record,
                         const at::Tensor &gates, const at::Tensor &gradient) {
    return gradient.scalar_type() == at::kBFloat16
               ? backward<true>(outPanels, inPanels, record, gates, gradient)
               : backward<false>(outPanels, inPanels, record, gates, gradient);
}

}  // namespace
}  // namespace m3dt
