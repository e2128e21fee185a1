// The optimiser's work on flat buffers: one pass over memory each.
#include "Boundary.h"
#include "Parallel.h"
#include "Vectorised.h"

#include <ATen/TensorOperators.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <vector>

using namespace m3dt;

namespace {

constexpr int64_t chunk = 1 << 15;

void checkFlat(const at::Tensor &tensor, int64_t count, const char *name) {
    TORCH_CHECK(tensor.scalar_type() == at::kFloat && tensor.is_contiguous() && tensor.numel() == count, name,
                " must be a contiguous float32 buffer of ", count, " numbers, not ", tensor.scalar_type(), " of shape ",
                tensor.sizes());
}

M3DT_VECTORISED
double sumOfSquares(const float *values, int64_t count) {
    double sums[8] = {};
    int64_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (int64_t j = 0; j < 8; j++) sums[j] += static_cast<double>(values[i + j]) * values[i + j];
    for (; i < count; i++) sums[0] += static_cast<double>(values[i]) * values[i];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

// The root of a number without the error number that the C library would set, which keeps a loop from being vectorised.
M3DT_INLINE float root(float value) {
#if defined(__clang__)
    return __builtin_elementwise_sqrt(value);
#else
    return std::sqrt(value);
#endif
}

M3DT_VECTORISED
void adamw(const m3dt_adamw &s, float *p, const float *g, float *m, float *v, int64_t first, int64_t last) {
    auto decay = static_cast<float>(1 - s.learning_rate * s.weight_decay);
    auto stepSize = static_cast<float>(s.learning_rate / (1 - std::pow(s.beta1, s.step)));
    auto correction = static_cast<float>(1 / std::sqrt(1 - std::pow(s.beta2, s.step)));
    auto beta1 = static_cast<float>(s.beta1), rest1 = static_cast<float>(1 - s.beta1);
    auto beta2 = static_cast<float>(s.beta2), rest2 = static_cast<float>(1 - s.beta2);
    auto epsilon = static_cast<float>(s.epsilon), factor = static_cast<float>(s.gradient_factor);
    for (int64_t i = first; i < last; i++) {
        float gradient = g[i] * factor;
        m[i] = beta1 * m[i] + rest1 * gradient;
        v[i] = beta2 * v[i] + rest2 * gradient * gradient;
        p[i] = p[i] * decay - stepSize * m[i] / (root(v[i]) * correction + epsilon);
    }
}

// The same update from whole-tensor operations, for devices other than the CPU.
void adamwOnDevice(const m3dt_adamw &s, at::Tensor p, const at::Tensor &gradients, at::Tensor m, at::Tensor v) {
    auto g = gradients * s.gradient_factor;
    p.mul_(1 - s.learning_rate * s.weight_decay);
    m.lerp_(g, 1 - s.beta1);
    v.mul_(s.beta2).addcmul_(g, g, 1 - s.beta2);
    auto denominator = v.sqrt().mul_(1 / std::sqrt(1 - std::pow(s.beta2, s.step))).add_(s.epsilon);
    p.addcdiv_(m, denominator, -s.learning_rate / (1 - std::pow(s.beta1, s.step)));
}

}  // namespace

m3dt_status m3dt_sum_of_squares(const m3dt_tensor *tensor, double *out) {
    return guarded([&] {
        auto values = borrow(tensor).detach();
        if (!values.is_cpu()) {
            *out = values.to(at::kDouble).square().sum().item<double>();
            return;
        }
        int64_t count = values.numel();
        checkFlat(values, count, "the buffer");
        auto *data = values.const_data_ptr<float>();
        int64_t chunks = (count + chunk - 1) / chunk;
        std::vector<double> partial(chunks);
        parallelFor(chunks, 1, [&](int64_t first, int64_t last) {
            for (int64_t c = first; c < last; c++)
                partial[c] = sumOfSquares(data + c * chunk, std::min(chunk, count - c * chunk));
        });
        double sum = 0;
        for (double part : partial) sum += part;
        *out = sum;
    });
}

m3dt_status m3dt_adamw_step(const m3dt_adamw *settings, m3dt_tensor *parameters, const m3dt_tensor *gradients,
                            m3dt_tensor *first_moment, m3dt_tensor *second_moment) {
    return guarded([&] {
        c10::NoGradGuard guard;
        auto p = borrow(parameters), g = borrow(gradients), m = borrow(first_moment), v = borrow(second_moment);
        int64_t count = p.numel();
        checkFlat(p, count, "the parameters");
        checkFlat(g, count, "the gradients");
        checkFlat(m, count, "the first moment");
        checkFlat(v, count, "the second moment");
        if (!p.is_cpu()) return adamwOnDevice(*settings, p, g, m, v);
        auto *pd = p.mutable_data_ptr<float>(), *md = m.mutable_data_ptr<float>(), *vd = v.mutable_data_ptr<float>();
        auto *gd = g.const_data_ptr<float>();
        parallelFor(count, chunk,
                    [&](int64_t first, int64_t last) { adamw(*settings, pd, gd, md, vd, first, last); });
    });
}
