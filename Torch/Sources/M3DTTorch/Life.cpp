// Making, reading and arranging tensors.
#include "Boundary.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>

#include <cstring>

using namespace m3dt;

void m3dt_release(m3dt_tensor *handle) {
    if (!handle) return;
    countHandles(-1);
    TensorPointer::reclaim(reinterpret_cast<c10::TensorImpl *>(handle)).reset();
}

m3dt_status m3dt_from_bytes(const void *bytes, size_t byte_count, const int64_t *shape, size_t rank, int32_t type,
                            int32_t device_type, int32_t device_index, m3dt_tensor **out) {
    return produce(out, [&] {
        // Copies to a GPU go on by themselves where they come from memory that stays in place.
        auto options = at::TensorOptions().dtype(scalarType(type)).pinned_memory(device_type == M3DT_CUDA);
        auto target = at::empty({shape, rank}, options);
        TORCH_CHECK(target.nbytes() == byte_count, "a tensor of shape ", target.sizes(), " takes ", target.nbytes(),
                    " bytes, not ", byte_count);
        if (byte_count > 0) std::memcpy(target.mutable_data_ptr(), bytes, byte_count);
        return target.to(device(device_type, device_index), target.scalar_type(), /*non_blocking=*/true);
    });
}

m3dt_status m3dt_to_bytes(const m3dt_tensor *handle, void *bytes, size_t byte_count) {
    return guarded([&] {
        auto source = borrow(handle).detach().to(at::kCPU).contiguous();
        TORCH_CHECK(source.nbytes() == byte_count, "a tensor of shape ", source.sizes(), " holds ", source.nbytes(),
                    " bytes, not ", byte_count);
        if (byte_count > 0) std::memcpy(bytes, source.const_data_ptr(), byte_count);
    });
}

m3dt_status m3dt_full(double value, const int64_t *shape, size_t rank, int32_t type, int32_t device_type,
                      int32_t device_index, m3dt_tensor **out) {
    return produce(out, [&] {
        auto options = at::TensorOptions().dtype(scalarType(type)).device(device(device_type, device_index));
        return at::full({shape, rank}, value, options);
    });
}

m3dt_status m3dt_clone(const m3dt_tensor *handle, m3dt_tensor **out) {
    return produce(out, [&] { return borrow(handle).clone(); });
}

m3dt_status m3dt_convert(const m3dt_tensor *handle, int32_t type, int32_t device_type, int32_t device_index,
                         m3dt_tensor **out) {
    return produce(out, [&] { return borrow(handle).to(device(device_type, device_index), scalarType(type)); });
}

int32_t m3dt_rank(const m3dt_tensor *handle) {
    return ask<int32_t>(-1, [&] { return static_cast<int32_t>(borrow(handle).dim()); });
}

int64_t m3dt_dimension(const m3dt_tensor *handle, int32_t index) {
    return ask<int64_t>(-1, [&] { return borrow(handle).size(index); });
}

int32_t m3dt_element_type(const m3dt_tensor *handle) {
    return ask<int32_t>(-1, [&] { return typeNumber(borrow(handle).scalar_type()); });
}

int32_t m3dt_device_type(const m3dt_tensor *handle) {
    return ask<int32_t>(-1, [&] {
        auto device = borrow(handle).device();
        if (device.is_privateuseone()) return M3DT_REHEARSAL;
        return device.is_cuda() ? M3DT_CUDA : device.is_mps() ? M3DT_MPS : M3DT_CPU;
    });
}

int32_t m3dt_device_index(const m3dt_tensor *handle) {
    return ask<int32_t>(-1, [&] { return borrow(handle).device().index(); });
}

m3dt_status m3dt_reshape(const m3dt_tensor *handle, const int64_t *shape, size_t rank, m3dt_tensor **out) {
    return produce(out, [&] { return borrow(handle).reshape({shape, rank}); });
}

m3dt_status m3dt_permute(const m3dt_tensor *handle, const int64_t *order, size_t rank, m3dt_tensor **out) {
    return produce(out, [&] { return borrow(handle).permute({order, rank}); });
}

m3dt_status m3dt_expand(const m3dt_tensor *handle, const int64_t *shape, size_t rank, m3dt_tensor **out) {
    return produce(out, [&] { return borrow(handle).expand({shape, rank}); });
}

m3dt_status m3dt_narrow(const m3dt_tensor *handle, int64_t dimension, int64_t start, int64_t length,
                        m3dt_tensor **out) {
    return produce(out, [&] { return borrow(handle).narrow(dimension, start, length); });
}

m3dt_status m3dt_concatenate(m3dt_tensor *const *handles, size_t count, int64_t dimension, m3dt_tensor **out) {
    return produce(out, [&] { return at::cat(borrowAll(handles, count), dimension); });
}

m3dt_status m3dt_stack(m3dt_tensor *const *handles, size_t count, int64_t dimension, m3dt_tensor **out) {
    return produce(out, [&] { return at::stack(borrowAll(handles, count), dimension); });
}

m3dt_status m3dt_index_select(const m3dt_tensor *handle, int64_t dimension, const m3dt_tensor *indices,
                              m3dt_tensor **out) {
    return produce(out, [&] { return borrow(handle).index_select(dimension, borrow(indices)); });
}

m3dt_status m3dt_contiguous(const m3dt_tensor *handle, m3dt_tensor **out) {
    return produce(out, [&] { return borrow(handle).contiguous(); });
}

m3dt_status m3dt_lower_triangle(int64_t size, int32_t device_type, int32_t device_index, m3dt_tensor **out) {
    return produce(out, [&] {
        auto options = at::TensorOptions().dtype(at::kBool).device(device(device_type, device_index));
        return at::ones({size, size}, options).tril();
    });
}
