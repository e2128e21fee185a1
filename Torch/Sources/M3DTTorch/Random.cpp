// Random numbers from a counter-based generator, filled in parallel.
//
// A tensor's elements come in groups of 64, one group from 16 consecutive Philox blocks of the key: element i is lane
// (i % 64) / 16 of block 16 (i / 64) + i % 16. Any element can be computed alone, so the number of threads does not matter.
#include "Boundary.h"
#include "Devices.h"
#include "Dropout.h"
#include "Parallel.h"
#include "Philox.h"
#include "Vectorised.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

using namespace m3dt;

namespace {

constexpr int64_t group = philoxGroupWords, lanes = philoxLanes;
constexpr int64_t groupsPerTask = 256;

// keep[i - begin] = 1 with probability 1 - threshold / 2^32 for the elements i from `begin` to below `end`, in the groups
// first ..< last.
M3DT_VECTORISED
void keepMask(uint64_t key, uint32_t threshold, uint8_t *keep, int64_t begin, int64_t end, int64_t first, int64_t last) {
    uint32_t words[group];
    for (int64_t g = first; g < last; g++) {
        philoxGroup(key, g, words);
        int64_t offset = g * group - begin;
        if (offset >= 0 && offset + group <= end - begin) {
            uint8_t *target = keep + offset;
            for (int64_t i = 0; i < group; i++) target[i] = words[i] >= threshold;
        } else {
            int64_t stop = std::min(group, end - begin - offset);
            for (int64_t i = std::max<int64_t>(-offset, 0); i < stop; i++) keep[offset + i] = words[i] >= threshold;
        }
    }
}

void fillGroups(float *target, int64_t count, uint64_t key, bool normal, int64_t first, int64_t last) {
    uint32_t words[group];
    float values[group];
    for (int64_t g = first; g < last; g++) {
        philoxGroup(key, g, words);
        for (int64_t i = 0; i < group; i++) values[i] = static_cast<float>(words[i] >> 8) * 0x1p-24f;
        if (normal) {  // Box-Muller on lanes 0 and 1, and on lanes 2 and 3
            for (int64_t pair : {int64_t{0}, 2 * lanes}) {
                for (int64_t j = pair; j < pair + lanes; j++) {
                    double radius = std::sqrt(-2 * std::log(1 - static_cast<double>(values[j])));
                    double angle = 2 * M_PI * values[j + lanes];
                    values[j] = static_cast<float>(radius * std::cos(angle));
                    values[j + lanes] = static_cast<float>(radius * std::sin(angle));
                }
            }
        }
        std::copy_n(values, std::min(group, count - g * group), target + g * group);
    }
}

template <typename T>
M3DT_INLINE void applyMaskTo(const T *input, const uint8_t *keep, float factor, T *output, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; i++) {
        float scaled = widened(input[i]) * factor;
        narrow(keep[i] ? scaled : 0.0f, output[i]);
    }
}

M3DT_VECTORISED
void applyMask(const float *input, const uint8_t *keep, float factor, float *output, int64_t first, int64_t last) {
    applyMaskTo(input, keep, factor, output, first, last);
}

M3DT_VECTORISED
void applyMask(const uint16_t *input, const uint8_t *keep, float factor, uint16_t *output, int64_t first,
               int64_t last) {
    applyMaskTo(input, keep, factor, output, first, last);
}

}  // namespace

at::Tensor m3dt::makeKeepMask(const at::Tensor &like, const m3dt_drop &drop) {
    int64_t count = like.numel();
    auto keep = at::empty(like.sizes(), like.options().dtype(at::kByte));
    auto threshold = static_cast<uint32_t>(std::min(drop.probability * 0x1p32, 4294967295.0));
    int64_t begin = drop.part * count, end = begin + count, firstGroup = begin / group;
    auto *target = keep.mutable_data_ptr<uint8_t>();
    parallelFor((end + group - 1) / group - firstGroup, groupsPerTask, [&](int64_t first, int64_t last) {
        keepMask(drop.key, threshold, target, begin, end, firstGroup + first, firstGroup + last);
    });
    return keep;
}

at::Tensor m3dt::masked(const at::Tensor &input, const at::Tensor &keep, double factor) {
    auto source = input.contiguous();
    auto output = at::empty_like(source);
    withElements("dropout", output, [&](auto *to) {
        auto *from = static_cast<const std::remove_pointer_t<decltype(to)> *>(source.const_data_ptr());
        auto *mask = keep.const_data_ptr<uint8_t>();
        parallelFor(source.numel(), group * groupsPerTask, [&](int64_t first, int64_t last) {
            applyMask(from, mask, static_cast<float>(factor), to, first, last);
        });
    });
    return output;
}

namespace {

struct Dropout : torch::autograd::Function<Dropout> {
    static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &input,
                              const m3dt_drop &drop) {
        auto keep = makeKeepMask(input, drop);
        auto factor = 1 / (1 - drop.probability);
        context->saved_data["factor"] = factor;
        context->save_for_backward({keep});
        return masked(input, keep, factor);
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                   torch::autograd::variable_list gradients) {
        auto keep = context->get_saved_variables()[0];
        return {masked(gradients[0], keep, context->saved_data["factor"].toDouble()), at::Tensor()};
    }
};

}  // namespace

m3dt_status m3dt_fill_random(m3dt_tensor *handle, int32_t distribution, uint64_t key) {
    return guarded([&] {
        c10::NoGradGuard guard;
        auto target = borrow(handle);
        TORCH_CHECK(target.scalar_type() == at::kFloat, "random numbers are made in float32, not in ",
                    target.scalar_type());
        bool isNormal = distribution == M3DT_NORMAL;
        if (!target.is_cpu()) {
            auto source = generator(target.device());
            isNormal ? target.normal_(0, 1, source) : target.uniform_(0, 1, source);
            return;
        }
        auto values = target.is_contiguous() ? target : at::empty(target.sizes(), at::kFloat);
        auto *data = values.mutable_data_ptr<float>();
        int64_t count = values.numel();
        parallelFor((count + group - 1) / group, groupsPerTask, [&](int64_t first, int64_t last) {
            fillGroups(data, count, key, isNormal, first, last);
        });
        if (!values.is_same(target)) target.copy_(values);
    });
}

m3dt_status m3dt_dropout(const m3dt_tensor *input, const m3dt_drop *drop, m3dt_tensor **out) {
    return produce(out, [&] {
        TORCH_CHECK(drop->probability >= 0 && drop->probability < 1, "a dropout probability is in 0 ..< 1, not ",
                    drop->probability);
        TORCH_CHECK(drop->part >= 0 && drop->part < drop->parts, "there is no part ", drop->part, " of ", drop->parts);
        auto x = borrow(input);
        if (!takesCPUForm(x)) return droppedOnDevice(x, *drop);
        return Dropout::apply(x, *drop);
    });
}
