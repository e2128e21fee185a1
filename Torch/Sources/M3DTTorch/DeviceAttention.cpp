// Attention in one operation, for devices that have a kernel for it.
//
// Legend: B rows, h heads, Tq queries, Tk keys, d width of a head.
#include "Boundary.h"
#include "Devices.h"

#include <ATen/ops/_scaled_dot_product_attention_math.h>
#include <ATen/ops/scaled_dot_product_attention.h>

using namespace m3dt;

m3dt_status m3dt_device_attention(const m3dt_tensor *query, const m3dt_tensor *key, const m3dt_tensor *value,
                                  const m3dt_tensor *bias, double dropout, m3dt_tensor **out) {
    return produce(out, [&] {
        auto q = borrow(query), k = borrow(key), v = borrow(value), added = borrow(bias);
        // The rehearsal device has no kernel, and libtorch looks for one before it takes the operation apart.
        if (q.device().is_privateuseone())
            return std::get<0>(at::_scaled_dot_product_attention_math(q, k, v, added, dropout));
        return at::scaled_dot_product_attention(q, k, v, added, dropout);
    });
}
