// What GATConv, GATv2Conv and DotGatConv have in common.
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/dot_gat_conv.h"
#include "grapevine/nn/gat_conv.h"
#include "grapevine/nn/gatv2_conv.h"
#include "tests/nn/attention_checks.h"
#include "tests/support/expect_error.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

struct GAT {
  using Layer = GATConv;
  using Options = GATConvOptions;
  static constexpr const char* kName = "gat";
  static constexpr const char* kClass = "GATConv";
};

struct GATv2 {
  using Layer = GATv2Conv;
  using Options = GATv2ConvOptions;
  static constexpr const char* kName = "gatv2";
  static constexpr const char* kClass = "GATv2Conv";
};

struct DotGat {
  using Layer = DotGatConv;
  using Options = DotGatConvOptions;
  static constexpr const char* kName = "dotgat";
  static constexpr const char* kClass = "DotGatConv";
};

template <typename Kind>
class AttentionLayer : public testing::Test {};
using AttentionLayers = testing::Types<GAT, GATv2, DotGat>;
TYPED_TEST_SUITE(AttentionLayer, AttentionLayers, );

TYPED_TEST(AttentionLayer, GivesTheSameOnABlockAsOnTheWholeGraph) {
  const at::Tensor nodes = at::tensor({3L, 0L, 5L, 1L});
  typename TypeParam::Layer conv(4, 3, 2);
  expect_block_equals_full_graph(conv, looped_layer_graph(), at::randn({6, 4}), nodes);
  typename TypeParam::Layer of_pair(std::pair(4, 4), 3, 2);
  expect_block_equals_full_graph(of_pair, looped_layer_graph(), at::randn({6, 4}), nodes);
}

TYPED_TEST(AttentionLayer, GivesOneMatrixOfHeadsForEachDestination) {
  const Graph block = create_block(at::tensor({0L, 3L, 4L}), at::tensor({0L, 0L, 1L}), 5, 2);
  typename TypeParam::Layer conv(std::pair(4, 2), 3, 2);
  EXPECT_EQ(conv->num_heads(), 2);
  EXPECT_EQ(conv(block, std::pair(at::randn({5, 4}), at::randn({2, 2}))).sizes(),
            (std::vector<std::int64_t>{2, 2, 3}));
}

TYPED_TEST(AttentionLayer, KeepsMiddleDimensions) {
  const Graph graph = looped_layer_graph();
  typename TypeParam::Layer conv(4, 3, 2);
  const at::Tensor feat = at::randn({6, 5, 4});
  const AttentionOutput output = conv->forward_with_attention(graph, feat);
  EXPECT_EQ(output.feat.sizes(), (std::vector<std::int64_t>{6, 5, 2, 3}));
  EXPECT_EQ(output.attention.sizes(), (std::vector<std::int64_t>{graph.num_edges(), 5, 2, 1}));
  EXPECT_TRUE(all_close(output.feat.select(1, 3), conv(graph, feat.select(1, 3).contiguous())));
}

TYPED_TEST(AttentionLayer, AttendsWithWeightsThatSumToOne) {
  const Graph graph = looped_layer_graph();
  typename TypeParam::Layer conv(4, 3, 2);
  const at::Tensor attention = conv->forward_with_attention(graph, at::randn({6, 4})).attention;
  const at::Tensor sums =
      at::zeros({6, 2, 1}).index_add(0, graph.edges().uv().dst, attention.detach());
  EXPECT_TRUE(all_close(sums, at::zeros({6, 2, 1}) + 1));
}

TYPED_TEST(AttentionLayer, RejectsNodesWithoutInEdgesUnlessAllowed) {
  const at::Tensor feat = at::randn({6, 4});
  typename TypeParam::Layer conv(4, 3, 2);
  EXPECT_TRUE(conv->needs_in_edges());
  EXPECT_ERROR(conv(layer_graph(), feat), TypeParam::kClass, "1 0-in-degree", "add_self_loop");
  typename TypeParam::Options options{};
  options.allow_zero_in_degree = true;
  typename TypeParam::Layer tolerant(4, 3, 2, options);
  EXPECT_FALSE(tolerant->needs_in_edges());
  EXPECT_TRUE(all_close(tolerant(layer_graph(), feat)[5], at::zeros({2, 3})));
}

TYPED_TEST(AttentionLayer, WorksWithoutEdges) {
  typename TypeParam::Options options{};
  options.allow_zero_in_degree = true;
  typename TypeParam::Layer conv(4, 3, 2, options);
  const Graph graph = grapevine::graph({}, {}, {.num_nodes = 3});
  EXPECT_TRUE(all_close(conv(graph, at::randn({3, 4})), at::zeros({3, 2, 3})));
  const Graph empty = grapevine::graph({}, {}, {.num_nodes = 0});
  EXPECT_EQ(conv(empty, at::randn({0, 4})).sizes(), (std::vector<std::int64_t>{0, 2, 3}));
}

TYPED_TEST(AttentionLayer, WorksOnInt32Graphs) {
  typename TypeParam::Layer conv(4, 3, 2);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_TRUE(
      all_close(conv(looped_layer_graph().to_int32(), feat), conv(looped_layer_graph(), feat)));
}

