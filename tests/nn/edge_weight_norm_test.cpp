#include "grapevine/nn/edge_weight_norm.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "grapevine/graph/transform/self_loop.h"
#include "grapevine/nn/graph_conv.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

EdgeWeightNorm norm_by(EdgeWeightNormBy norm, double eps = 0) {
  return EdgeWeightNorm(EdgeWeightNormOptions{.norm = norm, .eps = eps});
}

TEST(EdgeWeightNorm, GivesDGLsNumbers) {
  const std::map<std::string, EdgeWeightNormBy> norms = {{"none", EdgeWeightNormBy::kNone},
                                                         {"both", EdgeWeightNormBy::kBoth},
                                                         {"right", EdgeWeightNormBy::kRight}};
  expect_as_recorded("edge_weight_norm", [&](const LayerCase& c) -> std::vector<at::Tensor> {
    EdgeWeightNorm norm =
        norm_by(norms.at(c.option<std::string>("norm", "")), c.option("eps", 0.0));
    return {norm(c.graph, c.input("edge_weight"))};
  });
}

TEST(EdgeWeightNorm, MakesGraphConvsNormOfEqualWeights) {
  const Graph graph = add_self_loop(remove_self_loop(layer_graph()));
  const at::Tensor weight = EdgeWeightNorm()(graph, at::ones({graph.num_edges()}));
  GraphConv conv(4, 3);
  GraphConv without_norm(4, 3, GraphConvOptions{.norm = GraphConvNorm::kNone});
  without_norm->weight.data().copy_(conv->weight);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_TRUE(all_close(without_norm->forward(graph, feat, weight), conv(graph, feat)));
}

TEST(EdgeWeightNorm, MakesWeightsThatEnterANodeSumToOne) {
  const Graph graph = grapevine::graph({0, 1, 1}, {2, 2, 0}, {.num_nodes = 3}).to_int32();
  const at::Tensor expected = at::tensor({0.25F, 0.75F, 1.0F});
  EXPECT_TRUE(all_close(norm_by(EdgeWeightNormBy::kRight)(graph, at::tensor({1.0F, 3.0F, 5.0F})),
                        expected));
}

TEST(EdgeWeightNorm, KeepsTheShape) {
  const at::Tensor weight = at::rand({9}) + 0.1;
  const at::Tensor expected = EdgeWeightNorm()(layer_graph(), weight);
  EXPECT_TRUE(
      all_close(EdgeWeightNorm()(layer_graph(), weight.unsqueeze(1)), expected.unsqueeze(1)));
  const Graph no_edges = graph(std::vector<std::int64_t>{}, {}, {.num_nodes = 2});
  EXPECT_EQ(EdgeWeightNorm()(no_edges, at::rand({0})).numel(), 0);
}

TEST(EdgeWeightNorm, HasTheGradientThatDifferencesGive) {
  for (const EdgeWeightNormBy norm : {EdgeWeightNormBy::kBoth, EdgeWeightNormBy::kRight}) {
    EdgeWeightNorm layer = norm_by(norm);
    EXPECT_TRUE(layer_gradcheck(
        *layer, {at::rand({9}) + 0.5},
        [&](const std::vector<at::Tensor>& inputs) { return layer(layer_graph(), inputs[0]); }));
  }
}

TEST(EdgeWeightNorm, Clones) {
  EdgeWeightNorm layer = norm_by(EdgeWeightNormBy::kRight, 0.5);
  const auto copy = std::dynamic_pointer_cast<EdgeWeightNormImpl>(layer->clone());
  EXPECT_EQ(copy->options.norm, EdgeWeightNormBy::kRight);
  EXPECT_EQ(copy->options.eps, 0.5);
}

TEST(EdgeWeightNorm, RejectsOtherWeights) {
  EdgeWeightNorm norm;
  EXPECT_ERROR(norm(layer_graph(), at::rand({8})), "EdgeWeightNorm", "9 rows", "[8]");
  EXPECT_ERROR(norm(layer_graph(), at::rand({9, 2})), "one number", "[9, 2]");
  EXPECT_ERROR(norm(layer_graph(), at::ones({9}).neg()), "positive", "-1");
  EXPECT_NO_THROW(norm_by(EdgeWeightNormBy::kRight)(layer_graph(), at::ones({9}).neg()));
}

}  // namespace
}  // namespace grapevine::nn
