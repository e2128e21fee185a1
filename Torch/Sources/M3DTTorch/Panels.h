// Products with weights that were laid out for the processor's vectors once: for frozen weights, which are used again and again.
//
// A matrix [K, N] is laid out in panels of 64 columns, and a panel in parts as wide as the processor's tile. A part holds for each
// step of K its columns, in words of 32 bits: a number in float32, or two numbers of bfloat16 that follow each other along K.
// Missing columns and a missing last row are 0.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace m3dt {

constexpr int64_t panelColumns = 64;

// Numbers of this type in a word of 32 bits.
inline int64_t numbersInWord(at::ScalarType type) { return type == at::kBFloat16 ? 2 : 1; }

// Matrices [E, K, N] of float32 or bfloat16, with any strides, as panels [E, ceil(N / 64), steps, 64 words]; an error where the
// processor has no product with them.
at::Tensor layOut(const at::Tensor &weights);

}  // namespace m3dt
