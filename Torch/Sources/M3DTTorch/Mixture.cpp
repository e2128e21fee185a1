// The mixture of all experts, expert by expert, so that one expert's hidden units are all that is held at once.
//
// Legend: M rows (tokens), D width, H hidden units of an expert, E experts.
// For expert i with gate g: h = relu(x A_i + a_i), y += (g h) B_i + g b_i; with dropout, y += drop_i((g h) B_i + g b_i).
// The backward pass computes h again rather than keeping E tensors of [M, H].
#include "Boundary.h"
#include "Devices.h"
#include "Mixture.h"
#include "Parallel.h"
#include "Vectorised.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

using namespace m3dt;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t rowsPerTask = 16;

// The loops over rows first ..< last, in float32 whatever the type of the numbers. A NaN stays one.

template <typename T>
M3DT_INLINE void reluScaledRows(T *h, const float *g, int64_t stride, int64_t width, int64_t first, int64_t last) {
    for (int64_t r = first; r < last; r++) {
        T *row = h + r * width;
        float factor = g[r * stride];
        for (int64_t c = 0; c < width; c++) {
            auto value = widened(row[c]);
            narrow(value <= 0 ? 0.0f : value * factor, row[c]);
        }
    }
}

struct HiddenGradient {
    const float *g;
    int64_t gStride;
    float *dg;
    int64_t dgStride, width;
};

template <typename T>
M3DT_INLINE void backThroughRows(T *d, T *h, const HiddenGradient &s, int64_t first, int64_t last) {
    constexpr int64_t lanes = 16;
    for (int64_t r = first; r < last; r++) {
        T *dRow = d + r * s.width, *hRow = h + r * s.width;
        float factor = s.g[r * s.gStride];
        float sums[lanes] = {};
        auto one = [&](int64_t c, int64_t lane) __attribute__((always_inline)) {
            auto value = widened(hRow[c]), gradient = widened(dRow[c]);
            value = value <= 0 ? 0.0f : value;
            sums[lane] += value * gradient;
            narrow(value == 0 ? 0.0f : gradient * factor, dRow[c]);
            narrow(value * factor, hRow[c]);
        };
        int64_t c = 0;
        for (; c + lanes <= s.width; c += lanes)
            for (int64_t lane = 0; lane < lanes; lane++) one(c + lane, lane);
        for (; c < s.width; c++) one(c, 0);
        float sum = 0;
        for (float part : sums) sum += part;
        s.dg[r * s.dgStride] = sum;
    }
}

M3DT_VECTORISED
void reluScaledRange(float *h, const float *g, int64_t stride, int64_t width, int64_t first, int64_t last) {
    reluScaledRows(h, g, stride, width, first, last);
}

M3DT_VECTORISED
void reluScaledRange(uint16_t *h, const float *g, int64_t stride, int64_t width, int64_t first, int64_t last) {
    reluScaledRows(h, g, stride, width, first, last);
}

M3DT_VECTORISED
void backThroughRange(float *d, float *h, const HiddenGradient &s, int64_t first, int64_t last) {
    backThroughRows(d, h, s, first, last);
}

M3DT_VECTORISED
void backThroughRange(uint16_t *d, uint16_t *h, const HiddenGradient &s, int64_t first, int64_t last) {
    backThroughRows(d, h, s, first, last);
}

// h <- relu(h) * g, row by row.
void reluScaled(at::Tensor &h, const at::Tensor &gate) {
    int64_t width = h.size(1), stride = gate.stride(0);
    auto *g = gate.const_data_ptr<float>();
    withElements("mixture", h, [&](auto *data) {
        parallelFor(h.size(0), rowsPerTask, [&](int64_t first, int64_t last) {
            reluScaledRange(data, g, stride, width, first, last);
        });
    });
}

// With h before relu and d the gradient of g relu(h): gateGradient <- rowdot(d, relu(h)), d <- d g [h > 0], and
// h <- relu(h) g (needed only for the gradient of B).
void backThroughHidden(at::Tensor &d, at::Tensor &h, const at::Tensor &gate, at::Tensor gateGradient) {
    HiddenGradient settings{gate.const_data_ptr<float>(), gate.stride(0), gateGradient.mutable_data_ptr<float>(),
                            gateGradient.stride(0), d.size(1)};
    withElements("mixture", d, [&](auto *dData) {
        auto *hData = static_cast<decltype(dData)>(h.data_ptr());
        parallelFor(d.size(0), rowsPerTask, [&](int64_t first, int64_t last) {
            backThroughRange(dData, hData, settings, first, last);
        });
    });
}

// target += a b, where the target is float32 and the factors may be bfloat16.
void addProduct(at::Tensor &target, const at::Tensor &a, const at::Tensor &b) {
    if (a.scalar_type() == target.scalar_type())
        target.addmm_(a, b);
    else
        target.add_(at::mm(a, b));
}

}  // namespace

MixtureShapes m3dt::checkMixture(const at::Tensor &x, const at::Tensor &gates, const at::Tensor &inWeight,
                                 const at::Tensor &inBias, const at::Tensor &outWeight, const at::Tensor &outBias) {
    TORCH_CHECK(x.dim() == 2 && gates.dim() == 2 && inWeight.dim() == 3, "a mixture takes input [M, D], gates [M, E] and ",
                "weights [E, D, H], not ", x.sizes(), ", ", gates.sizes(), " and ", inWeight.sizes());
    MixtureShapes s{x.size(0), inWeight.size(0), inWeight.size(1), inWeight.size(2)};
    bool fits = x.size(1) == s.width && gates.size(0) == s.rows && gates.size(1) == s.experts &&
                inBias.sizes() == at::IntArrayRef({s.experts, s.hidden}) &&
                outWeight.sizes() == at::IntArrayRef({s.experts, s.hidden, s.width}) &&
                outBias.sizes() == at::IntArrayRef({s.experts, s.width});
    TORCH_CHECK(fits, "the shapes of a mixture do not fit: input ", x.sizes(), ", gates ", gates.sizes(), ", weights ",
                inWeight.sizes(), ", ", inBias.sizes(), ", ", outWeight.sizes(), ", ", outBias.sizes());
    return s;
}

