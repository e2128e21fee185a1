// Dropout's mask and its use, for operations that drop numbers on the way.
#pragma once

#include <ATen/ATen.h>

namespace m3dt {

// A byte for each number of a tensor of the same shape and device: 1 with probability 1 - `probability`. A function of the key.
at::Tensor makeKeepMask(const at::Tensor &like, double probability, uint64_t key);

// The numbers times `factor` where they are kept, 0 elsewhere.
at::Tensor masked(const at::Tensor &input, const at::Tensor &keep, double factor);

}  // namespace m3dt
