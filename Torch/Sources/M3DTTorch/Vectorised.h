// Compiles a function once for each generation of vector units; the processor at hand decides which is called.
#pragma once

// The sanitizers cannot start before the choice is made.
#if defined(__x86_64__) && defined(__clang__)
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define M3DT_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#endif
#endif

#ifndef M3DT_VECTORISED
#define M3DT_VECTORISED
#endif

#define M3DT_INLINE inline __attribute__((always_inline))

#include <ATen/core/Tensor.h>

#include <bit>
#include <cstdint>

namespace m3dt {

// Numbers in float32 and back. Those of libtorch's own bfloat16 are not inlined into the clones.
M3DT_INLINE float widened(float value) { return value; }
M3DT_INLINE float widened(uint16_t bfloat16) { return std::bit_cast<float>(static_cast<uint32_t>(bfloat16) << 16); }

M3DT_INLINE void narrow(float value, float &target) { target = value; }

// Rounds to the nearest bfloat16, to the even one of two.
M3DT_INLINE void narrow(float value, uint16_t &target) {
    auto bits = std::bit_cast<uint32_t>(value);
    auto rounded = static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    target = value != value ? uint16_t{0x7FC0} : rounded;
}

// Calls body with a pointer of the elements' type in memory, of float32 or bfloat16.
template <typename Body>
void withElements(const char *name, const at::Tensor &tensor, const Body &body) {
    switch (tensor.scalar_type()) {
        case at::kFloat: return body(static_cast<float *>(tensor.data_ptr()));
        case at::kBFloat16: return body(static_cast<uint16_t *>(tensor.data_ptr()));
        default: TORCH_CHECK(false, name, " is computed in float32 or bfloat16, not in ", tensor.scalar_type());
    }
}

}  // namespace m3dt
