#include "grapevine/nn/nn_conv.h"

#include <ATen/ops/bmm.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include <cmath>
#include <map>
#include <string>

#include "grapevine/nn/conv_registry.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;
using torch::nn::AnyModule;
using torch::nn::Linear;

TEST(NNConv, GivesDGLsNumbers) {
  const std::map<std::string, ops::Reduce> aggregators = {
      {"sum", ops::Reduce::kSum}, {"mean", ops::Reduce::kMean}, {"max", ops::Reduce::kMax}};
  expect_as_recorded("nn_conv", [&](const LayerCase& c) -> std::vector<at::Tensor> {
    const auto in = c.option<std::int64_t>("in_feats", 0);
    const auto out = c.option<std::int64_t>("out_feats", 0);
    NNConv conv(in, out, AnyModule(Linear(4, in * out)),
                NNConvOptions{
                    .aggregator_type = aggregators.at(c.option<std::string>("aggregator_type", "")),
                    .residual = c.option("residual", false)});
    load_parameters(*conv, c);
    return {conv->forward(c.graph, node_features(c), c.input("efeat"))};
  });
}

TEST(NNConv, MultipliesEachSourceByItsEdgesMatrix) {
  const Graph graph = layer_graph();
  NNConv conv(4, 3, AnyModule(Linear(2, 12)),
              NNConvOptions{.aggregator_type = ops::Reduce::kSum, .bias = false});
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor edge_feat = at::randn({9, 2});
  const at::Tensor matrices = conv->edge_func.forward(edge_feat).view({9, 4, 3});
  const auto [src, dst] = graph.edges().uv();
  const at::Tensor messages = at::bmm(feat.index_select(0, src).unsqueeze(1), matrices).squeeze(1);
  EXPECT_TRUE(all_close(conv->forward(graph, feat, edge_feat),
                        at::zeros({6, 3}).index_add(0, dst, messages)));
}

TEST(NNConv, AddsItsInputAsItIsWhereWidthsAreEqual) {
  const Graph no_edges = graph(std::vector<std::int64_t>{}, {}, {.num_nodes = 6});
  const at::Tensor feat = at::randn({6, 4});
  NNConv conv(4, 4, AnyModule(Linear(2, 16)), NNConvOptions{.residual = true});
  EXPECT_TRUE(all_close(conv->forward(no_edges, feat, at::randn({0, 2})), feat));
  EXPECT_FALSE(conv->named_parameters().contains("res_fc.weight"));
  NNConv narrowing(std::pair(5, 4), 3, AnyModule(Linear(2, 15)), NNConvOptions{.residual = true});
  EXPECT_EQ(narrowing->named_parameters()["res_fc.weight"].sizes(),
            (std::vector<std::int64_t>{3, 4}));
}

TEST(NNConv, StartsWithDGLsValues) {
  NNConv conv(300, 200, AnyModule(Linear(1, 60000)), NNConvOptions{.residual = true});
  EXPECT_EQ(conv->bias.abs().sum().item<double>(), 0);
  EXPECT_NEAR(conv->res_fc->weight.std().item<double>(), std::sqrt(2.0) * std::sqrt(2.0 / 500),
              0.002);
}

TEST(NNConv, RejectsAFunctionThatDoesNotFit) {
  EXPECT_ERROR(NNConv(4, 3, AnyModule()), "NNConv", "edge_func", "none");
  EXPECT_ERROR(NNConv(4, 0, AnyModule(Linear(2, 12))), "NNConv", "out_feats", "0");
  NNConv conv(4, 3, AnyModule(Linear(2, 10)));
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_ERROR(conv->forward(layer_graph(), feat, at::randn({9, 2})), "edge_func", "4 * 3",
               "[9, 10]");
  EXPECT_ERROR(conv->forward(layer_graph(), feat, at::randn({9, 5})), "edge_func", "[9, 5]");
  EXPECT_ERROR(conv->forward(layer_graph(), feat), "NNConv", "edge features", "undefined");
}

TEST(NNConv, IsKnownByName) {
  const auto conv = make_conv("nnconv", {.in_feats = 4,
                                         .out_feats = 3,
                                         .edge_feats = 2,
                                         .options = {{"aggregator", "max"}, {"residual", "true"}}});
  const auto nn_conv = std::dynamic_pointer_cast<NNConvImpl>(conv);
  ASSERT_NE(nn_conv, nullptr);
  EXPECT_EQ(nn_conv->options.aggregator_type, ops::Reduce::kMax);
  EXPECT_TRUE(nn_conv->options.residual);
  EXPECT_ERROR(make_conv("nnconv", {.in_feats = 4}), "NNConv", "edge features");
}

}  // namespace
}  // namespace grapevine::nn
