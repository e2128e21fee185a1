// The one place where exceptions become status codes, and handles become tensors.
#pragma once

#include "CTorchBridge.h"

#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>

#include <utility>
#include <vector>

namespace m3dt {

void countHandles(int64_t change) noexcept;
void setLastError(const char *message) noexcept;

using TensorPointer = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;

// A new reference to the tensor behind a borrowed handle.
inline at::Tensor borrow(const m3dt_tensor *handle) {
    TORCH_CHECK(handle != nullptr, "a null tensor handle was passed");
    auto *impl = reinterpret_cast<c10::TensorImpl *>(const_cast<m3dt_tensor *>(handle));
    return at::Tensor(TensorPointer::reclaim_copy(impl));
}

inline std::vector<at::Tensor> borrowAll(m3dt_tensor *const *handles, size_t count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(count);
    for (size_t i = 0; i < count; i++) tensors.push_back(borrow(handles[i]));
    return tensors;
}

// Hands a tensor over to the caller of the C interface.
inline m3dt_tensor *handOver(at::Tensor tensor) noexcept {
    countHandles(1);
    return reinterpret_cast<m3dt_tensor *>(tensor.unsafeReleaseTensorImpl());
}

at::ScalarType scalarType(int32_t type);
int32_t typeNumber(at::ScalarType type);
at::Device device(int32_t type, int32_t index);

// Runs `body`; every exception becomes a status code and a message.
template <typename Body>
m3dt_status guarded(Body &&body) noexcept {
    try {
        std::forward<Body>(body)();
        return 0;
    } catch (const c10::Error &error) {
        setLastError(error.what_without_backtrace());
    } catch (const std::exception &error) {
        setLastError(error.what());
    } catch (...) {
        setLastError("an unknown exception");
    }
    return 1;
}

// As `guarded`, for a body that returns the tensor to hand over.
template <typename Body>
m3dt_status produce(m3dt_tensor **out, Body &&body) noexcept {
    return guarded([&] { *out = handOver(std::forward<Body>(body)()); });
}

// For a function that returns its answer itself: an exception becomes `failed` and a message.
template <typename Answer, typename Body>
Answer ask(Answer failed, Body &&body) noexcept {
    guarded([&] { failed = std::forward<Body>(body)(); });
    return failed;
}

}  // namespace m3dt
