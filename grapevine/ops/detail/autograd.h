#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/core/ivalue.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <utility>

namespace grapevine::ops::detail {

/// What a backward pass needs besides tensors, in a form that `AutogradContext::saved_data` takes.
template <typename T>
struct Capsule : torch::CustomClassHolder {
  explicit Capsule(T call) : value(std::move(call)) {}
  T value;
};

template <typename T>
void save_call(torch::autograd::AutogradContext& context, T call) {
  context.saved_data["call"] =
      c10::IValue::make_capsule(c10::make_intrusive<Capsule<T>>(std::move(call)));
}

/// What `save_call` put there; it lives as long as `context`.
template <typename T>
const T& saved_call(torch::autograd::AutogradContext& context) {
  return c10::static_intrusive_pointer_cast<Capsule<T>>(context.saved_data["call"].toCapsule())
      ->value;
}

/// Whether autograd must see what is made of `tensor`; without that, an operator goes straight to
/// its kernel. A forward-mode tangent counts, so that autograd refuses it and does not lose it.
inline bool needs_gradient(const at::Tensor& tensor) {
  return tensor.defined() && ((at::GradMode::is_enabled() && tensor.requires_grad()) ||
                              tensor._fw_grad(/*level=*/0).defined());
}

inline bool needs_gradient(const std::optional<at::Tensor>& tensor) {
  return tensor.has_value() && needs_gradient(*tensor);
}

}  // namespace grapevine::ops::detail
