// The loops that are written for the processor's vectors, compiled for each generation of them.
#pragma once

#include "../Attention.h"
#include "../FrozenMixture.h"
#include "../Panels.h"

namespace m3dt {

struct Loops {
    // Panels are laid out in parts of so many columns.
    int64_t tileColumns;

    // Fills y [M, N] with x [M, K] times a frozen matrix in panels, plus a bias; with relu of it where `rectifies`.
    void (*frozenLinear)(const at::Tensor &x, const at::Tensor &panels, const at::Tensor &bias, bool rectifies, at::Tensor &y);

    // The sum over all experts of gate times expert, [M, D] in the type of `x`. Gates [M, E] are float32; `record` may be null.
    at::Tensor (*mixtureForward)(const FrozenExperts &experts, const at::Tensor &x, const at::Tensor &gates,
                                 MixtureRecord *record);
    // The gradient of the gates, [M, E].
    at::Tensor (*gateGradient)(const MixtureRecord &record, const at::Tensor &gradient);
    // The gradient of the input, [M, D], from panels of B transposed, [E, D, H], and of A transposed, [E, H, D].
    at::Tensor (*inputGradient)(const at::Tensor &outPanels, const at::Tensor &inPanels, const MixtureRecord &record,
                                const at::Tensor &gates, const at::Tensor &gradient);

    // Fills `out`. The keys are those of all parts, one after the other; `mask` is [B, Tk], 1 for a real key. With dropout, `kept`
    // takes the bits [B, H, Tq, maskWords] of the weights kept.
    void (*attend)(const AttentionSizes &sizes, HeadsView q, at::ArrayRef<KeyPart> parts, const float *mask,
                   AttentionDropout dropout, uint64_t *kept, HeadsView out);
    // Fills the gradients from that of the output. As many queries as keys.
    void (*attendBackward)(const AttentionSizes &sizes, HeadsView q, HeadsView k, HeadsView v, const float *mask,
                           AttentionDropout dropout, const uint64_t *kept, HeadsView gradient, HeadsView dq, HeadsView dk,
                           HeadsView dv);
};

#if defined(__x86_64__) && defined(__clang__)
#define M3DT_HAS_LOOPS
extern const Loops loopsForAVX512, loopsForAVX2;
#endif

// Those for this processor, or null. The environment's M3DT_VECTORS asks for narrower ones: `avx2`, or `none`.
const Loops *loops();

// Those for this processor; an error where there are none.
const Loops &requireLoops();

}  // namespace m3dt
