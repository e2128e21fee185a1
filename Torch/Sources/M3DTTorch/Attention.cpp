// Causal self-attention as an operation: from the joint queries, keys and values to the heads' outputs side by side.
//
// Legend: B rows, H heads, T tokens, Tq queries, Tk keys, W width of a head, D = H W.
#include "Boundary.h"
#include "Vectors/Loops.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

using namespace m3dt;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// What the loops are made for.
constexpr int64_t mostKeys = 512, widestHead = 64;

bool canAttend(int64_t width, int64_t keys) { return loops() && width <= widestHead && keys <= mostKeys; }

bool isKnown(at::ScalarType type) { return type == at::kFloat || type == at::kBFloat16; }

// A part of a contiguous [B, T, parts D]; part 1 of 3 are the keys.
HeadsView part(const at::Tensor &joint, int64_t index, int64_t width, int64_t headWidth) {
    int64_t tokens = joint.size(1), all = joint.size(2);
    auto *data = static_cast<char *>(joint.data_ptr()) + index * width * static_cast<int64_t>(joint.element_size());
    return {data, tokens * all, headWidth, all};
}

// A [B, H, T, W] whose last dimension is contiguous.
HeadsView heads(const at::Tensor &tensor) {
    return {tensor.data_ptr(), tensor.stride(0), tensor.stride(1), tensor.stride(2)};
}

AttentionDropout dropoutOf(double probability, int64_t key, int64_t part) {
    auto threshold = static_cast<uint32_t>(std::min(std::lround(probability * 65536), 65535L));
    return {threshold, static_cast<uint64_t>(key), part};
}

struct Attention : torch::autograd::Function<Attention> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &given, const at::Tensor &keyMask, int64_t heads,
                              double probability, int64_t key, int64_t batchPart) {
        TORCH_CHECK(given.dim() == 3 && given.size(2) % (3 * heads) == 0 && isKnown(given.scalar_type()),
                    "attention takes [B, T, 3 D] of float32 or bfloat16, not ", given.sizes(), " of ", given.scalar_type());
        auto joint = given.contiguous();
        auto mask = keyMask.to(at::kFloat).contiguous();
        int64_t rows = joint.size(0), tokens = joint.size(1), width = joint.size(2) / 3, headWidth = width / heads;
        TORCH_CHECK(mask.sizes() == at::IntArrayRef({rows, tokens}), "a mask of shape ", mask.sizes(),
                    " does not belong to tokens of shape ", joint.sizes());
        TORCH_CHECK(canAttend(headWidth, tokens), "no attention for heads of width ", headWidth, " and ", tokens, " keys");
        AttentionSizes sizes{rows, heads, tokens, tokens, headWidth, joint.scalar_type() == at::kBFloat16};
        auto dropout = dropoutOf(probability, key, batchPart);
        int64_t words = dropout.threshold > 0 ? rows * heads * tokens * sizes.maskWords() : 0;
        auto kept = at::empty({words}, joint.options().dtype(at::kLong));
        auto output = at::empty({rows, tokens, width}, joint.options());
        loops()->attend(sizes, part(joint, 0, width, headWidth), part(joint, 1, width, headWidth),
                        part(joint, 2, width, headWidth), mask.const_data_ptr<float>(), dropout,
                        reinterpret_cast<uint64_t *>(kept.mutable_data_ptr<int64_t>()), part(output, 0, width, headWidth));
        context->save_for_backward({joint, mask, kept});
        context->saved_data["heads"] = heads;
        context->saved_data["probability"] = probability;
        context->saved_data["key"] = key;
        context->saved_data["part"] = batchPart;
        return output;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        auto saved = context->get_saved_variables();
        const auto &joint = saved[0], &mask = saved[1], &kept = saved[2];
        auto gradient = gradients[0].contiguous();
        int64_t heads = context->saved_data["heads"].toInt(), width = joint.size(2) / 3, headWidth = width / heads;
        auto dropout = dropoutOf(context->saved_data["probability"].toDouble(), context->saved_data["key"].toInt(),
                                 context->saved_data["part"].toInt());
        AttentionSizes sizes{joint.size(0), heads, joint.size(1), joint.size(1), headWidth,
                             joint.scalar_type() == at::kBFloat16};
        auto result = at::empty_like(joint);
        loops()->attendBackward(sizes, part(joint, 0, width, headWidth), part(joint, 1, width, headWidth),
                                part(joint, 2, width, headWidth), mask.const_data_ptr<float>(), dropout,
                                reinterpret_cast<const uint64_t *>(kept.const_data_ptr<int64_t>()),
                                part(gradient, 0, width, headWidth), part(result, 0, width, headWidth),
                                part(result, 1, width, headWidth), part(result, 2, width, headWidth));
        return {result, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
    }
};

// Without gradients, and for queries that are the last of the keys.
at::Tensor attendTo(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const at::Tensor &keyMask) {
    bool fits = q.dim() == 4 && k.dim() == 4 && k.sizes() == v.sizes() && q.size(0) == k.size(0) && q.size(1) == k.size(1) &&
                q.size(3) == k.size(3) && q.size(2) <= k.size(2) && isKnown(q.scalar_type()) &&
                k.scalar_type() == q.scalar_type() && v.scalar_type() == q.scalar_type() &&
                keyMask.sizes() == at::IntArrayRef({k.size(0), k.size(2)});
    TORCH_CHECK(fits, "attention takes queries [B, H, Tq, W], keys and values [B, H, Tk, W] and a mask [B, Tk], not ", q.sizes(),
                ", ", k.sizes(), ", ", v.sizes(), " and ", keyMask.sizes());
    TORCH_CHECK(canAttend(q.size(3), k.size(2)), "no attention for heads of width ", q.size(3), " and ", k.size(2), " keys");
    auto contiguousHeads = [](const at::Tensor &tensor) { return tensor.stride(3) == 1 ? tensor : tensor.contiguous(); };
    auto query = contiguousHeads(q), keys = contiguousHeads(k), values = contiguousHeads(v);
    auto mask = keyMask.to(at::kFloat).contiguous();
    AttentionSizes sizes{q.size(0), q.size(1), q.size(2), k.size(2), q.size(3), q.scalar_type() == at::kBFloat16};
    auto output = at::empty({q.size(0), q.size(2), q.size(1) * q.size(3)}, q.options());
    loops()->attend(sizes, heads(query), heads(keys), heads(values), mask.const_data_ptr<float>(), {0, 0, 0}, nullptr,
                    part(output, 0, q.size(1) * q.size(3), q.size(3)));
    return output;
}

}  // namespace

bool m3dt_can_attend(int64_t head_width, int64_t keys) { return ask(false, [&] { return canAttend(head_width, keys); }); }

m3dt_status m3dt_attention(const m3dt_tensor *joint, const m3dt_tensor *key_mask, int64_t heads, const m3dt_drop *drop,
                           m3dt_tensor **out) {
    return produce(out, [&] {
        return Attention::apply(borrow(joint), borrow(key_mask), heads, drop->probability, static_cast<int64_t>(drop->key),
                                drop->part);
    });
}

m3dt_status m3dt_attend(const m3dt_tensor *queries, const m3dt_tensor *keys, const m3dt_tensor *values,
                        const m3dt_tensor *key_mask, m3dt_tensor **out) {
    return produce(out, [&] {
        c10::NoGradGuard guard;
        return attendTo(borrow(queries), borrow(keys), borrow(values), borrow(key_mask));
    });
}
