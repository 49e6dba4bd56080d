#include "grapevine/nn/agnn_conv.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/nn/attention_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

TEST(AGNNConv, GivesDGLsNumbers) {
  expect_as_recorded("agnn_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    AGNNConv conv(AGNNConvOptions{.init_beta = c.option("init_beta", 1.0),
                                  .learn_beta = c.option("learn_beta", true),
                                  .allow_zero_in_degree = c.option("allow_zero_in_degree", false)});
    load_parameters(*conv, c);
    return {conv(c.graph, node_features(c))};
  });
}

TEST(AGNNConv, StartsWithTheBetaThatWasGiven) {
  AGNNConv learnt(AGNNConvOptions{.init_beta = 0.5});
  EXPECT_EQ(learnt->named_parameters()["beta"].item<double>(), 0.5);
  AGNNConv fixed(AGNNConvOptions{.init_beta = 0.5, .learn_beta = false});
  EXPECT_TRUE(fixed->parameters().empty());
  EXPECT_EQ(fixed->named_buffers()["beta"].item<double>(), 0.5);
}

TEST(AGNNConv, GivesTheSameOnABlockAsOnTheWholeGraph) {
  AGNNConv conv;
  expect_block_equals_full_graph(conv, looped_layer_graph(), at::randn({6, 4}),
                                 at::tensor({3L, 0L, 5L, 1L}));
}

TEST(AGNNConv, KeepsTheShapeOfTheInput) {
  AGNNConv conv;
  const Graph graph = looped_layer_graph();
  const at::Tensor feat = at::randn({6, 3, 4});
  const at::Tensor result = conv(graph, feat);
  EXPECT_EQ(result.sizes(), feat.sizes());
  EXPECT_TRUE(all_close(result.select(1, 2), conv(graph, feat.select(1, 2).contiguous())));
}

TEST(AGNNConv, TakesTheMeanOfFeaturesThatAreZero) {
  AGNNConv conv;
  EXPECT_TRUE(all_close(conv(looped_layer_graph(), at::zeros({6, 4})), at::zeros({6, 4})));
}

TEST(AGNNConv, RejectsNodesWithoutInEdgesUnlessAllowed) {
  const at::Tensor feat = at::randn({6, 4});
  AGNNConv conv;
  EXPECT_TRUE(conv->needs_in_edges());
  EXPECT_ERROR(conv(layer_graph(), feat), "AGNNConv", "1 0-in-degree");
  AGNNConv tolerant(AGNNConvOptions{.allow_zero_in_degree = true});
  EXPECT_FALSE(tolerant->needs_in_edges());
  EXPECT_TRUE(all_close(tolerant(layer_graph(), feat)[5], at::zeros({4})));
}

TEST(AGNNConv, WorksOnInt32GraphsAndWithoutEdges) {
  AGNNConv conv(AGNNConvOptions{.allow_zero_in_degree = true});
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_TRUE(all_close(conv(layer_graph().to_int32(), feat), conv(layer_graph(), feat)));
  EXPECT_TRUE(all_close(conv(grapevine::graph({}, {}, {.num_nodes = 6}), feat), at::zeros({6, 4})));
}

TEST(AGNNConv, ClonesSavesAndLoads) {
  const Graph graph = looped_layer_graph();
  const at::Tensor feat = at::randn({6, 4});
  AGNNConv conv;
  AGNNConv other(AGNNConvOptions{.init_beta = 3});
  expect_round_trip(conv, other, graph, feat);
  expect_gradients(conv, graph, feat);
  expect_independent_clone(conv, graph, feat);
}

TEST(AGNNConv, HasCorrectGradients) {
  AGNNConv conv;
  expect_layer_gradcheck(conv, looped_layer_graph(), at::randn({6, 3}));
}

TEST(AGNNConv, RejectsFeaturesOfTheWrongShape) {
  const Graph graph = looped_layer_graph();
  AGNNConv conv;
  EXPECT_ERROR(conv(graph, at::randn({5, 4})), "feat", "6 rows", "[5, 4]");
  EXPECT_ERROR(conv(graph, at::randn({6})), "AGNNConv", "two dimensions", "[6]");
  EXPECT_ERROR(conv(graph, std::pair(at::randn({6, 4}), at::randn({6, 5}))), "AGNNConv",
               "one shape", "[6, 4]", "[6, 5]");
  EXPECT_ERROR(conv(graph, at::zeros({6, 4}, at::kLong)), "AGNNConv", "floating dtype", "long");
  EXPECT_ERROR(conv->forward(graph, at::randn({6, 4}), at::randn({graph.num_edges(), 1})),
               "AGNNConv", "reads no edge features");
}

}  // namespace
}  // namespace grapevine::nn
