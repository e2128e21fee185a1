// What both mixtures of experts, the dense and the sparse one, share.
//
// Legend: M rows (tokens), D width, H hidden units of an expert, E experts.
#pragma once

#include "Dropout.h"

namespace m3dt {

struct MixtureShapes {
    int64_t rows, experts, width, hidden;
};

// Input [M, D], gates [M, E], weights [E, D, H], [E, H], [E, H, D], [E, D]; anything else is an error.
MixtureShapes checkMixture(const at::Tensor &x, const at::Tensor &gates, const at::Tensor &inWeight,
                           const at::Tensor &inBias, const at::Tensor &outWeight, const at::Tensor &outBias);

// Dropout of an expert's output before its gate; each expert draws by a key of its own.
struct ExpertDropout {
    m3dt_drop drop;

    bool isOn() const { return drop.probability > 0; }

    m3dt_drop of(int64_t expert) const {
        auto own = drop;
        own.key += static_cast<uint64_t>(expert);
        return own;
    }

    at::Tensor operator()(const at::Tensor &output, int64_t expert) const {
        return masked(output, makeKeepMask(output, of(expert)), 1 / (1 - drop.probability));
    }
};

// The mixture of all experts from whole-tensor operations, which autograd knows.
at::Tensor mixtureOnDevice(const at::Tensor &x, const at::Tensor &gates, const at::Tensor &inWeight,
                           const at::Tensor &inBias, const at::Tensor &outWeight, const at::Tensor &outBias,
                           const ExpertDropout &dropout);

}  // namespace m3dt
