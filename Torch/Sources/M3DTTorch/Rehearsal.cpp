// A device for rehearsing work on a GPU where there is none. It computes with the CPU's kernels in memory of its own kind, and
// is as strict as a GPU: an operation takes no tensors of the host but single numbers, and each copy to the host is counted,
// since on a GPU that is where the host waits.
#include "Boundary.h"
#include "Devices.h"

#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/resize_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <atomic>

using namespace m3dt;

namespace {

const c10::Device rehearsalDevice(c10::kPrivateUse1, 0);
std::atomic<int64_t> reads{0};
// The copies to and fro that this file itself makes are not what a GPU would do.
thread_local bool isInside = false;

struct Inside {
    bool before = std::exchange(isInside, true);
    ~Inside() { isInside = before; }
};

struct Memory final : c10::Allocator {
    c10::DataPtr allocate(size_t bytes) override {
        auto memory = c10::GetCPUAllocator()->allocate(bytes);
        auto *free = memory.get_deleter();
        auto *start = memory.get();
        return {start, memory.release_context(), free, rehearsalDevice};
    }
    void copy_data(void *target, const void *source, std::size_t bytes) const override {
        default_copy_data(target, source, bytes);
    }
} memory;

struct Guard final : c10::impl::NoOpDeviceGuardImpl<c10::DeviceType::PrivateUse1> {
    c10::Device getDevice() const override { return rehearsalDevice; }
    c10::Device exchangeDevice(c10::Device) const override { return rehearsalDevice; }
    c10::Stream getStream(c10::Device) const noexcept override { return c10::Stream(c10::Stream::DEFAULT, rehearsalDevice); }
    c10::Stream exchangeStream(c10::Stream) const noexcept override {
        return c10::Stream(c10::Stream::DEFAULT, rehearsalDevice);
    }
    void synchronizeStream(const c10::Stream &) const override {}
};
C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard)

struct Hooks final : at::PrivateUse1HooksInterface {
    bool isBuilt() const override { return true; }
    bool isAvailable() const override { return true; }
    bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
    c10::DeviceIndex deviceCount() const override { return 1; }
    c10::DeviceIndex getCurrentDevice() const override { return 0; }
} hooks;

at::Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                 std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format) {
    return at::detail::empty_generic(size, &memory, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                     type.value_or(at::kFloat), format);
}

at::Tensor emptyStrided(at::IntArrayRef size, at::IntArrayRef stride, std::optional<at::ScalarType> type,
                        std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
    return at::detail::empty_strided_generic(size, stride, &memory,
                                             c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                             type.value_or(at::kFloat));
}

// The same memory as a tensor of the host.
at::Tensor onHost(const at::Tensor &tensor) {
    if (tensor.is_cpu()) return tensor;
    return at::from_blob(tensor.data_ptr(), tensor.sizes(), tensor.strides(), tensor.options().device(at::kCPU));
}

at::Tensor copyFrom(const at::Tensor &source, const at::Tensor &target, bool) {
    if (target.is_cpu() && !isInside) reads++;
    onHost(target).copy_(onHost(source));
    return target;
}

at::Tensor copyFromAndResize(const at::Tensor &source, const at::Tensor &target) {
    if (target.sizes() != source.sizes()) target.resize_(source.sizes());
    return copyFrom(source, target, false);
}

at::Scalar number(const at::Tensor &tensor) {
    if (!isInside) reads++;
    return onHost(tensor).item();
}

// Every other operation.
void compute(const c10::OperatorHandle &operation, torch::jit::Stack *stack) {
    auto check = [&](const at::Tensor &tensor) {
        TORCH_CHECK(!tensor.defined() || !tensor.is_cpu() || tensor.dim() == 0, "tensors of the device ", rehearsalDevice.str(),
                    " and of the cpu meet in ", operation.schema().name());
    };
    for (const auto &argument : torch::jit::last(*stack, operation.schema().arguments().size())) {
        if (argument.isTensor()) check(argument.toTensor());
        if (argument.isTensorList())
            for (const at::Tensor &tensor : argument.toTensorVector()) check(tensor);
    }
    Inside inside;
    at::native::cpu_fallback(operation, stack);
}

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
    library.fallback(torch::CppFunction::makeFromBoxedFunction<&compute>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
    library.impl("empty.memory_format", empty);
    library.impl("empty_strided", emptyStrided);
    library.impl("as_strided", at::native::as_strided_tensorimpl);
    library.impl("view", at::native::view);
    library.impl("_reshape_alias", at::native::_reshape_alias);
    library.impl("resize_", at::native::resize_);
    library.impl("_copy_from", copyFrom);
    library.impl("_copy_from_and_resize", copyFromAndResize);
    library.impl("_local_scalar_dense", number);
}

}  // namespace

// From then on libtorch takes it for the machine's accelerator, so a GPU is not used by the same process.
at::Device m3dt::rehearsal() {
    static const bool isReady = [] {
        c10::register_privateuse1_backend("rehearsal");
        at::RegisterPrivateUse1HooksInterface(&hooks);
        return true;
    }();
    (void)isReady;
    return rehearsalDevice;
}

int64_t m3dt_rehearsal_reads(void) { return reads; }
