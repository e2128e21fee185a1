// A linear map by frozen weights for a few rows, where reading the weights is most of the work.
#include "Boundary.h"
#include "Vectors/Loops.h"

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>

using namespace m3dt;

namespace {

at::Tensor linear(const at::Tensor &input, const at::Tensor &weights, const at::Tensor &given, bool rectifies) {
    auto &vectors = requireLoops();
    auto type = input.scalar_type();
    int64_t inner = input.dim() > 0 ? input.size(-1) : 0, columns = given.numel(), perWord = numbersInWord(type);
    int64_t steps = (inner + perWord - 1) / perWord;
    bool fits = input.dim() > 0 && inner > 0 && weights.scalar_type() == type && given.scalar_type() == type &&
                (type == at::kFloat || type == at::kBFloat16) && weights.is_contiguous() &&
                weights.sizes() == at::IntArrayRef({1, (columns + panelColumns - 1) / panelColumns, steps,
                                                    panelColumns * perWord});
    TORCH_CHECK(fits, "input of shape ", input.sizes(), ", panels of shape ", weights.sizes(), " and a bias of shape ",
                given.sizes(), " do not fit");
    auto x = input.reshape({-1, inner}).contiguous(), bias = given.contiguous();
    if (inner % perWord != 0) x = at::constant_pad_nd(x, {0, 1});
    auto y = at::empty({x.size(0), columns}, x.options());
    vectors.frozenLinear(x, weights, bias, rectifies, y);
    auto shape = input.sizes().vec();
    shape.back() = columns;
    return y.reshape(shape);
}

}  // namespace

m3dt_status m3dt_frozen_linear(const m3dt_tensor *input, const m3dt_tensor *panels, const m3dt_tensor *bias,
                               bool rectifies, m3dt_tensor **out) {
    return produce(out, [&] {
        c10::NoGradGuard guard;
        return linear(borrow(input), borrow(panels), borrow(bias), rectifies);
    });
}
