// Causal self-attention of all heads in one pass, for sequences that fit a cache.
//
// Legend: B rows, H heads, Tq queries, Tk keys, W width of a head.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace m3dt {

// Where the numbers of all heads are: those of one token of a head are next to each other.
struct HeadsView {
    void *data;
    int64_t row, head, token;  // distances in numbers
};

// Keys and values of tokens that follow each other.
struct KeyPart {
    HeadsView k, v;
    int64_t count;
};

struct AttentionSizes {
    int64_t rows, heads, queries, keys, width;
    bool isHalf;

    // Words of 64 bits that hold a bit for each key.
    int64_t maskWords() const { return 2 * ((keys + 127) / 128); }
};

// Dropout of the weights: each is dropped with probability threshold / 2^16, by the key and by its place in the whole batch, of
// which this is one of several equal parts.
struct AttentionDropout {
    uint32_t threshold;
    uint64_t key;
    int64_t part;

    float factor() const { return 65536.0f / static_cast<float>(65536 - threshold); }
};

}  // namespace m3dt
