#include "grapevine/nn/state_dict.h"

#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <vector>

#include "grapevine/nn/conv_stack.h"
#include "grapevine/nn/gatv2_conv.h"
#include "tests/support/expect_error.h"

namespace grapevine::nn {
namespace {

ConvStack small_stack() {
  return ConvStack(3, 2,
                   ConvStackOptions{.conv = "gat",
                                    .conv_options = {{"heads", "2"}},
                                    .layers = 2,
                                    .hidden = 4,
                                    .norm = "batch"});
}

TEST(StateDict, HasParametersAndBuffersUnderTheNamesOfDGL) {
  const auto state = state_dict(*small_stack());
  EXPECT_EQ(state.keys(), (std::vector<std::string>{
                              "layer0.attn_l", "layer0.attn_r", "layer0.bias", "layer0.fc.weight",
                              "norm0.weight", "norm0.bias", "norm0.running_mean",
                              "norm0.running_var", "norm0.num_batches_tracked", "layer1.attn_l",
                              "layer1.attn_r", "layer1.bias", "layer1.fc.weight"}));
  EXPECT_FALSE(state["layer0.attn_l"].requires_grad());
}

TEST(StateDict, MovesBetweenModules) {
  ConvStack source = small_stack();
  ConvStack target = small_stack();
  source->named_buffers()["norm0.running_mean"].fill_(5);
  EXPECT_FALSE(source->parameters()[0].equal(target->parameters()[0]));
  auto values = state_dict(*source);
  values["layer0.fc.weight"] = values["layer0.fc.weight"].to(at::kDouble);
  load_state_dict(*target, values);
  for (const auto& item : state_dict(*source)) {
    EXPECT_TRUE(state_dict(*target)[item.key()].equal(item.value())) << item.key();
  }
  EXPECT_TRUE(target->parameters()[0].requires_grad());
  EXPECT_EQ(state_dict(*target)["layer0.fc.weight"].scalar_type(), at::kFloat);
}

TEST(StateDict, HasTiedParametersUnderBothNames) {
  GATv2Conv source(3, 2, 2, GATv2ConvOptions{.share_weights = true});
  const auto state = state_dict(*source);
  EXPECT_EQ(state.size(), 5U);
  EXPECT_TRUE(state["fc_dst.weight"].is_alias_of(source->fc_src->weight));
  EXPECT_EQ(source->parameters().size(), 3U);
  GATv2Conv target(3, 2, 2, GATv2ConvOptions{.share_weights = true});
  load_state_dict(*target, state);
  EXPECT_TRUE(target->fc_dst->weight.equal(source->fc_src->weight));
  GATv2Conv apart(3, 2, 2);
  load_state_dict(*apart, state);
  EXPECT_TRUE(apart->fc_dst->bias.equal(source->fc_src->bias));
  EXPECT_EQ(state_dict(*GATv2Conv(3, 2, 2, GATv2ConvOptions{.bias = false, .share_weights = true}))
                .size(),
            3U);
}

TEST(StateDict, RefusesWhatDoesNotFitAndChangesNothing) {
  ConvStack target = small_stack();
  const at::Tensor before = target->parameters()[0].clone();
  const auto good = [&] {
    torch::OrderedDict<std::string, at::Tensor> values;
    for (const auto& item : state_dict(*target)) {
      values.insert(item.key(), at::zeros_like(item.value()));
    }
    return values;
  };
  auto values = good();
  values.erase("layer1.bias");
  EXPECT_ERROR(load_state_dict(*target, values, "f.pt"), "f.pt", "\"layer1.bias\"", "missing");
  values = good();
  values.insert("layer2.bias", at::randn({2}));
  EXPECT_ERROR(load_state_dict(*target, values), "state dict: the model has no \"layer2.bias\"");
  values = good();
  values["layer1.bias"] = at::randn({3});
  EXPECT_ERROR(load_state_dict(*target, values), "expected shape [2], got [3]");
  values["layer1.bias"] = at::full({2}, 1, at::kLong);
  EXPECT_ERROR(load_state_dict(*target, values), "\"layer1.bias\": expected Float, got Long");
  values = good();
  values["norm0.num_batches_tracked"] = at::full({}, 1.5);
  EXPECT_ERROR(load_state_dict(*target, values), "expected Long, got Float");
  EXPECT_TRUE(target->parameters()[0].equal(before));
}

}  // namespace
}  // namespace grapevine::nn
