// The frozen mixture as an operation that is differentiated by its input and its gates.
//
// Legend: M rows (tokens), D width, H hidden units of an expert, E experts.
#include "Boundary.h"
#include "Vectors/Loops.h"

#include <torch/csrc/autograd/custom_function.h>

using namespace m3dt;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Panels of the transposed weights, which may be missing.
struct Transposed {
    at::Tensor outPanels, inPanels;
};

void check(const at::Tensor &x, const at::Tensor &gates, const FrozenExperts &e, const Transposed &transposed) {
    requireLoops();
    TORCH_CHECK(x.dim() == 2 && gates.dim() == 2 && e.inPanels.dim() == 4 && e.outPanels.dim() == 4,
                "a frozen mixture takes input [M, D], gates [M, E] and panels of experts, not ", x.sizes(), ", ",
                gates.sizes(), ", ", e.inPanels.sizes(), " and ", e.outPanels.sizes());
    int64_t perWord = numbersInWord(x.scalar_type()), count = e.count();
    auto panelsOf = [&](const at::Tensor &panels, int64_t inner, int64_t columns) {
        return panels.scalar_type() == x.scalar_type() && panels.is_contiguous() &&
               panels.sizes() == at::IntArrayRef({count, (columns + panelColumns - 1) / panelColumns, inner / perWord,
                                                  panelColumns * perWord});
    };
    bool fits = count > 0 && x.size(1) == e.width && gates.size(0) == x.size(0) && gates.size(1) == count &&
                e.width % perWord == 0 && e.hidden % perWord == 0 && panelsOf(e.inPanels, e.width, e.hidden) &&
                panelsOf(e.outPanels, e.hidden, e.width) && e.outBias.sizes() == at::IntArrayRef({count, e.width}) &&
                e.inBias.scalar_type() == x.scalar_type() && e.outBias.scalar_type() == x.scalar_type() &&
                (!transposed.outPanels.defined() || panelsOf(transposed.outPanels, e.width, e.hidden)) &&
                (!transposed.inPanels.defined() || panelsOf(transposed.inPanels, e.hidden, e.width));
    TORCH_CHECK(fits, "the shapes of a frozen mixture do not fit: input ", x.sizes(), ", gates ", gates.sizes(),
                ", panels ", e.inPanels.sizes(), " and ", e.outPanels.sizes(), ", biases ", e.inBias.sizes(), " and ",
                e.outBias.sizes());
}

struct FrozenMixture : torch::autograd::Function<FrozenMixture> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &input, const at::Tensor &gates,
                              const FrozenExperts &experts, const Transposed &transposed, bool records) {
        auto x = input.contiguous();
        auto g = gates.to(at::kFloat).contiguous();
        MixtureRecord record;
        auto y = loops()->mixtureForward(experts, x, g, records ? &record : nullptr);
        context->save_for_backward({g, record.outputs, record.positive, transposed.outPanels, transposed.inPanels});
        context->saved_data["gateType"] = static_cast<int64_t>(gates.scalar_type());
        return y;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        auto saved = context->get_saved_variables();
        MixtureRecord record{saved[1], saved[2]};
        auto dy = gradients[0].contiguous();
        auto gateType = static_cast<at::ScalarType>(context->saved_data["gateType"].toInt());
        at::Tensor dx, dg;
        if (context->needs_input_grad(0)) {
            TORCH_CHECK(saved[3].defined() && saved[4].defined(), "the gradient of a frozen mixture's input needs the ",
                        "panels of its transposed weights");
            dx = loops()->inputGradient(saved[3], saved[4], record, saved[0], dy);
        }
        if (context->needs_input_grad(1)) dg = loops()->gateGradient(record, dy).to(gateType);
        return {dx, dg, at::Tensor(), at::Tensor(), at::Tensor()};
    }
};

at::Tensor orNothing(const m3dt_tensor *handle) { return handle ? borrow(handle) : at::Tensor(); }

}  // namespace

m3dt_status m3dt_frozen_mixture(const m3dt_tensor *input, const m3dt_tensor *gates, const m3dt_tensor *in_panels,
                                const m3dt_tensor *in_bias, const m3dt_tensor *out_panels, const m3dt_tensor *out_bias,
                                const m3dt_tensor *out_transposed, const m3dt_tensor *in_transposed, m3dt_tensor **out) {
    return produce(out, [&] {
        auto x = borrow(input), g = borrow(gates);
        auto inBias = borrow(in_bias).contiguous(), outBias = borrow(out_bias).contiguous();
        TORCH_CHECK(inBias.dim() == 2 && outBias.dim() == 2, "the biases of experts are [E, H] and [E, D], not ",
                    inBias.sizes(), " and ", outBias.sizes());
        FrozenExperts experts{borrow(in_panels), inBias, borrow(out_panels), outBias, outBias.size(1), inBias.size(1)};
        Transposed transposed{orNothing(out_transposed), orNothing(in_transposed)};
        check(x, g, experts, transposed);
        bool records = at::GradMode::is_enabled() && (x.requires_grad() || g.requires_grad());
        return FrozenMixture::apply(x, g, experts, transposed, records);
    });
}
