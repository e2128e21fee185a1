// The mixture of the experts that are chosen for each row: an expert sees only the rows whose gate for it is not 0.
//
// Legend: M rows (tokens), D width, H hidden units of an expert, E experts.
#include "Boundary.h"
#include "Devices.h"
#include "Mixture.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/zeros.h>

using namespace m3dt;

namespace {

// A gate's derivative reaches the rows that were chosen; the others have none.
at::Tensor sparseMixture(const at::Tensor &input, const at::Tensor &gates, const at::Tensor &inWeight,
                         const at::Tensor &inBias, const at::Tensor &outWeight, const at::Tensor &outBias) {
    auto s = checkMixture(input, gates, inWeight, inBias, outWeight, outBias);
    auto y = at::zeros({s.rows, s.width}, input.options().dtype(at::kFloat));
    auto chosen = gates.detach().ne(0);
    // Taken apart at once: the gradients of the parts are then put together once, not for every expert.
    auto a = inWeight.unbind(0), b = outWeight.unbind(0), aBias = inBias.unbind(0), bBias = outBias.unbind(0);
    for (int64_t e = 0; e < s.experts; e++) {
        auto rows = chosen.select(1, e).nonzero().squeeze(1);
        if (rows.size(0) == 0) continue;
        auto hidden = at::addmm(aBias[e], input.index_select(0, rows), a[e]).relu();
        auto output = at::addmm(bBias[e], hidden, b[e]).to(at::kFloat);
        auto gate = gates.select(1, e).index_select(0, rows).to(at::kFloat).unsqueeze(1);
        y.index_add_(0, rows, output * gate);
    }
    return y.to(input.scalar_type());
}

}  // namespace

m3dt_status m3dt_sparse_mixture(const m3dt_tensor *input, const m3dt_tensor *gates, const m3dt_tensor *in_weight,
                                const m3dt_tensor *in_bias, const m3dt_tensor *out_weight,
                                const m3dt_tensor *out_bias, m3dt_tensor **out) {
    return produce(out, [&] {
        auto x = borrow(input), g = borrow(gates);
        // Which rows an expert has is known to the device alone; to ask would be slower than to compute all of them.
        if (!takesCPUForm(x))
            return mixtureOnDevice(x, g * g.detach().ne(0), borrow(in_weight), borrow(in_bias), borrow(out_weight),
                                   borrow(out_bias), {});
        return sparseMixture(borrow(input), borrow(gates), borrow(in_weight), borrow(in_bias), borrow(out_weight),
                             borrow(out_bias));
    });
}
