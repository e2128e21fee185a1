// Weights under training in the type that they are multiplied in.
#include "Boundary.h"
#include "Devices.h"
#include "Parallel.h"
#include "Vectorised.h"

#include <torch/csrc/autograd/custom_function.h>

using namespace m3dt;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t grain = 1 << 15;

M3DT_VECTORISED
void addWidened(const uint16_t *from, float *to, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; i++) to[i] += widened(from[i]);
}

// As a conversion; its gradient is added to the weight's at once, rather than converted and then added.
struct Rounded : torch::autograd::Function<Rounded> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &weight, const at::Tensor &sum) {
        context->saved_data["sum"] = sum;
        return weight.to(at::kBFloat16);
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        auto sum = context->saved_data["sum"].toTensor();
        auto gradient = gradients[0].contiguous();
        auto *from = static_cast<const uint16_t *>(gradient.const_data_ptr());
        auto *to = sum.mutable_data_ptr<float>();
        parallelFor(sum.numel(), grain, [&](int64_t first, int64_t last) { addWidened(from, to, first, last); });
        return {at::Tensor(), at::Tensor()};
    }
};

}  // namespace

m3dt_status m3dt_rounded_weight(const m3dt_tensor *weight, m3dt_tensor **out) {
    return produce(out, [&] {
        auto leaf = borrow(weight);
        auto sum = leaf.is_leaf() ? leaf.grad() : at::Tensor();
        bool isOurs = takesCPUForm(leaf) && leaf.scalar_type() == at::kFloat && sum.defined() && sum.is_contiguous() &&
                      sum.scalar_type() == at::kFloat;
        return isOurs ? Rounded::apply(leaf, sum) : leaf.to(at::kBFloat16);
    });
}
