// What a layer adds to the residual stream, with dropout of it, in one pass.
#include "Boundary.h"
#include "Devices.h"
#include "Parallel.h"
#include "Philox.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cstring>

using namespace m3dt;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Random numbers of 16 bits: two in a word.
constexpr int64_t group = 2 * philoxGroupWords, groupsPerTask = 64;

struct Drop {
    uint64_t key;
    uint32_t threshold;  // a number is dropped with probability threshold / 2^16
    int64_t begin, end;  // the numbers of the whole that this part has

    Drop(const m3dt_drop &drop, int64_t count)
        : key(drop.key), threshold(static_cast<uint32_t>(std::min(std::lround(drop.probability * 65536), 65535L))),
          begin(drop.part * count), end(begin + count) {}

    float factor() const { return 65536.0f / static_cast<float>(65536 - threshold); }
};

// sum <- stream + x times the factor where it is kept, for the groups first ..< last; notes what is kept.
template <typename T>
M3DT_INLINE void addGroups(const Drop &drop, const float *stream, const T *x, float *sum, uint8_t *keep,
                           int64_t first, int64_t last) {
    uint32_t words[philoxGroupWords];
    uint16_t numbers[group];
    float factor = drop.factor();
    for (int64_t g = first; g < last; g++) {
        philoxGroup(drop.key, static_cast<uint64_t>(g), words);
        std::memcpy(numbers, words, sizeof numbers);
        // The part of the group that is of this part of the whole.
        int64_t from = std::max(g * group, drop.begin), to = std::min((g + 1) * group, drop.end);
        int64_t start = from - drop.begin, length = to - from;
        const uint16_t *own = numbers + (from - g * group);
        for (int64_t i = 0; i < length; i++) keep[start + i] = own[i] >= drop.threshold;
        // All numbers are read, since a loop that reads some of them is not vectorised.
        for (int64_t i = start; i < start + length; i++) {
            float added = widened(x[i]) * factor;
            sum[i] = stream[i] + (keep[i] ? added : 0.0f);
        }
    }
}

template <typename T>
M3DT_INLINE void addRange(const float *stream, const T *x, float *sum, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; i++) sum[i] = stream[i] + widened(x[i]);
}

template <typename T>
M3DT_INLINE void backRange(const float *gradient, const uint8_t *keep, float factor, T *dx, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; i++) {
        float all = gradient[i] * factor;
        narrow(keep[i] ? all : 0.0f, dx[i]);
    }
}

M3DT_VECTORISED void addDropped(const Drop &drop, const float *stream, const float *x, float *sum, uint8_t *keep,
                                int64_t first, int64_t last) {
    addGroups(drop, stream, x, sum, keep, first, last);
}
M3DT_VECTORISED void addDropped(const Drop &drop, const float *stream, const uint16_t *x, float *sum, uint8_t *keep,
                                int64_t first, int64_t last) {
    addGroups(drop, stream, x, sum, keep, first, last);
}
M3DT_VECTORISED void add(const float *stream, const float *x, float *sum, int64_t first, int64_t last) {
    addRange(stream, x, sum, first, last);
}
M3DT_VECTORISED void add(const float *stream, const uint16_t *x, float *sum, int64_t first, int64_t last) {
    addRange(stream, x, sum, first, last);
}
M3DT_VECTORISED void back(const float *gradient, const uint8_t *keep, float factor, float *dx, int64_t first, int64_t last) {
    backRange(gradient, keep, factor, dx, first, last);
}
M3DT_VECTORISED void back(const float *gradient, const uint8_t *keep, float factor, uint16_t *dx, int64_t first, int64_t last) {
    backRange(gradient, keep, factor, dx, first, last);
}

struct Residual : torch::autograd::Function<Residual> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &given, const at::Tensor &addend,
                              const m3dt_drop &asked) {
        auto stream = given.contiguous(), x = addend.contiguous();
        auto sum = at::empty_like(stream);
        int64_t count = sum.numel();
        Drop drop(asked, count);
        auto keep = drop.threshold > 0 ? at::empty({count}, sum.options().dtype(at::kByte)) : at::Tensor();
        auto *from = stream.const_data_ptr<float>();
        auto *to = sum.mutable_data_ptr<float>();
        withElements("a residual sum", x, [&](auto *data) {
            if (!keep.defined()) return parallelFor(count, group * groupsPerTask, [&](int64_t first, int64_t last) {
                add(from, data, to, first, last);
            });
            auto *mask = keep.mutable_data_ptr<uint8_t>();
            int64_t firstGroup = drop.begin / group;
            parallelFor((drop.end + group - 1) / group - firstGroup, groupsPerTask, [&](int64_t first, int64_t last) {
                addDropped(drop, from, data, to, mask, firstGroup + first, firstGroup + last);
            });
        });
        context->save_for_backward({keep});
        context->saved_data["factor"] = static_cast<double>(drop.factor());
        context->saved_data["type"] = static_cast<int64_t>(x.scalar_type());
        return sum;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        auto keep = context->get_saved_variables()[0];
        auto gradient = gradients[0].contiguous();
        auto type = static_cast<at::ScalarType>(context->saved_data["type"].toInt());
        at::Tensor dx;
        if (context->needs_input_grad(1) && !keep.defined()) dx = gradient.to(type);
        if (context->needs_input_grad(1) && keep.defined()) {
            dx = at::empty(gradient.sizes(), gradient.options().dtype(type));
            auto factor = static_cast<float>(context->saved_data["factor"].toDouble());
            auto *from = gradient.const_data_ptr<float>();
            auto *mask = keep.const_data_ptr<uint8_t>();
            withElements("a residual sum", dx, [&](auto *to) {
                parallelFor(dx.numel(), group * groupsPerTask, [&](int64_t first, int64_t last) {
                    back(from, mask, factor, to, first, last);
                });
            });
        }
        return {gradient, dx, at::Tensor()};
    }
};

at::Tensor residual(const at::Tensor &stream, const at::Tensor &x, const m3dt_drop &drop) {
    TORCH_CHECK(drop.probability >= 0 && drop.probability < 1, "a dropout probability is in 0 ..< 1, not ",
                drop.probability);
    TORCH_CHECK(stream.sizes() == x.sizes(), "a residual sum needs two tensors of one shape, not ", stream.sizes(), " and ",
                x.sizes());
    bool isOurs = takesCPUForm(stream) && stream.scalar_type() == at::kFloat &&
                  (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
    if (isOurs) return Residual::apply(stream, x, drop);
    return stream + droppedOnDevice(x, drop);
}

}  // namespace

m3dt_status m3dt_residual(const m3dt_tensor *stream, const m3dt_tensor *addend, const m3dt_drop *drop, m3dt_tensor **out) {
    return produce(out, [&] { return residual(borrow(stream), borrow(addend), *drop); });
}
