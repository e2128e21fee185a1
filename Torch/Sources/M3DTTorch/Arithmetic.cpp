#include "Boundary.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/where.h>

using namespace m3dt;

namespace {

at::Tensor unary(int32_t operation, const at::Tensor &x) {
    switch (operation) {
        case M3DT_NEGATE: return x.neg();
        case M3DT_EXP: return x.exp();
        case M3DT_LOG: return x.log();
        case M3DT_SQRT: return x.sqrt();
        case M3DT_TANH: return x.tanh();
        case M3DT_RELU: return x.relu();
        case M3DT_SIGMOID: return x.sigmoid();
        case M3DT_SOFTPLUS: return at::softplus(x);
        case M3DT_SQUARE: return x.square();
        case M3DT_ABSOLUTE: return x.abs();
        case M3DT_IS_FINITE: return x.isfinite();
        default: TORCH_CHECK(false, "unknown unary operation ", operation);
    }
}

at::Tensor binary(int32_t operation, const at::Tensor &a, const at::Tensor &b) {
    switch (operation) {
        case M3DT_ADD: return a + b;
        case M3DT_SUBTRACT: return a - b;
        case M3DT_MULTIPLY: return a * b;
        case M3DT_DIVIDE: return a / b;
        case M3DT_MAXIMUM: return at::maximum(a, b);
        case M3DT_MINIMUM: return at::minimum(a, b);
        case M3DT_EQUAL: return a.eq(b);
        case M3DT_LESS: return a.lt(b);
        case M3DT_GREATER: return a.gt(b);
        default: TORCH_CHECK(false, "unknown binary operation ", operation);
    }
}

at::Tensor binaryScalar(int32_t operation, const at::Tensor &a, double b) {
    switch (operation) {
        case M3DT_ADD: return a + b;
        case M3DT_SUBTRACT: return a - b;
        case M3DT_MULTIPLY: return a * b;
        case M3DT_DIVIDE: return a / b;
        case M3DT_MAXIMUM: return a.clamp_min(b);
        case M3DT_MINIMUM: return a.clamp_max(b);
        case M3DT_EQUAL: return a.eq(b);
        case M3DT_LESS: return a.lt(b);
        case M3DT_GREATER: return a.gt(b);
        default: TORCH_CHECK(false, "unknown binary operation ", operation);
    }
}

at::Tensor reduce(int32_t operation, const at::Tensor &x, at::IntArrayRef dimensions, bool keep) {
    switch (operation) {
        case M3DT_SUM: return x.sum(dimensions, keep);
        case M3DT_MEAN: return x.mean(dimensions, keep);
        case M3DT_MAX: return x.amax(dimensions, keep);
        case M3DT_MIN: return x.amin(dimensions, keep);
        default: TORCH_CHECK(false, "unknown reduction ", operation);
    }
}

}  // namespace

m3dt_status m3dt_unary(int32_t operation, const m3dt_tensor *tensor, m3dt_tensor **out) {
    return produce(out, [&] { return unary(operation, borrow(tensor)); });
}

m3dt_status m3dt_binary(int32_t operation, const m3dt_tensor *left, const m3dt_tensor *right, m3dt_tensor **out) {
    return produce(out, [&] { return binary(operation, borrow(left), borrow(right)); });
}

m3dt_status m3dt_binary_scalar(int32_t operation, const m3dt_tensor *left, double right, m3dt_tensor **out) {
    return produce(out, [&] { return binaryScalar(operation, borrow(left), right); });
}

m3dt_status m3dt_where(const m3dt_tensor *condition, const m3dt_tensor *yes, double no, m3dt_tensor **out) {
    return produce(out, [&] { return at::where(borrow(condition), borrow(yes), no); });
}

m3dt_status m3dt_reduce(int32_t operation, const m3dt_tensor *tensor, const int64_t *dimensions, size_t count,
                        bool keep_dimensions, m3dt_tensor **out) {
    return produce(out, [&] { return reduce(operation, borrow(tensor), {dimensions, count}, keep_dimensions); });
}

m3dt_status m3dt_top_k(const m3dt_tensor *tensor, int64_t k, int64_t dimension, m3dt_tensor **values,
                       m3dt_tensor **indices) {
    return guarded([&] {
        auto [top, where] = borrow(tensor).topk(k, dimension);
        *values = handOver(top);  // neither of the two can fail
        *indices = handOver(where);
    });
}

m3dt_status m3dt_softmax(const m3dt_tensor *tensor, int64_t dimension, m3dt_tensor **out) {
    return produce(out, [&] { return borrow(tensor).softmax(dimension); });
}

m3dt_status m3dt_log_softmax(const m3dt_tensor *tensor, int64_t dimension, m3dt_tensor **out) {
    return produce(out, [&] { return borrow(tensor).log_softmax(dimension); });
}

m3dt_status m3dt_matmul(const m3dt_tensor *left, const m3dt_tensor *right, m3dt_tensor **out) {
    return produce(out, [&] { return at::matmul(borrow(left), borrow(right)); });
}

m3dt_status m3dt_linear(const m3dt_tensor *input, const m3dt_tensor *weight, const m3dt_tensor *bias, bool transposed,
                        m3dt_tensor **out) {
    return produce(out, [&] {
        auto matrix = borrow(weight);
        auto offset = bias ? std::optional<at::Tensor>(borrow(bias)) : std::nullopt;
        return at::linear(borrow(input), transposed ? matrix.t() : matrix, offset);
    });
}

m3dt_status m3dt_embedding(const m3dt_tensor *weight, const m3dt_tensor *indices, m3dt_tensor **out) {
    return produce(out, [&] { return at::embedding(borrow(weight), borrow(indices)); });
}

m3dt_status m3dt_assign(m3dt_tensor *target, const m3dt_tensor *source) {
    return guarded([&] {
        c10::NoGradGuard guard;
        auto tensor = borrow(target);
        auto other = borrow(source);
        TORCH_CHECK(tensor.sizes() == other.sizes(), "cannot assign shape ", other.sizes(), " to shape ",
                    tensor.sizes());
        tensor.copy_(other);
    });
}

m3dt_status m3dt_fill(m3dt_tensor *target, double value) {
    return guarded([&] {
        c10::NoGradGuard guard;
        borrow(target).fill_(value);
    });
}

m3dt_status m3dt_scale(m3dt_tensor *target, double factor) {
    return guarded([&] {
        c10::NoGradGuard guard;
        borrow(target).mul_(factor);
    });
}

m3dt_status m3dt_accumulate(m3dt_tensor *target, const m3dt_tensor *source, double factor) {
    return guarded([&] {
        c10::NoGradGuard guard;
        borrow(target).add_(borrow(source), factor);
    });
}
