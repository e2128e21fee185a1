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

void checkKernel(int64_t width, int64_t keys) {
    TORCH_CHECK(canAttend(width, keys), "no attention for heads of width ", width, " and ", keys, " keys");
}

bool isKnown(at::ScalarType type) { return type == at::kFloat || type == at::kBFloat16; }

// Queries, keys and values of all heads, side by side in a contiguous [B, T, 3 D].
struct Joint {
    at::Tensor tensor;
    int64_t rows, tokens, heads, width, headWidth;

    Joint(const at::Tensor &given, int64_t heads) : heads(heads) {
        TORCH_CHECK(heads > 0 && given.dim() == 3 && given.size(2) % (3 * heads) == 0 && isKnown(given.scalar_type()),
                    "attention takes [B, T, 3 D] of float32 or bfloat16, not ", given.sizes(), " of ", given.scalar_type());
        tensor = given.contiguous();
        rows = tensor.size(0), tokens = tensor.size(1), width = tensor.size(2) / 3, headWidth = width / heads;
    }

    bool isHalf() const { return tensor.scalar_type() == at::kBFloat16; }
    HeadsView queries(int64_t firstToken = 0) const { return view(tensor, 0, firstToken); }
    HeadsView keys() const { return view(tensor, 1); }
    HeadsView values() const { return view(tensor, 2); }
    KeyPart part() const { return {keys(), values(), tokens}; }

    // A part of a contiguous [B, T, parts D], from a token on.
    HeadsView view(const at::Tensor &all, int64_t index, int64_t firstToken = 0) const {
        int64_t size = all.size(2), first = firstToken * size + index * width;
        auto *data = static_cast<char *>(all.data_ptr()) + first * static_cast<int64_t>(all.element_size());
        return {data, all.size(1) * size, headWidth, size};
    }
};

// A [B, H, T, W] whose last dimension is contiguous.
HeadsView heads(const at::Tensor &tensor) {
    return {tensor.data_ptr(), tensor.stride(0), tensor.stride(1), tensor.stride(2)};
}

AttentionDropout dropoutOf(double probability, int64_t key, int64_t part) {
    auto threshold = static_cast<uint32_t>(std::min(std::lround(probability * 65536), 65535L));
    return {threshold, static_cast<uint64_t>(key), part};
}

at::Tensor maskFor(const at::Tensor &keyMask, int64_t rows, int64_t keys) {
    TORCH_CHECK(keyMask.sizes() == at::IntArrayRef({rows, keys}), "a mask of shape ", keyMask.sizes(), " does not belong to ", rows,
                " rows of ", keys, " keys");
    return keyMask.to(at::kFloat).contiguous();
}

struct Attention : torch::autograd::Function<Attention> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &given, const at::Tensor &keyMask, int64_t heads,
                              double probability, int64_t key, int64_t batchPart) {
        Joint joint(given, heads);
        auto mask = maskFor(keyMask, joint.rows, joint.tokens);
        checkKernel(joint.headWidth, joint.tokens);
        AttentionSizes sizes{joint.rows, heads, joint.tokens, joint.tokens, joint.headWidth, joint.isHalf()};
        auto dropout = dropoutOf(probability, key, batchPart);
        int64_t words = dropout.threshold > 0 ? joint.rows * heads * joint.tokens * sizes.maskWords() : 0;
        auto kept = at::empty({words}, joint.tensor.options().dtype(at::kLong));
        auto output = at::empty({joint.rows, joint.tokens, joint.width}, joint.tensor.options());
        loops()->attend(sizes, joint.queries(), joint.part(), mask.const_data_ptr<float>(), dropout,
                        reinterpret_cast<uint64_t *>(kept.mutable_data_ptr<int64_t>()), joint.view(output, 0));
        context->save_for_backward({joint.tensor, mask, kept});
        context->saved_data["heads"] = heads;
        context->saved_data["probability"] = probability;
        context->saved_data["key"] = key;
        context->saved_data["part"] = batchPart;
        return output;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        auto saved = context->get_saved_variables();
        Joint joint(saved[0], context->saved_data["heads"].toInt());
        const auto &mask = saved[1], &kept = saved[2];
        auto gradient = gradients[0].contiguous();
        auto dropout = dropoutOf(context->saved_data["probability"].toDouble(), context->saved_data["key"].toInt(),
                                 context->saved_data["part"].toInt());
        AttentionSizes sizes{joint.rows, joint.heads, joint.tokens, joint.tokens, joint.headWidth, joint.isHalf()};
        auto result = at::empty_like(joint.tensor);
        loops()->attendBackward(sizes, joint.queries(), joint.keys(), joint.values(), mask.const_data_ptr<float>(), dropout,
                                reinterpret_cast<const uint64_t *>(kept.const_data_ptr<int64_t>()), joint.view(gradient, 0),
                                joint.view(result, 0), joint.view(result, 1), joint.view(result, 2));
        return {result, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
    }
};

// Without gradients: the last tokens look at those of the past, [B, H, T, W] each, and at their own.
at::Tensor attendTo(at::TensorList pastKeys, at::TensorList pastValues, const Joint &joint, const at::Tensor &keyMask,
                    int64_t queries) {
    TORCH_CHECK(queries > 0 && queries <= joint.tokens, queries, " queries of ", joint.tokens, " tokens");
    auto contiguousHeads = [](const at::Tensor &tensor) { return tensor.stride(3) == 1 ? tensor : tensor.contiguous(); };
    std::vector<at::Tensor> held;
    c10::SmallVector<KeyPart, 3> parts;
    int64_t keys = joint.tokens;
    for (size_t i = 0; i < pastKeys.size(); i++) {
        const auto &k = pastKeys[i], &v = pastValues[i];
        auto type = joint.tensor.scalar_type();
        TORCH_CHECK(k.dim() == 4 && k.sizes() == v.sizes() && k.size(0) == joint.rows && k.size(1) == joint.heads &&
                        k.size(3) == joint.headWidth && k.scalar_type() == type && v.scalar_type() == type,
                    "keys ", k.sizes(), " and values ", v.sizes(), " of the past do not belong to tokens ", joint.tensor.sizes(),
                    " of ", joint.heads, " heads");
        held.push_back(contiguousHeads(k));
        held.push_back(contiguousHeads(v));
        parts.push_back({heads(held[2 * i]), heads(held[2 * i + 1]), k.size(2)});
        keys += k.size(2);
    }
    parts.push_back(joint.part());
    auto mask = maskFor(keyMask, joint.rows, keys);
    checkKernel(joint.headWidth, keys);
    AttentionSizes sizes{joint.rows, joint.heads, queries, keys, joint.headWidth, joint.isHalf()};
    auto output = at::empty({joint.rows, queries, joint.width}, joint.tensor.options());
    loops()->attend(sizes, joint.queries(joint.tokens - queries), parts, mask.const_data_ptr<float>(), {0, 0, 0}, nullptr,
                    joint.view(output, 0));
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

m3dt_status m3dt_attend(const m3dt_tensor *joint, m3dt_tensor *const *past_keys, m3dt_tensor *const *past_values, size_t count,
                        const m3dt_tensor *key_mask, int64_t heads, int64_t queries, m3dt_tensor **out) {
    return produce(out, [&] {
        c10::NoGradGuard guard;
        return attendTo(borrowAll(past_keys, count), borrowAll(past_values, count), Joint(borrow(joint), heads), borrow(key_mask),
                        queries);
    });
}
