#include "grapevine/nn/pna_conv.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "grapevine/graph/transform/batch.h"
#include "grapevine/nn/conv_registry.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

const std::map<std::string, PNAAggregator> kPNAAggregators = {
    {"mean", PNAAggregator::kMean},       {"max", PNAAggregator::kMax},
    {"min", PNAAggregator::kMin},         {"sum", PNAAggregator::kSum},
    {"std", PNAAggregator::kStd},         {"var", PNAAggregator::kVar},
    {"moment3", PNAAggregator::kMoment3}, {"moment4", PNAAggregator::kMoment4},
    {"moment5", PNAAggregator::kMoment5}};
const std::map<std::string, PNAScaler> kScalers = {{"identity", PNAScaler::kIdentity},
                                                   {"amplification", PNAScaler::kAmplification},
                                                   {"attenuation", PNAScaler::kAttenuation}};

template <typename Value>
std::vector<Value> named(const nlohmann::json& names, const std::map<std::string, Value>& known) {
  std::vector<Value> values;
  for (const nlohmann::json& name : names) {
    values.push_back(known.at(name.get<std::string>()));
  }
  return values;
}

TEST(PNAConv, GivesDGLsNumbers) {
  expect_as_recorded("pna_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    PNAConv conv(c.option<std::int64_t>("in_size", 0), c.option<std::int64_t>("out_size", 0),
                 PNAConvOptions{.aggregators = named(c.options["aggregators"], kPNAAggregators),
                                .scalers = named(c.options["scalers"], kScalers),
                                .delta = c.option("delta", 0.0),
                                .num_towers = c.option<std::int64_t>("num_towers", 1),
                                .edge_feat_size = c.option<std::int64_t>("edge_feat_size", 0),
                                .residual = c.option("residual", true)});
    load_parameters(*conv, c);
    conv->eval();
    conv->to(at::kDouble);  // a small standard deviation is mostly rounding errors in float32
    const at::Tensor edge_feat = c.input("edge_feat");
    return {conv->forward(c.graph, c.input("feat").to(at::kDouble),
                          edge_feat.defined() ? edge_feat.to(at::kDouble) : edge_feat)
                .to(at::kFloat)};
  });
}

TEST(PNAConv, GivesEachGraphOfABatchWhatItGivesItAlone) {
  const Graph first = layer_graph();
  const Graph second = graph({0, 1, 2}, {1, 0, 0}, {.num_nodes = 3});
  PNAConv conv(4, 4);
  conv->eval();
  const at::Tensor feat = at::randn({9, 4});
  const at::Tensor expected =
      at::cat({conv(first, feat.narrow(0, 0, 6)), conv(second, feat.narrow(0, 6, 3))});
  EXPECT_TRUE(all_close(conv(batch({first, second}), feat), expected));
}

TEST(PNAConv, DropsOutputsWhileTrainingOnly) {
  PNAConv conv(4, 4, PNAConvOptions{.dropout = 0.5});
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_FALSE(conv(layer_graph(), feat).allclose(conv(layer_graph(), feat)));
  conv->eval();
  EXPECT_TRUE(all_close(conv(layer_graph(), feat), conv(layer_graph(), feat)));
}

TEST(PNAConv, RejectsImpossibleOptions) {
  EXPECT_ERROR(PNAConv(0, 4), "PNAConv", "in_size", "0");
  EXPECT_ERROR(PNAConv(4, 6, PNAConvOptions{.num_towers = 4}), "num_towers", "divisor", "4", "6");
  EXPECT_ERROR(PNAConv(4, 4, PNAConvOptions{.aggregators = {}}), "aggregators", "none");
  EXPECT_ERROR(PNAConv(4, 4, PNAConvOptions{.scalers = {}}), "scalers", "none");
  EXPECT_ERROR(PNAConv(4, 4, PNAConvOptions{.delta = 0}), "delta", "positive", "0");
  EXPECT_ERROR(PNAConv(4, 4, PNAConvOptions{.dropout = 1}), "dropout", "1");
  EXPECT_ERROR(PNAConv(4, 4, PNAConvOptions{.edge_feat_size = -1}), "edge_feat_size", "-1");
}

TEST(PNAConv, RejectsOtherInputs) {
  PNAConv conv(4, 4);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_ERROR(conv(layer_graph(), std::pair(feat, feat)), "PNAConv", "whole graph", "pair");
  EXPECT_ERROR(conv->forward(layer_graph(), feat, at::randn({9, 1})), "PNAConv", "edge features");
  EXPECT_ERROR(conv(layer_graph(), at::randn({6, 2, 4})), "PNAConv", "[6, 2, 4]");
  EXPECT_ERROR(conv(graph({0}, {0}), at::randn({1, 4})), "PNAConv", "more than one node");
  PNAConv on_edges(4, 4, PNAConvOptions{.edge_feat_size = 2});
  EXPECT_ERROR(on_edges(layer_graph(), feat), "PNAConv", "edge features", "undefined");
}

TEST(PNAConv, IsKnownByName) {
  const auto conv = make_conv("pna", {.in_feats = 4,
                                      .out_feats = 4,
                                      .edge_feats = 3,
                                      .options = {{"aggregators", "sum,moment3"},
                                                  {"scalers", "attenuation"},
                                                  {"delta", "1.5"},
                                                  {"num_towers", "2"}}});
  const auto pna = std::dynamic_pointer_cast<PNAConvImpl>(conv);
  ASSERT_NE(pna, nullptr);
  EXPECT_EQ(pna->options.aggregators, (std::vector{PNAAggregator::kSum, PNAAggregator::kMoment3}));
  EXPECT_EQ(pna->options.scalers, std::vector{PNAScaler::kAttenuation});
  EXPECT_EQ(pna->options.delta, 1.5);
  EXPECT_EQ(pna->options.edge_feat_size, 3);
  EXPECT_EQ(pna->towers->size(), 2U);
  EXPECT_TRUE(conv->reads_beyond_block());
  EXPECT_ERROR(make_conv("pna", {.options = {{"aggregators", "mean,median"}}}), "aggregators",
               "moment5", "median");
  EXPECT_ERROR(make_conv("pna", {.options = {{"scalers", ""}}}), "scalers", "identity");
}

}  // namespace
}  // namespace grapevine::nn
