#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/pimpl.h>

#include <memory>
#include <optional>

namespace grapevine::nn {

/// Modules one after the other, each from a tensor to a tensor, as one module that a
/// `torch::nn::AnyModule` can hold, which `torch::nn::Sequential` is not: a perceptron for
/// `GINConv`, say. Parameters are named as in a `Sequential`.
///
///     torch::nn::AnyModule perceptron(Chain(torch::nn::Linear(16, 32), torch::nn::ReLU(),
///                                           torch::nn::Linear(32, 8)));
class ChainImpl : public torch::nn::SequentialImpl {
 public:
  using torch::nn::SequentialImpl::SequentialImpl;

  /// What the last module returns. Throws `c10::Error` if there is none.
  at::Tensor forward(const at::Tensor& input);

  std::shared_ptr<torch::nn::Module> clone(
      const std::optional<torch::Device>& device = std::nullopt) const override;
};

TORCH_MODULE(Chain);

}  // namespace grapevine::nn
