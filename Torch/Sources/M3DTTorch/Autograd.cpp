#include "Boundary.h"

#include <torch/csrc/autograd/autograd.h>

using namespace m3dt;

namespace {

// The weights of several networks side by side are views with gaps, and their gradients are views like them, which is as it should be;
// libtorch warns that a gradient has gaps.
struct GapsAllowed final : c10::WarningHandler {
    c10::WarningHandler *others = c10::WarningUtils::get_warning_handler();
    c10::WarningUtils::WarningHandlerGuard guard{this};

    void process(const c10::Warning &warning) override {
        if (warning.msg().find("gradient layout contract") == std::string::npos) others->process(warning);
    }
};

}  // namespace

bool m3dt_gradient_mode(void) { return at::GradMode::is_enabled(); }
void m3dt_set_gradient_mode(bool enabled) { at::GradMode::set_enabled(enabled); }
bool m3dt_requires_gradient(const m3dt_tensor *tensor) {
    return ask(false, [&] { return borrow(tensor).requires_grad(); });
}

m3dt_status m3dt_set_requires_gradient(m3dt_tensor *tensor, bool requires_gradient) {
    return guarded([&] {
        auto leaf = borrow(tensor);
        TORCH_CHECK(leaf.is_leaf(), "the tensor is the result of a recorded operation; detach it first");
        leaf.set_requires_grad(requires_gradient);
    });
}

m3dt_status m3dt_detach(const m3dt_tensor *tensor, m3dt_tensor **out) {
    return produce(out, [&] { return borrow(tensor).detach(); });
}

m3dt_status m3dt_backward(const m3dt_tensor *root) {
    return guarded([&] {
        auto loss = borrow(root);
        TORCH_CHECK(loss.numel() == 1, "gradients start from one number, not from shape ", loss.sizes());
        GapsAllowed allowed;
        torch::autograd::backward({loss}, {});
    });
}

m3dt_status m3dt_gradient(const m3dt_tensor *tensor, m3dt_tensor **out) {
    return guarded([&] {
        auto gradient = borrow(tensor).grad();
        *out = gradient.defined() ? handOver(gradient) : nullptr;
    });
}

m3dt_status m3dt_set_gradient(m3dt_tensor *tensor, const m3dt_tensor *gradient) {
    return guarded([&] {
        auto holder = borrow(tensor);
        auto value = borrow(gradient);
        TORCH_CHECK(holder.sizes() == value.sizes(), "a gradient of shape ", value.sizes(),
                    " does not belong to a tensor of shape ", holder.sizes());
        holder.mutable_grad() = value;
    });
}
