#include "grapevine/nn/conv_stack.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

TEST(ConvStack, AppliesReluBetweenLayersOnly) {
  ConvStack model(4, 3, ConvStackOptions{.layers = 3, .hidden = 5});
  ASSERT_EQ(model->layers.size(), 3U);
  const Graph graph = layer_graph();
  const at::Tensor feat = at::randn({6, 4});
  at::Tensor h = model->layers[0]->forward(graph, feat).relu();
  h = model->layers[1]->forward(graph, h).relu();
  h = model->layers[2]->forward(graph, h);
  EXPECT_TRUE(all_close(model(graph, feat), h));
  EXPECT_EQ(h.sizes(), (std::vector<std::int64_t>{6, 3}));
}

TEST(ConvStack, GivesTheSameOnFullBlocksAsOnTheWholeGraph) {
  ConvStack model(4, 3, ConvStackOptions{.hidden = 5});
  const Graph graph = layer_graph();
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor nodes = at::tensor({3L, 5L, 0L});
  const auto batch = sampling::MultiLayerFullNeighborSampler(2).sample(graph, nodes, RandomKey(0));
  const at::Tensor inputs = feat.index_select(0, batch.input_nodes.tensor());
  EXPECT_TRUE(all_close(model(batch.blocks, inputs), model(graph, feat).index_select(0, nodes)));
}

TEST(ConvStack, HasOneLayerFromInputToOutput) {
  ConvStack model(4, 3, ConvStackOptions{.conv = "mlp", .layers = 1});
  EXPECT_EQ(model(layer_graph(), at::randn({6, 4})).size(1), 3);
  EXPECT_TRUE(model->named_parameters().contains("layer0.linear.weight"));
}

TEST(ConvStack, DropsBetweenLayersWhileTrainingOnly) {
  ConvStack model(4, 3, ConvStackOptions{.hidden = 64, .dropout = 0.5});
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_FALSE(model(layer_graph(), feat).allclose(model(layer_graph(), feat)));
  const at::Tensor first = model->forward_layer(0, layer_graph(), feat);
  EXPECT_TRUE(all_close(model->forward_layer(0, layer_graph(), feat), first));
  model->eval();
  EXPECT_TRUE(all_close(model(layer_graph(), feat), model(layer_graph(), feat)));
}

TEST(ConvStack, ClonesSavesAndLearns) {
  ConvStack model(4, 3, ConvStackOptions{.hidden = 16});
  ConvStack other(4, 3, ConvStackOptions{.hidden = 16});
  expect_gradients(model, layer_graph(), at::randn({6, 4}));
  expect_round_trip(model, other, layer_graph(), at::randn({6, 4}));
  expect_independent_clone(model, layer_graph(), at::randn({6, 4}));
}

TEST(ConvStack, RejectsImpossibleOptionsAndBlocks) {
  EXPECT_ERROR(ConvStack(4, 3, ConvStackOptions{.conv = "gat2"}), "layer", "gat2", "sage");
  EXPECT_ERROR(ConvStack(4, 3, ConvStackOptions{.layers = 0}), "layers", "0");
  EXPECT_ERROR(ConvStack(4, 3, ConvStackOptions{.hidden = -2}), "hidden", "-2");
  EXPECT_ERROR(ConvStack(4, 3, ConvStackOptions{.dropout = 1}), "dropout", "1");
  EXPECT_ERROR(ConvStack(0, 3), "in_feats", "0");
  ConvStack model(4, 3);
  const Graph block = full_block(layer_graph(), at::tensor({0L}));
  EXPECT_ERROR(model(std::vector{block}, at::randn({4, 4})), "blocks", "expected 2", "got 1");
  EXPECT_ERROR(model->forward_layer(2, block, at::randn({4, 4})), "layer", "below 2", "2");
}

}  // namespace
}  // namespace grapevine::nn