TYPED_TEST(AttentionLayer, ClonesIndependently) {
  typename TypeParam::Layer conv(4, 3, 2);
  expect_independent_clone(conv, looped_layer_graph(), at::randn({6, 4}));
  typename TypeParam::Layer of_pair(std::pair(4, 4), 3, 2);
  expect_independent_clone(of_pair, looped_layer_graph(), at::randn({6, 4}));
}

TYPED_TEST(AttentionLayer, SurvivesSavingAndLoading) {
  typename TypeParam::Layer conv(4, 3, 2);
  typename TypeParam::Layer other(4, 3, 2);
  expect_round_trip(conv, other, looped_layer_graph(), at::randn({6, 4}));
}

TYPED_TEST(AttentionLayer, HasCorrectGradients) {
  typename TypeParam::Layer conv(3, 2, 2);
  expect_layer_gradcheck(conv, looped_layer_graph(), at::randn({6, 3}));
  const Graph block =
      create_block(at::tensor({0L, 3L, 4L, 4L}), at::tensor({0L, 0L, 1L, 1L}), 5, 2);
  typename TypeParam::Layer of_pair(std::pair(3, 2), 2, 2);
  EXPECT_TRUE(layer_gradcheck(*of_pair, {at::randn({5, 3}), at::randn({2, 2})},
                              [&](const std::vector<at::Tensor>& inputs) -> at::Tensor {
                                return of_pair(block, std::pair(inputs[0], inputs[1]));
                              }));
}

TYPED_TEST(AttentionLayer, SendsGradientsToEveryParameter) {
  typename TypeParam::Layer conv(4, 3, 2);
  expect_gradients(conv, looped_layer_graph(), at::randn({6, 4}));
}

TYPED_TEST(AttentionLayer, RejectsFeaturesOfTheWrongShape) {
  const Graph graph = looped_layer_graph();
  typename TypeParam::Layer conv(4, 3, 2);
  EXPECT_ERROR(conv(graph, at::randn({5, 4})), "feat", "6 rows", "[5, 4]");
  EXPECT_ERROR(conv(graph, at::randn({6, 3})), TypeParam::kClass, "feat", "4 features", "[6, 3]");
  EXPECT_ERROR(conv(graph, std::pair(at::randn({6, 4}), at::randn({6, 5}))), "destination",
               "4 features", "[6, 5]");
  EXPECT_ERROR((typename TypeParam::Layer(0, 3, 2)), TypeParam::kClass, "in_feats", "0");
}

TYPED_TEST(AttentionLayer, IsMadeByName) {
  using Impl = typename TypeParam::Layer::ContainedType;
  ConvArguments arguments{.in_feats = 4, .out_feats = 3, .is_last = false};
  arguments.options = {{"heads", "5"}, {"out_heads", "2"}, {"allow_zero_in_degree", "true"}};
  const auto middle = std::dynamic_pointer_cast<Impl>(make_conv(TypeParam::kName, arguments));
  ASSERT_NE(middle, nullptr);
  EXPECT_EQ(middle->num_heads(), 5);
  EXPECT_FALSE(middle->needs_in_edges());
  arguments.is_last = true;
  EXPECT_EQ(make_conv(TypeParam::kName, arguments)->num_heads(), 2);
  arguments.options = {{"heads", "x"}, {"out_heads", "x"}};
  EXPECT_ERROR(make_conv(TypeParam::kName, arguments), "out_heads", "\"x\"");
}

template <typename Kind>
class GATLayer : public testing::Test {};
using GATLayers = testing::Types<GAT, GATv2>;
TYPED_TEST_SUITE(GATLayer, GATLayers, );

TYPED_TEST(GATLayer, DropsFeaturesWhileTrainingOnly) {
  const Graph graph = looped_layer_graph();
  typename TypeParam::Options options{};
  options.feat_drop = 0.5;
  typename TypeParam::Layer conv(50, 3, 2, options);
  const at::Tensor feat = at::randn({6, 50});
  EXPECT_FALSE(conv(graph, feat).allclose(conv(graph, feat)));
  conv->eval();
  EXPECT_TRUE(all_close(conv(graph, feat), conv(graph, feat)));
}

TYPED_TEST(GATLayer, ClonesWithAResidual) {
  typename TypeParam::Options options{};
  options.residual = true;
  for (const std::int64_t in : {4, 6}) {
    typename TypeParam::Layer conv(in, 3, 2, options);
    EXPECT_EQ(conv->res_fc.is_empty(), in == 6);
    expect_independent_clone(conv, looped_layer_graph(), at::randn({6, in}));
    expect_gradients(conv, looped_layer_graph(), at::randn({6, in}));
  }
}

TYPED_TEST(GATLayer, TakesItsOptionsByName) {
  using Impl = typename TypeParam::Layer::ContainedType;
  const auto conv = std::dynamic_pointer_cast<Impl>(
      make_conv(TypeParam::kName, {.in_feats = 4,
                                   .out_feats = 3,
                                   .options = {{"feat_drop", "0.25"},
                                               {"attn_drop", "0.5"},
                                               {"negative_slope", "0.1"},
                                               {"residual", "true"}}}));
  ASSERT_NE(conv, nullptr);
  EXPECT_EQ(conv->options.feat_drop, 0.25);
  EXPECT_EQ(conv->options.attn_drop, 0.5);
  EXPECT_EQ(conv->options.negative_slope, 0.1);
  EXPECT_TRUE(conv->options.residual);
}

}  // namespace
}  // namespace grapevine::nn
