// Which form of an operation a tensor takes: the CPU has kernels of its own, other devices get whole-tensor operations.
#pragma once

#include "CTorchBridge.h"

#include <ATen/core/Tensor.h>

namespace m3dt {

// The tensor is on the CPU, and this thread has not asked for the other devices' forms.
bool takesCPUForm(const at::Tensor &tensor);

// Zeroes with a probability and scales up, for a form of whole-tensor operations. On the CPU the numbers come from the key, as
// in the CPU's form; elsewhere from the device's generator, which the training seeds at every step.
at::Tensor droppedOnDevice(const at::Tensor &input, const m3dt_drop &drop);

// The device of Rehearsal.cpp, made ready at the first call.
at::Device rehearsal();

// The generator of a device; the rehearsal device uses the CPU's.
at::Generator generator(at::Device device);

}  // namespace m3dt
