#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/modules/container/any.h>

#include <string_view>

namespace grapevine::nn::detail {

/// Applies a module of the caller's own to `input`. Throws `Error` that says the shape if the
/// module does not take it or does not return a tensor; `name` is how the message calls the module.
[[nodiscard]] at::Tensor call_module(std::string_view name, torch::nn::AnyModule& module,
                                     const at::Tensor& input);

}  // namespace grapevine::nn::detail
