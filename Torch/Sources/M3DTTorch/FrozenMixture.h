// The mixture of all experts where their weights are frozen and laid out in panels: both passes go through it tile by tile.
//
// Legend: M rows (tokens), D width, H hidden units of an expert, E experts.
#pragma once

#include <ATen/core/Tensor.h>

namespace m3dt {

// What the forward pass needs: panels of A [E, D, H] and B [E, H, D], and the biases a [E, H] and b [E, D].
struct FrozenExperts {
    at::Tensor inPanels, inBias, outPanels, outBias;
    int64_t width, hidden;

    int64_t count() const { return inPanels.size(0); }
};

// What the forward pass keeps for the backward pass.
struct MixtureRecord {
    // [E, M, D]: each expert's output before its gate.
    at::Tensor outputs;
    // [E, M, H / 64] words of 64 bits: which hidden units are positive.
    at::Tensor positive;
};

}  // namespace m3dt
