// A linear map by frozen weights for a few rows, where reading the weights is most of the work.
#include "Boundary.h"
#include "PanelProduct.h"
#include "Parallel.h"

using namespace m3dt;

#if defined(__x86_64__) && defined(__clang__)

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16"))), apply_to = function)

namespace {

using namespace panels;

template <bool isHalf>
void multiply(const at::Tensor &x, const at::Tensor &weights, const at::Tensor &bias, at::Tensor &y) {
    using N = Numbers<isHalf>;
    using T = typename N::Type;
    int64_t rows = x.size(0), columns = y.size(1), steps = weights.size(2), panels = weights.size(1);
    auto *input = static_cast<const uint32_t *>(x.const_data_ptr());
    auto *all = static_cast<const uint32_t *>(weights.const_data_ptr());
    auto *offsets = static_cast<const T *>(bias.const_data_ptr());
    auto *output = static_cast<T *>(y.mutable_data_ptr());
    parallelFor(panels, 1, [&](int64_t first, int64_t last) {
        for (int64_t p = first; p < last; p++) {
            auto *panel = all + p * steps * panelColumns;
            __m512 offset[vectors];
            __mmask16 masks[vectors];
            for (int64_t j = 0; j < vectors; j++) {
                masks[j] = present(columns, p * panelColumns + j * vector);
                offset[j] = N::load(offsets + p * panelColumns + j * vector, masks[j]);
            }
            product<isHalf>(input, steps, rows, panel, steps, p + 1 < last ? panel + steps * panelColumns : nullptr,
                            [&](int64_t row, __m512(&line)[vectors]) __attribute__((always_inline)) {
                for (int64_t j = 0; j < vectors; j++)
                    N::store(output + row * columns + p * panelColumns + j * vector, _mm512_add_ps(line[j], offset[j]),
                             masks[j]);
            });
        }
    });
}

}  // namespace

#pragma clang attribute pop

#else

namespace {

template <bool isHalf>
void multiply(const at::Tensor &, const at::Tensor &, const at::Tensor &, at::Tensor &) {}

}  // namespace

#endif

namespace {

at::Tensor linear(const at::Tensor &input, const at::Tensor &weights, const at::Tensor &given) {
    TORCH_CHECK(hasPanels(), "this processor has no product with panels");
    auto type = input.scalar_type();
    int64_t inner = input.dim() > 0 ? input.size(-1) : 0, columns = given.numel(), perWord = numbersInWord(type);
    bool fits = input.dim() > 0 && inner > 0 && inner % perWord == 0 && weights.scalar_type() == type && given.scalar_type() == type &&
                (type == at::kFloat || type == at::kBFloat16) && weights.is_contiguous() &&
                weights.sizes() == at::IntArrayRef({1, (columns + panelColumns - 1) / panelColumns, inner / perWord,
                                                    panelColumns * perWord});
    TORCH_CHECK(fits, "input of shape ", input.sizes(), ", panels of shape ", weights.sizes(), " and a bias of shape ",
                given.sizes(), " do not fit");
    auto x = input.reshape({-1, inner}).contiguous(), bias = given.contiguous();
    auto y = at::empty({x.size(0), columns}, x.options());
    if (type == at::kBFloat16)
        multiply<true>(x, weights, bias, y);
    else
        multiply<false>(x, weights, bias, y);
    auto shape = input.sizes().vec();
    shape.back() = columns;
    return y.reshape(shape);
}

}  // namespace

m3dt_status m3dt_frozen_linear(const m3dt_tensor *input, const m3dt_tensor *panels, const m3dt_tensor *bias,
                               m3dt_tensor **out) {
    return produce(out, [&] {
        c10::NoGradGuard guard;
        return linear(borrow(input), borrow(panels), borrow(bias));
    });
}
