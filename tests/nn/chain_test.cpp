#include "grapevine/nn/chain.h"

#include <ATen/ops/randn.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/any.h>
#include <torch/nn/modules/linear.h>

#include "tests/support/reference.h"

namespace grapevine::nn {
namespace {

using testing_support::all_close;

TEST(Chain, CallsOneModuleAfterTheOther) {
  torch::nn::Linear first(4, 5);
  torch::nn::Linear second(5, 3);
  Chain chain(first, torch::nn::ReLU(), second);
  const at::Tensor input = at::randn({6, 4});
  EXPECT_TRUE(all_close(chain->forward(input), second(first(input).relu())));
  EXPECT_EQ(chain->named_parameters()["2.weight"].sizes(), (std::vector<std::int64_t>{3, 5}));
}

TEST(Chain, ClonesWithinAnyModule) {
  torch::nn::Linear linear(4, 3);
  torch::nn::AnyModule module(Chain(linear, torch::nn::ReLU()));
  torch::nn::AnyModule copy = module.clone();
  const at::Tensor input = at::randn({6, 4});
  const at::Tensor expected = module.forward(input);
  linear->weight.data().neg_();
  linear->bias.data().neg_();
  EXPECT_TRUE(all_close(copy.forward(input), expected));
  EXPECT_FALSE(module.forward(input).allclose(expected));
}

}  // namespace
}  // namespace grapevine::nn