namespace {

struct Mixture : torch::autograd::Function<Mixture> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &input, const at::Tensor &gates,
                              const at::Tensor &inWeight, const at::Tensor &inBias, const at::Tensor &outWeight,
                              const at::Tensor &outBias, const m3dt_drop &drop) {
        auto s = checkMixture(input, gates, inWeight, inBias, outWeight, outBias);
        auto x = input.contiguous();
        auto g = gates.to(at::kFloat).contiguous();
        ExpertDropout dropout{drop};
        auto y = dropout.isOn() ? at::zeros({s.rows, s.width}, x.options().dtype(at::kFloat))
                                : at::mm(g, outBias.to(at::kFloat));
        auto h = at::empty({s.rows, s.hidden}, x.options());
        for (int64_t e = 0; e < s.experts; e++) {
            at::addmm_out(h, inBias[e], x, inWeight[e]);
            reluScaled(h, g.select(1, e));
            if (dropout.isOn())
                y.add_(dropout(at::mm(h, outWeight[e]).to(at::kFloat) + at::outer(g.select(1, e), outBias[e].to(at::kFloat)), e));
            else
                addProduct(y, h, outWeight[e]);
        }
        context->save_for_backward({x, g, inWeight, inBias, outWeight, outBias});
        context->saved_data["probability"] = drop.probability;
        context->saved_data["key"] = static_cast<int64_t>(drop.key);
        context->saved_data["part"] = drop.part;
        context->saved_data["parts"] = drop.parts;
        context->saved_data["gateType"] = static_cast<int64_t>(gates.scalar_type());
        return y.to(x.scalar_type());
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        auto saved = context->get_saved_variables();
        const auto &x = saved[0], &g = saved[1], &inWeight = saved[2], &inBias = saved[3], &outWeight = saved[4],
                   &outBias = saved[5];
        auto whole = gradients[0].contiguous();
        ExpertDropout dropout{{context->saved_data["probability"].toDouble(),
                               static_cast<uint64_t>(context->saved_data["key"].toInt()),
                               context->saved_data["part"].toInt(), context->saved_data["parts"].toInt()}};
        bool wantsInput = context->needs_input_grad(0), wantsWeights = false;
        for (size_t i = 2; i < 6; i++) wantsWeights = wantsWeights || context->needs_input_grad(i);
        auto full = x.options().dtype(at::kFloat);
        auto dx = wantsInput ? at::zeros(x.sizes(), full) : at::Tensor();
        auto dg = at::empty(g.sizes(), full);
        at::Tensor dInWeight, dInBias, dOutWeight, dOutBias;
        if (wantsWeights) {
            dInWeight = at::empty_like(inWeight);
            dInBias = at::empty_like(inBias);
            dOutWeight = at::empty_like(outWeight);
            dOutBias = dropout.isOn() ? at::empty_like(outBias)
                                      : at::mm(g.t(), whole.to(at::kFloat)).to(outBias.scalar_type());
        }
        auto h = at::empty({x.size(0), inWeight.size(2)}, x.options());
        auto d = at::empty_like(h);
        for (int64_t e = 0; e < inWeight.size(0); e++) {
            auto dy = dropout.isOn() ? dropout(whole, e) : whole;
            at::addmm_out(h, inBias[e], x, inWeight[e]);
            at::mm_out(d, dy, outWeight[e].t());
            backThroughHidden(d, h, g.select(1, e), dg.select(1, e));
            if (dropout.isOn()) {
                auto full = dy.to(at::kFloat);
                dg.select(1, e).add_(at::mv(full, outBias[e].to(at::kFloat)));
                if (wantsWeights) dOutBias[e].copy_(at::mv(full.t(), g.select(1, e)));
            }
            if (wantsInput) addProduct(dx, d, inWeight[e].t());
            if (wantsWeights) {
                dInWeight[e].copy_(at::mm(x.t(), d));
                dInBias[e].copy_(d.sum(0, false, at::kFloat));
                dOutWeight[e].copy_(at::mm(h.t(), dy));
            }
        }
        if (!dropout.isOn()) dg.addmm_(whole.to(at::kFloat), outBias.to(at::kFloat).t());
        if (wantsInput) dx = dx.to(x.scalar_type());
        auto gateType = static_cast<at::ScalarType>(context->saved_data["gateType"].toInt());
        return {dx, dg.to(gateType), dInWeight, dInBias, dOutWeight, dOutBias, at::Tensor()};
    }
};

}  // namespace

m3dt_status m3dt_mixture(const m3dt_tensor *input, const m3dt_tensor *gates, const m3dt_tensor *in_weight,
                         const m3dt_tensor *in_bias, const m3dt_tensor *out_weight, const m3dt_tensor *out_bias,
                         const m3dt_drop *drop, m3dt_tensor **out) {
    return produce(out, [&] {
        auto x = borrow(input);
        if (!takesCPUForm(x))
            return mixtureOnDevice(x, borrow(gates), borrow(in_weight), borrow(in_bias), borrow(out_weight),
                                   borrow(out_bias), {*drop});
        return Mixture::apply(x, borrow(gates), borrow(in_weight), borrow(in_bias), borrow(out_weight),
                              borrow(out_bias), *drop);
    });
}
