#include "grapevine/nn/sage_conv.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>

#include "grapevine/nn/conv_registry.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

at::Tensor reference(SAGEConv& conv, const Graph& graph, const at::Tensor& src,
                     const at::Tensor& dst) {
  at::Tensor result = dst.matmul(conv->fc_self->weight.t()) +
                      neighbor_mean(graph, src).matmul(conv->fc_neigh->weight.t());
  return conv->options.bias ? result + conv->fc_self->bias : result;
}

TEST(SAGEConv, GivesItsFormulaWhicheverSideIsWider) {
  const Graph graph = layer_graph();
  for (const auto& [in, out] :
       {std::pair(3, 5), std::pair(5, 3), std::pair(4, 4), std::pair(1, 1)}) {
    SAGEConv conv(in, out);
    const at::Tensor feat = at::randn({6, in});
    EXPECT_TRUE(all_close(conv(graph, feat), reference(conv, graph, feat, feat)))
        << in << " to " << out;
  }
}

TEST(SAGEConv, GivesNumbersWorkedOutByHand) {
  SAGEConv conv(1, 1);
  conv->fc_self->weight.data().fill_(10);
  conv->fc_self->bias.data().fill_(0.5);
  conv->fc_neigh->weight.data().fill_(1);
  const at::Tensor feat = at::tensor({1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}).unsqueeze(1);
  // In-neighbours: 0 of (2, 3, 3), 1 of (0, 5), 2 of 1, 3 of (2, 5), 4 of itself, 5 of none.
  const at::Tensor expected =
      at::tensor({10.5F + 11.0F / 3, 24.0F, 32.5F, 45.0F, 55.5F, 60.5F}).unsqueeze(1);
  EXPECT_TRUE(all_close(conv(layer_graph(), feat), expected));
}

TEST(SAGEConv, GivesTheSelfPartAloneWithoutInEdges) {
  SAGEConv conv(4, 3);
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor self = conv->fc_self->forward(feat);
  EXPECT_TRUE(all_close(conv(layer_graph(), feat)[5], self[5]));
  const Graph no_edges = graph(std::vector<std::int64_t>{}, {}, {.num_nodes = 6});
  EXPECT_TRUE(all_close(conv(no_edges, feat), self));
}

TEST(SAGEConv, GivesTheSameOnABlockAsOnTheWholeGraph) {
  SAGEConv narrowing(5, 2);
  SAGEConv widening(2, 5);
  const at::Tensor nodes = at::tensor({3L, 0L, 5L, 1L});
  expect_block_equals_full_graph(narrowing, layer_graph(), at::randn({6, 5}), nodes);
  expect_block_equals_full_graph(widening, layer_graph(), at::randn({6, 2}), nodes);
}

TEST(SAGEConv, OutputHasOneRowPerDestination) {
  SAGEConv conv(4, 3);
  const Graph block = create_block(at::tensor({0L, 3L, 4L}), at::tensor({0L, 0L, 1L}), 5, 2);
  EXPECT_EQ(conv(block, at::randn({5, 4})).sizes(), (std::vector<std::int64_t>{2, 3}));
}

TEST(SAGEConv, TakesSourceAndDestinationFeaturesOfDifferentWidths) {
  SAGEConv conv(std::pair(4, 2), 3);
  const Graph block = create_block(at::tensor({0L, 3L, 4L}), at::tensor({0L, 0L, 1L}), 5, 2);
  const at::Tensor src = at::randn({5, 4});
  const at::Tensor dst = at::randn({2, 2});
  EXPECT_TRUE(all_close(conv(block, std::pair(src, dst)), reference(conv, block, src, dst)));
}

TEST(SAGEConv, KeepsMiddleDimensions) {
  SAGEConv conv(4, 3);
  const at::Tensor feat = at::randn({6, 2, 4});
  const at::Tensor result = conv(layer_graph(), feat);
  EXPECT_EQ(result.sizes(), (std::vector<std::int64_t>{6, 2, 3}));
  EXPECT_TRUE(all_close(result.select(1, 1), conv(layer_graph(), feat.select(1, 1).contiguous())));
}

TEST(SAGEConv, WorksOnInt32Graphs) {
  SAGEConv conv(4, 3);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_TRUE(all_close(conv(layer_graph().to_int32(), feat), conv(layer_graph(), feat)));
}

TEST(SAGEConv, LeavesTheGraphsFeaturesAlone) {
  const Graph graph = layer_graph();
  SAGEConv conv(4, 3);
  conv(graph, at::randn({6, 4}));
  EXPECT_TRUE(graph.ndata().empty());
}

