#include "Boundary.h"
#include "Parallel.h"
#include "Vectorised.h"
#include "Vectors/Loops.h"

#include <ATen/ops/empty.h>

using namespace m3dt;

at::Tensor m3dt::layOut(const at::Tensor &weights) {
    TORCH_CHECK(weights.dim() == 3 && weights.is_cpu(), "panels are made of matrices [E, K, N] on the CPU, not of ",
                weights.sizes());
    int64_t matrices = weights.size(0), inner = weights.size(1), columns = weights.size(2);
    int64_t perWord = numbersInWord(weights.scalar_type());
    int64_t tileColumns = requireLoops().tileColumns;
    int64_t steps = (inner + perWord - 1) / perWord, panels = (columns + panelColumns - 1) / panelColumns;
    auto result = at::empty({matrices, panels, steps, panelColumns * perWord}, weights.options());
    int64_t matrixStride = weights.stride(0), rowStride = weights.stride(1), columnStride = weights.stride(2);
    withElements("a product with panels", result, [&](auto *to) {
        using T = std::remove_pointer_t<decltype(to)>;
        auto *from = static_cast<const T *>(weights.const_data_ptr());
        parallelFor(matrices * panels, 1, [&](int64_t first, int64_t last) {
            for (int64_t index = first; index < last; index++) {
                int64_t column = index % panels * panelColumns;
                auto *source = from + index / panels * matrixStride + column * columnStride;
                auto *target = to + index * steps * panelColumns * perWord;
                for (int64_t c = 0; c < panelColumns; c++) {
                    auto *part = target + c / tileColumns * steps * tileColumns * perWord;
                    for (int64_t k = 0; k < steps * perWord; k++) {
                        bool isThere = column + c < columns && k < inner;
                        part[(k / perWord * tileColumns + c % tileColumns) * perWord + k % perWord] =
                            isThere ? source[k * rowStride + c * columnStride] : T{0};
                    }
                }
            }
        });
    });
    return result;
}

bool m3dt_has_panels(void) { return ask(false, [] { return loops() != nullptr; }); }

m3dt_status m3dt_panels(const m3dt_tensor *weights, m3dt_tensor **out) {
    return produce(out, [&] { return layOut(borrow(weights).detach()); });
}
