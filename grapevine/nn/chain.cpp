#include "grapevine/nn/chain.h"

namespace grapevine::nn {

at::Tensor ChainImpl::forward(const at::Tensor& input) {
  return SequentialImpl::forward<at::Tensor>(input);
}

std::shared_ptr<torch::nn::Module> ChainImpl::clone(
    const std::optional<torch::Device>& device) const {
  auto copy = std::make_shared<ChainImpl>();
  for (const torch::nn::AnyModule& module : *this) {
    copy->push_back(module.clone(device));
  }
  return copy;
}

}  // namespace grapevine::nn
