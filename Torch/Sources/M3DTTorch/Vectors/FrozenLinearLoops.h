// A linear map by a frozen matrix in panels.
#pragma once

#include "PanelProduct.h"

namespace m3dt {
namespace {

template <bool isHalf>
void multiply(const at::Tensor &x, const at::Tensor &weights, const at::Tensor &bias, bool rectifies, at::Tensor &y) {
    using T = Number<isHalf>;
    int64_t rows = x.size(0), columns = y.size(1), steps = weights.size(2), panels = weights.size(1);
    auto *input = static_cast<const uint32_t *>(x.const_data_ptr());
    auto *all = static_cast<const uint32_t *>(weights.const_data_ptr());
    auto *offsets = static_cast<const T *>(bias.const_data_ptr());
    auto *output = static_cast<T *>(y.mutable_data_ptr());
    parallelFor(panels, 1, [&](int64_t first, int64_t last) {
        for (int64_t p = first; p < last; p++) {
            auto *panel = all + p * steps * panelColumns;
            PanelBias<isHalf> added(offsets, columns, p * panelColumns);
            product<isHalf>(input, steps, rows, panel, steps, p + 1 < last ? panel + steps * panelColumns : nullptr,
                            [&](int64_t row, int64_t column, Floats(&line)[tileVectors]) __attribute__((always_inline)) {
                auto *to = output + row * columns + p * panelColumns + column;
                for (int64_t j = 0, v = column / vector; j < tileVectors; j++, v++) {
                    auto value = line[j] + added.values[v];
                    store(to + j * vector, rectifies ? rectified(value) : value, added.masks[v]);
                }
            });
        }
    });
}

void frozenLinear(const at::Tensor &x, const at::Tensor &weights, const at::Tensor &bias, bool rectifies, at::Tensor &y) {
    x.scalar_type() == at::kBFloat16 ? multiply<true>(x, weights, bias, rectifies, y)
                                     : multiply<false>(x, weights, bias, rectifies, y);
}

}  // namespace
}  // namespace m3dt
