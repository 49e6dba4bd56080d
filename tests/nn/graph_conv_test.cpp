#include "grapevine/nn/graph_conv.h"

#include <ATen/ops/diag.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "grapevine/graph/transform/self_loop.h"
#include "grapevine/nn/conv_registry.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

const std::map<std::string, GraphConvNorm> kNorms = {{"both", GraphConvNorm::kBoth},
                                                     {"right", GraphConvNorm::kRight},
                                                     {"left", GraphConvNorm::kLeft},
                                                     {"none", GraphConvNorm::kNone}};

TEST(GraphConv, GivesDGLsNumbers) {
  expect_as_recorded("graph_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    GraphConv conv(
        c.option<std::int64_t>("in_feats", 0), c.option<std::int64_t>("out_feats", 0),
        GraphConvOptions{.norm = kNorms.at(c.option<std::string>("norm", "")),
                         .allow_zero_in_degree = c.option("allow_zero_in_degree", false)});
    load_parameters(*conv, c);
    return {conv->forward(c.graph, node_features(c), c.input("edge_weight"))};
  });
}

Graph looped_graph() { return add_self_loop(remove_self_loop(layer_graph())); }

/// The normalised adjacency as a dense matrix `[num_dst, num_src]`.
at::Tensor dense(const Graph& graph, GraphConvNorm norm, const at::Tensor& edge_weight = {}) {
  const auto [src, dst] = graph.edges().uv();
  at::Tensor matrix = at::zeros({graph.num_dst_nodes(), graph.num_src_nodes()});
  for (std::int64_t edge = 0; edge < src.size(0); ++edge) {
    const double weight = edge_weight.defined() ? edge_weight[edge].item<double>() : 1.0;
    matrix[dst[edge].item<std::int64_t>()][src[edge].item<std::int64_t>()] += weight;
  }
  const at::Tensor in = graph.in_degrees().to(at::kFloat).clamp_min(1);
  const at::Tensor out = graph.out_degrees().to(at::kFloat).clamp_min(1);
  switch (norm) {
    case GraphConvNorm::kBoth:
      return in.rsqrt().unsqueeze(1) * matrix * out.rsqrt();
    case GraphConvNorm::kRight:
      return matrix / in.unsqueeze(1);
    case GraphConvNorm::kLeft:
      return matrix / out;
    case GraphConvNorm::kNone:
      return matrix;
  }
  return matrix;
}

TEST(GraphConv, GivesTheDenseProductUnderEveryNorm) {
  const Graph graph = looped_graph();
  for (const GraphConvNorm norm :
       {GraphConvNorm::kBoth, GraphConvNorm::kRight, GraphConvNorm::kLeft, GraphConvNorm::kNone}) {
    for (const auto& [in, out] : {std::pair(3, 5), std::pair(5, 3)}) {
      GraphConv conv(in, out, GraphConvOptions{.norm = norm});
      conv->bias.data().normal_();
      const at::Tensor feat = at::randn({6, in});
      const at::Tensor expected = dense(graph, norm).matmul(feat).matmul(conv->weight) + conv->bias;
      EXPECT_TRUE(all_close(conv(graph, feat), expected))
          << static_cast<int>(norm) << ": " << in << " to " << out;
    }
  }
}

TEST(GraphConv, MultipliesMessagesByEdgeWeights) {
  const Graph graph = looped_graph();
  GraphConv conv(4, 3);
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor weight = at::rand({graph.num_edges()});
  const at::Tensor expected =
      dense(graph, GraphConvNorm::kBoth, weight).matmul(feat).matmul(conv->weight);
  EXPECT_TRUE(all_close(conv->forward(graph, feat, weight), expected));
  EXPECT_TRUE(all_close(conv->forward(graph, feat, weight.unsqueeze(1)), expected));
  EXPECT_ERROR(conv->forward(graph, feat, at::rand({3})), "3");
}

TEST(GraphConv, RejectsNodesWithoutInEdges) {
  GraphConv conv(4, 3);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_ERROR(conv(layer_graph(), feat), "GraphConv", "1 0-in-degree", "add_self_loop");
  GraphConv tolerant(4, 3, GraphConvOptions{.allow_zero_in_degree = true});
  tolerant->bias.data().fill_(2);
  EXPECT_TRUE(all_close(tolerant(layer_graph(), feat)[5], at::zeros({3}) + 2));
  EXPECT_TRUE(conv->needs_in_edges());
  EXPECT_FALSE(tolerant->needs_in_edges());
}

