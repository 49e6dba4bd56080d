#include "grapevine/nn/gated_gcn_conv.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "grapevine/nn/conv_registry.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

TEST(GatedGCNConv, GivesWhatDGLGives) {
  expect_as_recorded("gated_gcn_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    const auto size = [&c](const char* name) { return c.options[name].get<std::int64_t>(); };
    GatedGCNConv conv(size("input_feats"), size("edge_feats"), size("output_feats"),
                      GatedGCNConvOptions{.batch_norm = c.option("batch_norm", true),
                                          .residual = c.option("residual", true)});
    load_parameters(*conv, c);
    conv->eval();
    const auto [node, edge] =
        conv->forward_with_edges(c.graph, node_features(c), c.input("edge_feat"));
    EXPECT_TRUE(all_close(conv->forward(c.graph, node_features(c), c.input("edge_feat")), node));
    return {node, edge};
  });
}

TEST(GatedGCNConv, GivesTheSameOnABlockAsOnTheWholeGraph) {
  GatedGCNConv conv(4, 3, 5, GatedGCNConvOptions{.batch_norm = false});
  EXPECT_FALSE(conv->reads_beyond_block());
  const Graph graph = layer_graph();
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor edge_feat = at::randn({9, 3});
  const at::Tensor nodes = at::tensor({3L, 0L, 5L});
  const Graph block = full_block(graph, nodes);
  const at::Tensor inputs = feat.index_select(0, block.srcdata()[NID].tensor());
  const at::Tensor edges = block.edata()[EID].tensor();
  const auto whole = conv->forward_with_edges(graph, feat, edge_feat);
  for (const NodeFeatures& input :
       {NodeFeatures(inputs), NodeFeatures(inputs, feat.index_select(0, nodes))}) {
    const auto part = conv->forward_with_edges(block, input, edge_feat.index_select(0, edges));
    EXPECT_TRUE(all_close(part.node, whole.node.index_select(0, nodes)));
    EXPECT_TRUE(all_close(part.edge, whole.edge.index_select(0, edges)));
  }
  EXPECT_TRUE(all_close(conv->forward(graph.to_int32(), feat, edge_feat), whole.node));
}

TEST(GatedGCNConv, GivesANodeWithoutInEdgesItsOwnTermAlone) {
  GatedGCNConv conv(4, 3, 5, GatedGCNConvOptions{.batch_norm = false, .activation = {}});
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor h = conv->forward(layer_graph(), feat, at::randn({9, 3}));
  EXPECT_TRUE(all_close(h[5], conv->A->forward(feat[5])));
}

TEST(GatedGCNConv, HasCorrectGradients) {
  const Graph graph = layer_graph();
  for (const bool of_edges : {false, true}) {
    GatedGCNConv conv(
        3, 3, 3, GatedGCNConvOptions{.activation = [](const at::Tensor& h) { return h.tanh(); }});
    EXPECT_TRUE(layer_gradcheck(
        *conv, {at::randn({6, 3}), at::randn({9, 3})}, [&](const std::vector<at::Tensor>& inputs) {
          const auto output = conv->forward_with_edges(graph, inputs[0], inputs[1]);
          return of_edges ? output.edge : output.node;
        }));
  }
}

TEST(GatedGCNConv, DropsBothOutputsWhileTraining) {
  GatedGCNConv conv(4, 4, 4, GatedGCNConvOptions{.dropout = 0.9, .activation = {}});
  const auto output = conv->forward_with_edges(layer_graph(), at::randn({6, 4}), at::randn({9, 4}));
  EXPECT_GT(output.node.eq(0).sum().item<std::int64_t>(), 0);
  EXPECT_GT(output.edge.eq(0).sum().item<std::int64_t>(), 0);
}

TEST(GatedGCNConv, LeavesTheEdgesStatisticsAloneWithoutTheirOutput) {
  GatedGCNConv conv(4, 4, 4);
  conv->forward(layer_graph(), at::randn({6, 4}), at::randn({9, 4}));
  EXPECT_EQ(conv->bn_node->num_batches_tracked.item<std::int64_t>(), 1);
  EXPECT_EQ(conv->bn_edge->num_batches_tracked.item<std::int64_t>(), 0);
}

TEST(GatedGCNConv, ClonesAndSaves) {
  GatedGCNConv conv(4, 3, 5, GatedGCNConvOptions{.activation = {}});
  GatedGCNConv other(4, 3, 5, GatedGCNConvOptions{.activation = {}});
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor edge_feat = at::randn({9, 3});
  conv->forward(layer_graph(), feat, edge_feat);  // moves the running statistics
  conv->eval();
  other->eval();
  GatedGCNConv copy(std::dynamic_pointer_cast<GatedGCNConvImpl>(conv->clone()));
  std::stringstream stream;
  torch::serialize::OutputArchive saved;
  conv->save(saved);
  saved.save_to(stream);
  torch::serialize::InputArchive loaded;
  loaded.load_from(stream);
  other->load(loaded);
  const at::Tensor expected = conv->forward(layer_graph(), feat, edge_feat).detach();
  conv->A->weight.data().add_(1);
  EXPECT_TRUE(all_close(copy->forward(layer_graph(), feat, edge_feat), expected));
  EXPECT_TRUE(all_close(other->forward(layer_graph(), feat, edge_feat), expected));
  EXPECT_FALSE(conv->forward(layer_graph(), feat, edge_feat).allclose(expected));
}

TEST(GatedGCNConv, RejectsInputsThatDoNotFit) {
  GatedGCNConv conv(4, 3, 5);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_ERROR(conv->forward(layer_graph(), feat), "GatedGCNConv", "edge_feat", "9 rows");
  EXPECT_ERROR(conv->forward(layer_graph(), feat, at::randn({9, 4})), "edge_feat", "3 features");
  EXPECT_ERROR(conv->forward(layer_graph(), feat, at::randn({8, 3})), "edge_feat", "9 rows");
  EXPECT_ERROR(conv->forward(layer_graph(), at::randn({6, 5}), at::randn({9, 3})), "feat",
               "4 features");
  EXPECT_ERROR(conv->forward(layer_graph(), at::randn({6, 2, 4}), at::randn({9, 3})),
               "GatedGCNConv", "two dimensions", "3");
}

TEST(GatedGCNConv, RejectsOptionsOutOfRange) {
  EXPECT_ERROR(GatedGCNConv(0, 3, 5), "GatedGCNConv", "input_feats", "0");
  EXPECT_ERROR(GatedGCNConv(4, 0, 5), "GatedGCNConv", "edge_feats", "0");
  EXPECT_ERROR(GatedGCNConv(4, 3, 0), "GatedGCNConv", "output_feats", "0");
  EXPECT_ERROR(GatedGCNConv(4, 3, 5, GatedGCNConvOptions{.dropout = 1}), "dropout", "1");
}

TEST(GatedGCNConv, IsKnownByName) {
  const auto conv = make_conv("gatedgcn", {.in_feats = 4, .out_feats = 5, .edge_feats = 3});
  EXPECT_EQ(conv->forward(layer_graph(), at::ones({6, 4}), at::ones({9, 3})).size(1), 5);
  EXPECT_ERROR(make_conv("gatedgcn", {.in_feats = 4, .out_feats = 5}), "edge_feats", "0");
}

}  // namespace
}  // namespace grapevine::nn
