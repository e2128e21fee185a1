// The mixture of all experts as batched products, for devices other than the CPU: there memory is fast, and small products are not.
//
// Legend: M rows (tokens), D width, H hidden units of an expert, E experts.
#include "Boundary.h"
#include "Devices.h"
#include "Mixture.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/stack.h>

using namespace m3dt;

// y = sum over e of g_e drop_e(relu(x A_e + a_e) B_e + b_e). What is kept for the backward pass is [E, M, H].
at::Tensor m3dt::mixtureOnDevice(const at::Tensor &x, const at::Tensor &gates, const at::Tensor &inWeight,
                                 const at::Tensor &inBias, const at::Tensor &outWeight, const at::Tensor &outBias,
                                 const ExpertDropout &dropout) {
    auto s = checkMixture(x, gates, inWeight, inBias, outWeight, outBias);
    auto hidden = at::baddbmm(inBias.unsqueeze(1), x.expand({s.experts, s.rows, s.width}), inWeight).relu();
    auto outputs = at::baddbmm(outBias.unsqueeze(1), hidden, outWeight);
    if (dropout.isOn()) {
        if (x.is_cpu()) {  // the very numbers that the CPU's form drops
            auto parts = outputs.unbind(0);
            for (int64_t e = 0; e < s.experts; e++) parts[e] = droppedOnDevice(parts[e], dropout.of(e));
            outputs = at::stack(parts);
        } else {
            outputs = droppedOnDevice(outputs, dropout.drop);
        }
    }
    auto weighed = outputs.to(at::kFloat) * gates.to(at::kFloat).t().unsqueeze(2);
    return weighed.sum(0).to(x.scalar_type());
}
