// A step of AdamW that the host never waits for: the norm, its limit and the rate stay on the device.
#include "Boundary.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/linalg_vector_norm.h>

using namespace m3dt;

m3dt_status m3dt_adamw_on_device(const m3dt_adamw *settings, double norm_limit, m3dt_tensor *parameters,
                                 const m3dt_tensor *gradients, m3dt_tensor *first_moment, m3dt_tensor *second_moment,
                                 m3dt_tensor *steps, const m3dt_tensor *learning_rate, m3dt_tensor **norm) {
    return produce(norm, [&] {
        c10::NoGradGuard guard;
        auto p = borrow(parameters), g = borrow(gradients), m = borrow(first_moment), v = borrow(second_moment);
        auto count = borrow(steps);
        auto length = at::linalg_vector_norm(g, 2, at::IntArrayRef{-1}, false, at::kDouble);
        // A norm that is not finite skips the step, and is found when the norms are read.
        auto skipped = length.isfinite().all().logical_not().to(at::kFloat);
        auto divisor = ((length + 1e-6) / norm_limit).clamp_min(1).to(at::kFloat);
        count.add_(1).sub_(skipped);
        std::optional<at::Tensor> whole;
        if (g.dim() == 1)
            whole = divisor;
        else
            g.div_(divisor.unsqueeze(-1));
        at::_fused_adamw_({p}, {g}, {m}, {v}, {}, {count}, borrow(learning_rate), settings->beta1, settings->beta2,
                          settings->weight_decay, settings->epsilon, false, false, whole, skipped);
        return length;
    });
}