TEST(SAGEConv, HasDGLsParameters) {
  SAGEConv conv(std::pair(4, 2), 3);
  const auto parameters = conv->named_parameters();
  ASSERT_EQ(parameters.size(), 3U);
  EXPECT_EQ(parameters["fc_self.weight"].sizes(), (std::vector<std::int64_t>{3, 2}));
  EXPECT_EQ(parameters["fc_self.bias"].sizes(), (std::vector<std::int64_t>{3}));
  EXPECT_EQ(parameters["fc_neigh.weight"].sizes(), (std::vector<std::int64_t>{3, 4}));
  SAGEConv without_bias(4, 3, SAGEConvOptions{.bias = false});
  EXPECT_EQ(without_bias->parameters().size(), 2U);
}

TEST(SAGEConv, StartsWithXavierWeightsForRelu) {
  SAGEConv conv(300, 200);
  const double bound = std::sqrt(2.0) * std::sqrt(6.0 / 500);
  for (const at::Tensor& weight : {conv->fc_self->weight, conv->fc_neigh->weight}) {
    EXPECT_LE(weight.abs().max().item<double>(), bound);
    EXPECT_NEAR(weight.std().item<double>(), bound / std::sqrt(3.0), 0.02 * bound);
  }
}

TEST(SAGEConv, DropsFeaturesWhileTrainingOnly) {
  SAGEConv conv(50, 3, SAGEConvOptions{.feat_drop = 0.5});
  const at::Tensor feat = at::randn({6, 50});
  EXPECT_FALSE(conv(layer_graph(), feat).allclose(reference(conv, layer_graph(), feat, feat)));
  conv->eval();
  EXPECT_TRUE(all_close(conv(layer_graph(), feat), reference(conv, layer_graph(), feat, feat)));
}

TEST(SAGEConv, ClonesIndependently) {
  SAGEConv conv(4, 3);
  expect_independent_clone(conv, layer_graph(), at::randn({6, 4}));
}

TEST(SAGEConv, SurvivesSavingAndLoading) {
  SAGEConv conv(4, 3);
  SAGEConv other(4, 3);
  expect_round_trip(conv, other, layer_graph(), at::randn({6, 4}));
}

TEST(SAGEConv, SendsGradientsToEveryParameter) {
  SAGEConv narrowing(4, 3);
  SAGEConv widening(3, 4);
  expect_gradients(narrowing, layer_graph(), at::randn({6, 4}));
  expect_gradients(widening, layer_graph(), at::randn({6, 3}));
}

TEST(SAGEConv, RejectsFeaturesOfTheWrongShape) {
  SAGEConv conv(4, 3);
  const Graph graph = layer_graph();
  EXPECT_ERROR(conv(graph, at::randn({5, 4})), "feat", "6 rows", "[5, 4]");
  EXPECT_ERROR(conv(graph, at::randn({6, 3})), "SAGEConv", "feat", "4 features", "[6, 3]");
  EXPECT_ERROR(conv(graph, at::randn({6})), "SAGEConv", "feat", "[6]");
  EXPECT_ERROR(conv(graph, at::zeros({6, 4}, at::kLong)), "feat", "floating");
  EXPECT_ERROR(conv(graph, at::Tensor()), "feat", "undefined");
  EXPECT_ERROR(conv(graph, std::pair(at::randn({6, 4}), at::randn({2, 4}))), "destination",
               "6 rows", "[2, 4]");
}

TEST(SAGEConv, RejectsImpossibleOptions) {
  EXPECT_ERROR(SAGEConv(0, 3), "SAGEConv", "in_feats", "0");
  EXPECT_ERROR(SAGEConv(3, -1), "SAGEConv", "out_feats", "-1");
  EXPECT_ERROR(SAGEConv(3, 3, SAGEConvOptions{.feat_drop = 1.0}), "feat_drop", "1");
}

TEST(SAGEConv, IsKnownByName) {
  const auto conv = make_conv("sage", {.in_feats = 4, .out_feats = 3});
  EXPECT_NE(std::dynamic_pointer_cast<SAGEConvImpl>(conv), nullptr);
  EXPECT_FALSE(conv->needs_in_edges());
  EXPECT_ERROR(make_conv("sagee", {}), "layer", "sagee", "gcn, mlp, sage");
}

}  // namespace
}  // namespace grapevine::nn