TEST(GraphConv, GivesTheSameOnABlockAsOnTheWholeGraphWithoutOutDegrees) {
  for (const GraphConvNorm norm : {GraphConvNorm::kRight, GraphConvNorm::kNone}) {
    GraphConv conv(5, 2, GraphConvOptions{.norm = norm});
    EXPECT_FALSE(conv->reads_beyond_block());
    expect_block_equals_full_graph(conv, looped_graph(), at::randn({6, 5}),
                                   at::tensor({3L, 0L, 5L, 1L}));
  }
}

TEST(GraphConv, CountsTheDegreesOfABlock) {
  const Graph block =
      create_block(at::tensor({0L, 3L, 4L, 3L}), at::tensor({0L, 0L, 1L, 1L}), 5, 2);
  GraphConv conv(4, 3);
  EXPECT_TRUE(conv->reads_beyond_block());
  const at::Tensor feat = at::randn({5, 4});
  const at::Tensor expected = dense(block, GraphConvNorm::kBoth).matmul(feat).matmul(conv->weight);
  EXPECT_TRUE(all_close(conv(block, feat), expected));
  EXPECT_TRUE(all_close(conv(block, std::pair(feat, at::randn({2, 7}))), expected));
}

TEST(GraphConv, HasDGLsParameters) {
  GraphConv conv(300, 200);
  const auto parameters = conv->named_parameters();
  ASSERT_EQ(parameters.size(), 2U);
  EXPECT_EQ(parameters["weight"].sizes(), (std::vector<std::int64_t>{300, 200}));
  EXPECT_EQ(parameters["bias"].abs().sum().item<double>(), 0);
  EXPECT_LE(parameters["weight"].abs().max().item<double>(), std::sqrt(6.0 / 500));
  GraphConv without_bias(4, 3, GraphConvOptions{.bias = false});
  EXPECT_EQ(without_bias->parameters().size(), 1U);
  EXPECT_EQ(without_bias(looped_graph(), at::randn({6, 4})).size(1), 3);
}

TEST(GraphConv, ClonesIndependently) {
  GraphConv conv(4, 3);
  expect_independent_clone(conv, looped_graph(), at::randn({6, 4}));
  GraphConv without_bias(4, 3, GraphConvOptions{.bias = false});
  expect_independent_clone(without_bias, looped_graph(), at::randn({6, 4}));
}

TEST(GraphConv, SurvivesSavingAndLoading) {
  GraphConv conv(4, 3);
  GraphConv other(4, 3);
  expect_round_trip(conv, other, looped_graph(), at::randn({6, 4}));
}

TEST(GraphConv, SendsGradientsToEveryParameter) {
  GraphConv narrowing(4, 3);
  GraphConv widening(3, 4);
  expect_gradients(narrowing, looped_graph(), at::randn({6, 4}));
  expect_gradients(widening, looped_graph(), at::randn({6, 3}));
}

TEST(GraphConv, RejectsFeaturesOfTheWrongShape) {
  GraphConv conv(4, 3);
  EXPECT_ERROR(conv(looped_graph(), at::randn({5, 4})), "feat", "6 rows", "[5, 4]");
  EXPECT_ERROR(conv(looped_graph(), at::randn({6, 3})), "GraphConv", "feat", "4 features",
               "[6, 3]");
  EXPECT_ERROR(GraphConv(0, 3), "GraphConv", "in_feats", "0");
}

TEST(GraphConv, SumsAloneWithoutAWeight) {
  const Graph graph = looped_graph();
  GraphConv conv(4, 4, GraphConvOptions{.weight = false, .activation = [](const at::Tensor& h) {
                                          return h.tanh();
                                        }});
  EXPECT_EQ(conv->parameters().size(), 1U);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_TRUE(all_close(conv(graph, feat), dense(graph, GraphConvNorm::kBoth).matmul(feat).tanh()));
  EXPECT_ERROR(GraphConv(4, 3, GraphConvOptions{.weight = false}), "GraphConv", "out_feats", "3");
}

TEST(GraphConv, IsKnownByName) {
  for (const auto& [name, norm] : kNorms) {
    const auto made =
        make_conv("gcn", {.options = {{"norm", name}, {"allow_zero_in_degree", "true"}}});
    EXPECT_EQ(std::dynamic_pointer_cast<GraphConvImpl>(made)->options.norm, norm);
    EXPECT_FALSE(made->needs_in_edges());
  }
  EXPECT_ERROR(make_conv("gcn", {.options = {{"norm", "mean"}}}), "norm", "both, right", "mean");
  EXPECT_NE(
      std::dynamic_pointer_cast<GraphConvImpl>(make_conv("gcn", {.in_feats = 4, .out_feats = 3})),
      nullptr);
}

}  // namespace
}  // namespace grapevine::nn
