// The loops of causal self-attention. A thread takes one head of one row at a time, in float32, with everything in its cache.
//
// Legend: B rows, H heads, Tq queries, Tk keys, W width of a head.
#pragma once

#include "PanelProduct.h"

namespace m3dt {
namespace {

constexpr int64_t maskedScore = -10000;

int64_t wholeVectors(int64_t count) { return (count + vector - 1) / vector * vector; }

// 2 to the power of x, for x at most 0; the error is that of rounding.
M3DT_TILE Floats powerOfTwo(Floats x) {
    auto whole = roundedToWhole(x), rest = x - whole;
    // The Taylor series of 2^rest, |rest| <= 1/2.
    constexpr float terms[] = {1.540353039e-4f, 1.333355815e-3f, 9.618129108e-3f, 5.550410866e-2f,
                               2.402265070e-1f, 6.931471806e-1f, 1.0f};
    auto sum = all(1.525273380e-5f);
    for (float term : terms) sum = multiplyAdd(sum, rest, all(term));
    return timesPowerOfTwo(sum, whole);
}

// A matrix whose rows or columns may be far apart.
struct Grid {
    const float *data;
    int64_t row, column;
};

template <int rows, int columns>
M3DT_TILE void productTile(const Grid &a, int64_t row, const float *b, int64_t bRow, int64_t first, int64_t last, float *out,
                           int64_t outRow) {
    Floats sums[rows][columns];
    for (auto &line : sums)
        for (auto &sum : line) sum = all(0);
    auto *from = a.data + row * a.row;
    for (int64_t s = first; s < last; s++) {
        Floats right[columns];
        for (int j = 0; j < columns; j++) right[j] = load(b + s * bRow + j * vector);
        for (int r = 0; r < rows; r++) {
            auto left = all(from[r * a.row + s * a.column]);
            for (int j = 0; j < columns; j++) sums[r][j] = multiplyAdd(left, right[j], sums[r][j]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int j = 0; j < columns; j++) store(out + (row + r) * outRow + j * vector, sums[r][j]);
}

template <int columns>
M3DT_TILE void productColumns(const Grid &a, int64_t row, int64_t end, const float *b, int64_t bRow, int64_t first, int64_t last,
                              float *out, int64_t outRow) {
    constexpr int most = stripTileRows(columns);
    for (; end - row >= most; row += most) productTile<most, columns>(a, row, b, bRow, first, last, out, outRow);
    for (; row < end; row++) productTile<1, columns>(a, row, b, bRow, first, last, out, outRow);
}

constexpr int64_t stripRows = 8;

// Rows row ..< row + 8 of the product of `a` and steps first ..< last of `b`, in the first `columns` columns, whole vectors.
void strip(const Grid &a, int64_t rows, int64_t row, const float *b, int64_t bRow, int64_t first, int64_t last,
           int64_t columns, float *out, int64_t outRow) {
    int64_t end = std::min(rows, row + stripRows);
    for (int64_t j = 0; j < columns / vector;) {
        int64_t left = columns / vector - j;
        auto *bColumn = b + j * vector;
        auto *outColumn = out + j * vector;
        if (widestStrip >= 5 && left >= 5) {
            productColumns<std::min(widestStrip, 5)>(a, row, end, bColumn, bRow, first, last, outColumn, outRow);
            j += 5;
        } else if (widestStrip >= 3 && left >= 3) {
            productColumns<std::min(widestStrip, 3)>(a, row, end, bColumn, bRow, first, last, outColumn, outRow);
            j += 3;
        } else if (left >= 2) {
            productColumns<2>(a, row, end, bColumn, bRow, first, last, outColumn, outRow);
            j += 2;
        } else {
            productColumns<1>(a, row, end, bColumn, bRow, first, last, outColumn, outRow);
            j += 1;
        }
    }
}

// Tokens [count, W] in float32 times a factor, columns filled up with 0.
template <bool isHalf>
void loadTokens(HeadsView from, int64_t row, int64_t head, int64_t count, int64_t width, float factor, float *to) {
    int64_t columns = wholeVectors(width);
    auto *source = static_cast<const Number<isHalf> *>(from.data) + row * from.row + head * from.head;
    for (int64_t t = 0; t < count; t++)
        for (int64_t c = 0; c < columns; c += vector)
            store(to + t * columns + c, load(source + t * from.token + c, present(width, c)) * all(factor));
}

template <bool isHalf>
void storeTokens(const float *from, HeadsView to, int64_t row, int64_t head, int64_t count, int64_t width, float factor) {
    int64_t columns = wholeVectors(width);
    auto *target = static_cast<Number<isHalf> *>(to.data) + row * to.row + head * to.head;
    for (int64_t t = 0; t < count; t++)
        for (int64_t c = 0; c < columns; c += vector)
            store(target + t * to.token + c, load(from + t * columns + c) * all(factor), present(width, c));
}

// Tokens [count, columns] as [columns, keys].
void transpose(const float *from, int64_t count, int64_t columns, int64_t keys, float *to) {
    for (int64_t c = 0; c < columns; c++) {
        for (int64_t t = 0; t < count; t++) to[c * keys + t] = from[t * columns + c];
        for (int64_t t = count; t < keys; t++) to[c * keys + t] = 0;
    }
}

// Memory for one head, kept by a thread.
struct Room {
    int64_t queries, keys, width;  // width and keys in whole vectors
    std::vector<float> q, k, v, kTransposed, vTransposed, weights, dropped, out, gradient, dWeights, bias;

    Room(const AttentionSizes &s, bool isBackward)
        : queries(s.queries), keys(wholeVectors(s.keys)), width(wholeVectors(s.width)) {
        q.resize(queries * width);
        for (auto *part : {&k, &v, &kTransposed}) part->resize(keys * width);
        for (auto *part : {&weights, &dropped}) part->resize(queries * keys);
        out.resize(std::max(queries, keys) * width);
        bias.resize(keys);
        if (!isBackward) return;
        vTransposed.resize(keys * width);
        gradient.resize(queries * width);
        dWeights.resize(queries * keys);
    }
};

struct Work {
    const AttentionSizes &s;
    HeadsView q;
    at::ArrayRef<KeyPart> parts;
    const float *mask;
    AttentionDropout dropout;
    float scale;

    // The number of keys from the first on that queries before `end` may have weight on.
    int64_t reach(int64_t end, bool isWhole) const { return isWhole ? s.keys : std::min(s.keys, end + s.keys - s.queries); }
};

// Some query of the row sees padding alone, so its weights spread over keys of the future too.
bool seesPaddingAlone(const Work &w, int64_t row) { return w.mask[row * w.s.keys] == 0; }

// The bits of the weights that are kept for a query, by random numbers of 16 bits.
M3DT_TILE void drawBits(const Work &w, int64_t line, uint64_t *bits) {
    int64_t groups = w.s.maskWords() / 2;
    line += w.dropout.part * w.s.rows * w.s.heads * w.s.queries;
    alignas(64) uint32_t words[philoxGroupWords];
    for (int64_t g = 0; g < groups; g++) {
        philoxGroup(w.dropout.key, static_cast<uint64_t>(line * groups + g), words);
        for (int64_t i = 0; i < 2; i++) {
            uint64_t low = areAtLeast(words + i * 32, w.dropout.threshold);
            uint64_t high = areAtLeast(words + i * 32 + 16, w.dropout.threshold);
            bits[g * 2 + i] = low | high << 32;
        }
    }
}

// The weights of queries row ..< end of one head, before dropout.
void softmax(const Work &w, Room &room, int64_t row, int64_t end, bool isWhole) {
    constexpr float log2e = 1.44269504088896341f;
    for (int64_t t = row; t < end; t++) {
        auto *line = room.weights.data() + t * room.keys;
        int64_t visible = w.reach(t + 1, false), count = w.reach(end, isWhole);
        auto most = all(-INFINITY);
        for (int64_t c = 0; c < wholeVectors(count); c += vector) {
            auto there = present(w.s.keys, c), past = present(visible, c);
            auto score = select(past, load(line + c), all(maskedScore)) + load(room.bias.data() + c);
            score = select(there, score, all(-INFINITY));
            store(line + c, score);
            most = larger(score, most);
        }
        // The largest score; not-a-number stays in the differences.
        auto peak = all(largestOf(most)), sum = all(0);
        for (int64_t c = 0; c < wholeVectors(count); c += vector) {
            auto difference = load(line + c) - peak;
            auto weight = powerOfTwo(larger(all(-200), difference * all(log2e)));
            sum = sum + weight;
            store(line + c, weight);
        }
        auto factor = all(1 / sumOf(sum));
        for (int64_t c = 0; c < wholeVectors(count); c += vector) store(line + c, load(line + c) * factor);
        for (int64_t c = wholeVectors(count); c < room.keys; c += vector) store(line + c, all(0));
    }
}

// target <- source where the bits are set, times a factor; 0 elsewhere.
M3DT_TILE void dropLine(const float *source, const uint64_t *bits, float factor, int64_t count, float *target) {
    for (int64_t c = 0; c < count; c += vector) {
        auto keep = static_cast<Mask>(bits[c / 64] >> (c % 64));
        store(target + c, select(keep, load(source + c) * all(factor), all(0)));
    }
}

template <bool isHalf>
void loadHead(const Work &w, Room &room, int64_t row, int64_t head) {
    loadTokens<isHalf>(w.q, row, head, w.s.queries, w.s.width, w.scale, room.q.data());
    int64_t first = 0;
    for (const auto &part : w.parts) {
        loadTokens<isHalf>(part.k, row, head, part.count, w.s.width, 1, room.k.data() + first * room.width);
        loadTokens<isHalf>(part.v, row, head, part.count, w.s.width, 1, room.v.data() + first * room.width);
        first += part.count;
    }
    transpose(room.k.data(), w.s.keys, room.width, room.keys, room.kTransposed.data());
    for (int64_t c = 0; c < w.s.keys; c++) room.bias[c] = (w.mask[row * w.s.keys + c] - 1) * -maskedScore;
}

// Weights of all queries: scores, softmax.
void weigh(const Work &w, Room &room, bool isWhole) {
    for (int64_t t = 0; t < w.s.queries; t += stripRows) {
        int64_t end = std::min(t + stripRows, w.s.queries);
        strip({room.q.data(), room.width, 1}, w.s.queries, t, room.kTransposed.data(), room.keys, 0, room.width,
              wholeVectors(w.reach(end, isWhole)), room.weights.data(), room.keys);
        softmax(w, room, t, end, isWhole);
    }
}

template <bool isHalf>
void attendHead(const Work &w, Room &room, int64_t row, int64_t head, uint64_t *kept, HeadsView out) {
    bool isWhole = seesPaddingAlone(w, row);
    loadHead<isHalf>(w, room, row, head);
    weigh(w, room, isWhole);
    auto *weights = room.weights.data();
    if (w.dropout.threshold > 0) {
        int64_t line = (row * w.s.heads + head) * w.s.queries;
        for (int64_t t = 0; t < w.s.queries; t++) {
            auto *bits = kept + (line + t) * w.s.maskWords();
            drawBits(w, line + t, bits);
            dropLine(weights + t * room.keys, bits, w.dropout.factor(), room.keys, room.dropped.data() + t * room.keys);
        }
        weights = room.dropped.data();
    }
    for (int64_t t = 0; t < w.s.queries; t += stripRows)
        strip({weights, room.keys, 1}, w.s.queries, t, room.v.data(), room.width, 0, w.reach(t + stripRows, isWhole), room.width,
              room.out.data(), room.width);
    storeTokens<isHalf>(room.out.data(), out, row, head, w.s.queries, w.s.width, 1);
}

struct Gradients {
    const uint64_t *kept;
    HeadsView output, dq, dk, dv;
};

// dScores, in place of the weights' gradients: weight times what its gradient is over the mean.
template <bool hasDropout>
M3DT_TILE void backThroughSoftmax(const Work &w, Room &room, int64_t t, const uint64_t *bits) {
    auto *weight = room.weights.data() + t * room.keys, *gradient = room.dWeights.data() + t * room.keys;
    if (hasDropout) dropLine(gradient, bits, w.dropout.factor(), room.keys, gradient);
    auto sum = all(0);
    for (int64_t c = 0; c < room.keys; c += vector) sum = multiplyAdd(load(weight + c), load(gradient + c), sum);
    auto mean = all(sumOf(sum));
    int64_t visible = w.reach(t + 1, false);
    for (int64_t c = 0; c < room.keys; c += vector) {
        auto difference = load(gradient + c) - mean;
        // A key in the future has its score replaced, so nothing reaches it.
        store(gradient + c, select(present(visible, c), load(weight + c) * difference, all(0)));
    }
}

template <bool isHalf>
void backHead(const Work &w, Room &room, int64_t row, int64_t head, const Gradients &g) {
    bool isWhole = seesPaddingAlone(w, row), hasDropout = w.dropout.threshold > 0;
    int64_t tokens = w.s.keys, line = (row * w.s.heads + head) * tokens;
    loadHead<isHalf>(w, room, row, head);
    transpose(room.v.data(), tokens, room.width, room.keys, room.vTransposed.data());
    loadTokens<isHalf>(g.output, row, head, tokens, w.s.width, 1, room.gradient.data());
    weigh(w, room, isWhole);
    std::fill(room.dWeights.begin(), room.dWeights.end(), 0.0f);
    auto *weights = room.weights.data();
    for (int64_t t = 0; t < tokens; t += stripRows) {
        int64_t end = std::min(t + stripRows, tokens);
        strip({room.gradient.data(), room.width, 1}, tokens, t, room.vTransposed.data(), room.keys, 0, room.width,
              wholeVectors(w.reach(end, isWhole)), room.dWeights.data(), room.keys);
        for (int64_t r = t; r < end; r++) {
            auto *bits = g.kept + (hasDropout ? (line + r) * w.s.maskWords() : 0);
            if (hasDropout) {
                dropLine(weights + r * room.keys, bits, w.dropout.factor(), room.keys, room.dropped.data() + r * room.keys);
                backThroughSoftmax<true>(w, room, r, bits);
            } else {
                backThroughSoftmax<false>(w, room, r, bits);
            }
        }
    }
    if (hasDropout) weights = room.dropped.data();
    auto *dScores = room.dWeights.data();
    for (int64_t t = 0; t < tokens; t += stripRows)
        strip({dScores, room.keys, 1}, tokens, t, room.k.data(), room.width, 0, w.reach(t + stripRows, false), room.width,
              room.out.data(), room.width);
    storeTokens<isHalf>(room.out.data(), g.dq, row, head, tokens, w.s.width, w.scale);
    // The queries are scaled already.
    for (int64_t t = 0; t < tokens; t += stripRows)
        strip({dScores, 1, room.keys}, tokens, t, room.q.data(), room.width, t, tokens, room.width, room.out.data(), room.width);
    storeTokens<isHalf>(room.out.data(), g.dk, row, head, tokens, w.s.width, 1);
    for (int64_t t = 0; t < tokens; t += stripRows)
        strip({weights, 1, room.keys}, tokens, t, room.gradient.data(), room.width, isWhole ? 0 : t, tokens, room.width,
              room.out.data(), room.width);
    storeTokens<isHalf>(room.out.data(), g.dv, row, head, tokens, w.s.width, 1);
}

// Calls body(row, head, room) for every head of every row.
template <typename Body>
void everyHead(const AttentionSizes &s, bool isBackward, const Body &body) {
    parallelFor(s.rows * s.heads, 1, [&](int64_t first, int64_t last) {
        Room room(s, isBackward);
        for (int64_t i = first; i < last; i++) body(i / s.heads, i % s.heads, room);
    });
}

void attend(const AttentionSizes &sizes, HeadsView q, at::ArrayRef<KeyPart> parts, const float *mask,
            AttentionDropout dropout, uint64_t *kept, HeadsView out) {
    Work work{sizes, q, parts, mask, dropout, 1 / std::sqrt(static_cast<float>(sizes.width))};
    everyHead(sizes, false, [&](int64_t row, int64_t head, Room &room) {
        sizes.isHalf ? attendHead<true>(work, room, row, head, kept, out) : attendHead<false>(work, room, row, head, kept, out);
    });
}

void attendBackward(const AttentionSizes &sizes, HeadsView q, HeadsView k, HeadsView v, const float *mask,
                    AttentionDropout dropout, const uint64_t *kept, HeadsView gradient, HeadsView dq, HeadsView dk,
                    HeadsView dv) {
    KeyPart part{k, v, sizes.keys};
    Work work{sizes, q, part, mask, dropout, 1 / std::sqrt(static_cast<float>(sizes.width))};
    Gradients gradients{kept, gradient, dq, dk, dv};
    everyHead(sizes, true, [&](int64_t row, int64_t head, Room &room) {
        sizes.isHalf ? backHead<true>(work, room, row, head, gradients) : backHead<false>(work, room, row, head, gradients);
    });
}

}  // namespace
}  // namespace m3dt
