#include "grapevine/nn/sequential.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/dropout.h>

#include <utility>

#include "grapevine/nn/graph_conv.h"
#include "grapevine/nn/sage_conv.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/spmm.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

/// The layer of DGL's example: nodes add up their in-neighbours, edges their ends.
struct NodesAndEdges : torch::nn::Cloneable<NodesAndEdges> {
  void reset() override {}
  std::pair<at::Tensor, at::Tensor> forward(const Graph& graph, const at::Tensor& node,
                                            const at::Tensor& edge) {
    const at::Tensor sums = ops::gspmm(graph.adjacency(), ops::BinaryOp::kCopyLhs,
                                       ops::Reduce::kSum, {ops::Target::kSrc, node});
    const at::Tensor h = node + sums;
    return {h, edge + ops::gsddmm(graph.adjacency(), ops::BinaryOp::kAdd, {ops::Target::kSrc, h},
                                  {ops::Target::kDst, h})};
  }
};

TEST(Sequential, RunsLayersAndPlainModules) {
  GraphConv first(4, 8, GraphConvOptions{.allow_zero_in_degree = true});
  SAGEConv second(8, 3);
  Sequential model(first, torch::nn::ReLU(), second);
  EXPECT_EQ(model->size(), 3U);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_TRUE(all_close(model(layer_graph(), feat),
                        second(layer_graph(), first(layer_graph(), feat).relu())));
}

TEST(Sequential, GivesEachLayerItsOwnGraph) {
  const sampling::MultiLayerFullNeighborSampler sampler(2);
  const std::vector<Graph> blocks =
      sampler.sample(layer_graph(), at::tensor({3L}), RandomKey(0)).blocks;
  SAGEConv first(4, 8);
  SAGEConv second(8, 3);
  Sequential model(first, torch::nn::ReLU(), second);
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor input = feat.index_select(0, blocks[0].srcdata()[NID].tensor());
  EXPECT_TRUE(all_close(model(blocks, input), model(layer_graph(), feat).slice(0, 3, 4)));
  EXPECT_ERROR(model(std::vector<Graph>{blocks[0]}, input), "expected 2", "got 1");
}

TEST(Sequential, PassesFeaturesOfNodesAndEdgesOn) {
  Sequential model(std::make_shared<NodesAndEdges>(), std::make_shared<NodesAndEdges>());
  const at::Tensor node = at::randn({6, 4});
  const at::Tensor edge = at::randn({9, 4});
  const std::vector<at::Tensor> result = model->forward_all(layer_graph(), {node, edge});
  NodesAndEdges layer;
  const auto [node1, edge1] = layer.forward(layer_graph(), node, edge);
  const auto [node2, edge2] = layer.forward(layer_graph(), node1, edge1);
  ASSERT_EQ(result.size(), 2U);
  EXPECT_TRUE(all_close(result[0], node2));
  EXPECT_TRUE(all_close(result[1], edge2));
}

TEST(Sequential, NestsAndMayBeEmpty) {
  SAGEConv conv(4, 4);
  Sequential empty;
  Sequential inner(conv, torch::nn::ReLU());
  Sequential outer(inner, conv);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_TRUE(all_close(empty(layer_graph(), feat), feat));
  EXPECT_TRUE(
      all_close(outer(layer_graph(), feat), conv(layer_graph(), conv(layer_graph(), feat).relu())));
}

TEST(Sequential, NamesParametersByPosition) {
  Sequential model(SAGEConv(4, 8), torch::nn::ReLU(), SAGEConv(8, 3));
  EXPECT_TRUE(model->named_parameters().contains("0.fc_self.weight"));
  EXPECT_TRUE(model->named_parameters().contains("2.fc_neigh.weight"));
}

TEST(Sequential, ClonesSavesAndLearns) {
  Sequential model(SAGEConv(4, 8), torch::nn::Tanh(), SAGEConv(8, 3));
  Sequential other(SAGEConv(4, 8), torch::nn::Tanh(), SAGEConv(8, 3));
  expect_gradients(model, layer_graph(), at::randn({6, 4}));
  expect_round_trip(model, other, layer_graph(), at::randn({6, 4}));
  expect_independent_clone(model, layer_graph(), at::randn({6, 4}));
}

TEST(Sequential, ClonesInsideAnotherModule) {
  Sequential inner(SAGEConv(4, 4), torch::nn::Tanh());
  Sequential outer(inner, SAGEConv(4, 3));
  inner->eval();
  expect_independent_clone(outer, layer_graph(), at::randn({6, 4}));
  EXPECT_FALSE(inner->clone()->is_training());
}

TEST(Sequential, KeepsDropoutToTraining) {
  Sequential model(torch::nn::Dropout(0.9), SAGEConv(4, 3));
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_FALSE(model(layer_graph(), feat).equal(model(layer_graph(), feat)));
  model->eval();
  EXPECT_TRUE(model(layer_graph(), feat).equal(model(layer_graph(), feat)));
}

TEST(Sequential, RejectsModulesThatDoNotFit) {
  Sequential model(std::make_shared<NodesAndEdges>());
  EXPECT_ERROR(model(layer_graph(), at::randn({6, 4})), "Sequential", "NodesAndEdges",
               "1 features");
  Sequential plain{torch::nn::ReLU()};
  EXPECT_ERROR(plain->forward_all(layer_graph(), {at::randn({6, 4}), at::randn({9, 4})}),
               "Sequential", "ReLU", "2 features");
  EXPECT_ERROR(model->push_back(std::shared_ptr<SAGEConvImpl>()), "Sequential", "module 1");
}

}  // namespace
}  // namespace grapevine::nn
