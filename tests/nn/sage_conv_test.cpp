#include "grapevine/nn/sage_conv.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <tuple>

#include "grapevine/nn/conv_registry.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

const std::map<std::string, SAGEAggregator> kAggregators = {{"mean", SAGEAggregator::kMean},
                                                            {"gcn", SAGEAggregator::kGcn},
                                                            {"pool", SAGEAggregator::kPool},
                                                            {"lstm", SAGEAggregator::kLstm}};

TEST(SAGEConv, GivesDGLsNumbers) {
  expect_as_recorded("sage_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    const nlohmann::json& in = c.options["in_feats"];
    const InFeats in_feats =
        in.is_array() ? InFeats(std::pair(in[0].get<std::int64_t>(), in[1].get<std::int64_t>()))
                      : InFeats(in.get<std::int64_t>());
    SAGEConv conv(in_feats, c.option<std::int64_t>("out_feats", 0),
                  SAGEConvOptions{.aggregator_type =
                                      kAggregators.at(c.option<std::string>("aggregator_type", "")),
                                  .bias = c.option("bias", true)});
    load_parameters(*conv, c);
    conv->eval();
    return {conv->forward(c.graph, node_features(c), c.input("edge_weight"))};
  });
}

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

TEST(SAGEConv, HasDGLsParametersUnderEveryAggregator) {
  const auto names = [](SAGEAggregator aggregator, bool bias) {
    return SAGEConv(4, 3, SAGEConvOptions{.aggregator_type = aggregator, .bias = bias})
        ->named_parameters()
        .keys();
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names(SAGEAggregator::kGcn, true), (Names{"bias", "fc_neigh.weight"}));
  EXPECT_EQ(names(SAGEAggregator::kGcn, false), (Names{"fc_neigh.weight"}));
  EXPECT_EQ(names(SAGEAggregator::kPool, false),
            (Names{"fc_pool.weight", "fc_pool.bias", "fc_neigh.weight", "fc_self.weight"}));
}

TEST(SAGEConv, ReadsNeighboursInTheOrderOfEdgeIdsWithAnLSTM) {
  SAGEConv conv(4, 3, SAGEConvOptions{.aggregator_type = SAGEAggregator::kLstm});
  const at::Tensor feat = at::randn({6, 4});
  // The same edges, 0 of (2, 3, 3), but those of 0 not in a row: the CSC has edge ids of its own.
  const Graph graph = layer_graph();
  const at::Tensor result = conv(graph, feat);
  const at::Tensor read = feat.index_select(0, at::tensor({2L, 3L, 3L})).unsqueeze(1);
  const at::Tensor last = std::get<0>(std::get<1>(conv->lstm->forward(read))).view({1, 4});
  EXPECT_TRUE(all_close(result[0].unsqueeze(0), conv->fc_neigh->forward(last) +
                                                    conv->fc_self->forward(feat.narrow(0, 0, 1))));
  EXPECT_TRUE(all_close(conv(graph.formats({"csc"}), feat), result));
}

TEST(SAGEConv, AppliesItsActivationLast) {
  SAGEConv conv(4, 3, SAGEConvOptions{.activation = [](const at::Tensor& h) { return h.relu(); }});
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_TRUE(
      all_close(conv(layer_graph(), feat), reference(conv, layer_graph(), feat, feat).relu()));
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
  EXPECT_ERROR(
      SAGEConv(std::pair(4, 2), 3, SAGEConvOptions{.aggregator_type = SAGEAggregator::kGcn}),
      "SAGEConv", "gcn", "4", "2");
  SAGEConv lstm(4, 3, SAGEConvOptions{.aggregator_type = SAGEAggregator::kLstm});
  EXPECT_ERROR(lstm(layer_graph(), at::randn({6, 2, 4})), "lstm", "[6, 2, 4]");
}

TEST(SAGEConv, IsKnownByName) {
  const auto conv = make_conv("sage", {.in_feats = 4, .out_feats = 3});
  EXPECT_NE(std::dynamic_pointer_cast<SAGEConvImpl>(conv), nullptr);
  EXPECT_FALSE(conv->needs_in_edges());
  const auto aggregator_of = [](const std::string& aggregator) {
    const auto made = make_conv("sage", {.in_feats = 4, .options = {{"aggregator", aggregator}}});
    return std::dynamic_pointer_cast<SAGEConvImpl>(made)->options.aggregator_type;
  };
  for (const auto& [name, aggregator] : kAggregators) {
    EXPECT_EQ(aggregator_of(name), aggregator);
  }
  EXPECT_ERROR(aggregator_of("sum"), "aggregator", "mean, gcn, pool, lstm", "sum");
}

}  // namespace
}  // namespace grapevine::nn
