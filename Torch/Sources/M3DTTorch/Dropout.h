// Dropout's mask and its use, for operations that drop numbers on the way.
#pragma once

#include "CTorchBridge.h"

#include <ATen/core/Tensor.h>

namespace m3dt {

// A byte for each number of a tensor of the same shape and device, which is a part of another as `drop` says: 1 for what is
// kept. A function of the key and the number's place in the whole.
at::Tensor makeKeepMask(const at::Tensor &like, const m3dt_drop &drop);

// The numbers times `factor` where they are kept, 0 elsewhere.
at::Tensor masked(const at::Tensor &input, const at::Tensor &keep, double factor);

}  // namespace m3dt
