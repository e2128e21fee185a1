// Layer normalisation in float32 whose result may be bfloat16, so that a product takes it as it is.
//
// Legend: M rows, W width.
#include "Boundary.h"
#include "Devices.h"
#include "Parallel.h"
#include "Vectorised.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

using namespace m3dt;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Gradients of weights are summed over this many rows first, whatever the number of threads.
constexpr int64_t blockRows = 32;

// The sum of term(0) ..< term(count), in sixteen parts.
template <typename Term>
M3DT_INLINE float sumOf(int64_t count, const Term &term) {
    constexpr int64_t lanes = 16;
    float sums[lanes] = {};
    int64_t c = 0;
    for (; c + lanes <= count; c += lanes)
        for (int64_t lane = 0; lane < lanes; lane++) sums[lane] += term(c + lane);
    for (; c < count; c++) sums[0] += term(c);
    float sum = 0;
    for (float part : sums) sum += part;
    return sum;
}

struct Rows {
    const float *x, *weight;
    // The mean of each row and one over its deviation.
    float *means, *factors;
    int64_t width;
};

template <typename T>
M3DT_INLINE void normalizeRows(const Rows &s, const float *bias, float epsilon, T *y, int64_t first, int64_t last) {
    auto width = static_cast<float>(s.width);
    for (int64_t r = first; r < last; r++) {
        const float *x = s.x + r * s.width;
        float mean = sumOf(s.width, [&](int64_t c) __attribute__((always_inline)) { return x[c]; }) / width;
        float variance = sumOf(s.width, [&](int64_t c) __attribute__((always_inline)) { return (x[c] - mean) * (x[c] - mean); }) / width;
        float factor = 1 / std::sqrt(variance + epsilon);
        for (int64_t c = 0; c < s.width; c++) narrow((x[c] - mean) * factor * s.weight[c] + bias[c], y[r * s.width + c]);
        s.means[r] = mean;
        s.factors[r] = factor;
    }
}

// Fills dx (unless null) and adds to the gradients of the weights (unless null).
template <typename T>
M3DT_INLINE void backThroughRows(const Rows &s, const T *dy, float *dx, float *dWeight, float *dBias, int64_t first,
                                 int64_t last) {
    auto width = static_cast<float>(s.width);
    for (int64_t r = first; r < last; r++) {
        const float *x = s.x + r * s.width;
        const T *g = dy + r * s.width;
        float mean = s.means[r], factor = s.factors[r];
        if (dWeight)
            for (int64_t c = 0; c < s.width; c++) {
                dWeight[c] += widened(g[c]) * (x[c] - mean) * factor;
                dBias[c] += widened(g[c]);
            }
        if (!dx) continue;
        float sum = sumOf(s.width, [&](int64_t c) __attribute__((always_inline)) { return widened(g[c]) * s.weight[c]; }) / width;
        float product = sumOf(s.width, [&](int64_t c) __attribute__((always_inline)) {
            return widened(g[c]) * s.weight[c] * (x[c] - mean) * factor;
        }) / width;
        for (int64_t c = 0; c < s.width; c++)
            dx[r * s.width + c] = factor * (widened(g[c]) * s.weight[c] - sum - (x[c] - mean) * factor * product);
    }
}

M3DT_VECTORISED
void normalize(const Rows &s, const float *bias, float epsilon, float *y, int64_t first, int64_t last) {
    normalizeRows(s, bias, epsilon, y, first, last);
}

M3DT_VECTORISED
void normalize(const Rows &s, const float *bias, float epsilon, uint16_t *y, int64_t first, int64_t last) {
    normalizeRows(s, bias, epsilon, y, first, last);
}

M3DT_VECTORISED
void backThrough(const Rows &s, const float *dy, float *dx, float *dWeight, float *dBias, int64_t first, int64_t last) {
    backThroughRows(s, dy, dx, dWeight, dBias, first, last);
}

M3DT_VECTORISED
void backThrough(const Rows &s, const uint16_t *dy, float *dx, float *dWeight, float *dBias, int64_t first, int64_t last) {
    backThroughRows(s, dy, dx, dWeight, dBias, first, last);
}

struct Normalization : torch::autograd::Function<Normalization> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
                              const at::Tensor &bias, double epsilon, at::ScalarType type) {
        auto x = input.contiguous(), scale = weight.contiguous(), shift = bias.contiguous();
        int64_t width = scale.numel(), rows = x.numel() / width;
        auto y = at::empty(x.sizes(), x.options().dtype(type)), statistics = at::empty({2, rows}, x.options());
        auto *means = statistics.mutable_data_ptr<float>();
        Rows s{x.const_data_ptr<float>(), scale.const_data_ptr<float>(), means, means + rows, width};
        withElements("normalisation", y, [&](auto *to) {
            parallelFor(rows, blockRows, [&](int64_t first, int64_t last) {
                normalize(s, shift.const_data_ptr<float>(), static_cast<float>(epsilon), to, first, last);
            });
        });
        context->save_for_backward({x, scale, statistics});
        return y;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        auto saved = context->get_saved_variables();
        const auto &x = saved[0], &weight = saved[1], &statistics = saved[2];
        auto gradient = gradients[0].contiguous();
        int64_t width = weight.numel(), rows = x.numel() / width, blocks = (rows + blockRows - 1) / blockRows;
        bool wantsWeights = context->needs_input_grad(1) || context->needs_input_grad(2);
        auto dx = context->needs_input_grad(0) ? at::empty_like(x) : at::Tensor();
        auto sums = wantsWeights ? at::zeros({2, blocks, width}, x.options()) : at::Tensor();
        auto *means = const_cast<float *>(statistics.const_data_ptr<float>());
        Rows s{x.const_data_ptr<float>(), weight.const_data_ptr<float>(), means, means + rows, width};
        auto *dxData = dx.defined() ? dx.mutable_data_ptr<float>() : nullptr;
        auto *sumData = wantsWeights ? sums.mutable_data_ptr<float>() : nullptr;
        withElements("normalisation", gradient, [&](auto *dy) {
            parallelFor(blocks, 1, [&](int64_t first, int64_t last) {
                for (int64_t b = first; b < last; b++)
                    backThrough(s, dy, dxData, sumData ? sumData + b * width : nullptr,
                                sumData ? sumData + (blocks + b) * width : nullptr, b * blockRows,
                                std::min((b + 1) * blockRows, rows));
            });
        });
        if (!wantsWeights) return {dx, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
        auto both = sums.sum(1);
        return {dx, both[0], both[1], at::Tensor(), at::Tensor()};
    }
};

at::Tensor normalized(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, double epsilon,
                      at::ScalarType type) {
    bool isOurs = takesCPUForm(x) && x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat &&
                  bias.scalar_type() == at::kFloat && weight.dim() == 1 && weight.sizes() == bias.sizes() && x.dim() > 0 &&
                  x.size(-1) == weight.numel() && weight.numel() > 0 && (type == at::kFloat || type == at::kBFloat16);
    if (!isOurs) return at::layer_norm(x, weight.sizes(), weight, bias, epsilon).to(type);
    return Normalization::apply(x, weight, bias, epsilon, type);
}

}  // namespace

m3dt_status m3dt_layer_norm(const m3dt_tensor *input, const m3dt_tensor *weight, const m3dt_tensor *bias,
                            double epsilon, int32_t type, m3dt_tensor **out) {
    return produce(out, [&] { return normalized(borrow(input), borrow(weight), borrow(bias), epsilon, scalarType(type)); });
}
