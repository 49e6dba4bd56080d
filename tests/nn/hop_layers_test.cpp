// What the layers that need the same nodes on both sides of a graph have in common.
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <functional>
#include <memory>

#include "grapevine/graph/transform/self_loop.h"
#include "grapevine/nn/appnp_conv.h"
#include "grapevine/nn/cheb_conv.h"
#include "grapevine/nn/gated_graph_conv.h"
#include "grapevine/nn/gcn2_conv.h"
#include "grapevine/nn/sg_conv.h"
#include "grapevine/nn/tag_conv.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

/// GCNII with its input as the initial features, so that it can be called like the others.
struct GCN2FromInput : GCN2ConvImpl, Conv {
  using GCN2ConvImpl::GCN2ConvImpl;
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override {
    const at::Tensor all = feat.split(graph).src;
    return GCN2ConvImpl::forward(graph, all, all, edge_feat);
  }
};

struct HopLayer {
  std::string name;
  std::shared_ptr<Conv> conv;
  bool weighs_edges = true;

  [[nodiscard]] torch::nn::Module& module() const {
    return dynamic_cast<torch::nn::Module&>(*conv);
  }
};

/// Every layer from 4 features, to more and to fewer where it can.
std::vector<HopLayer> hop_layers() {
  const Activation tanh = [](const at::Tensor& h) { return h.tanh(); };
  std::vector<HopLayer> layers;
  for (const std::int64_t out : {5, 3}) {
    const SGConvOptions sg{.k = 2, .allow_zero_in_degree = true};
    layers.push_back({"SGConv", SGConv(4, out, sg).ptr()});
    layers.push_back({"TAGConv", TAGConv(4, out, TAGConvOptions{.activation = tanh}).ptr()});
    layers.push_back(
        {"ChebConv", ChebConv(4, out, 4, ChebConvOptions{.activation = tanh}).ptr(), false});
  }
  layers.push_back({"APPNPConv", APPNPConv(3, 0.2).ptr()});
  layers.push_back({"GatedGraphConv", GatedGraphConv(4, 6, 2, 1).ptr(), false});
  for (const bool project : {true, false}) {
    layers.push_back({"GCN2Conv", std::make_shared<GCN2FromInput>(
                                      4, 2,
                                      GCN2ConvOptions{.project_initial_features = project,
                                                      .allow_zero_in_degree = true})});
  }
  return layers;
}

TEST(HopLayers, GiveTheSameOnABlockOfAllNodes) {
  const Graph graph = layer_graph();
  const Graph block = full_block(graph, at::arange(6));
  const at::Tensor feat = at::randn({6, 4});
  for (const HopLayer& layer : hop_layers()) {
    EXPECT_TRUE(all_close(layer.conv->forward(block, feat), layer.conv->forward(graph, feat)))
        << layer.name;
  }
}

TEST(HopLayers, RefuseABlockOfSomeNodes) {
  const Graph block = full_block(layer_graph(), at::tensor({3L, 0L}));
  const at::Tensor feat = at::randn({block.num_src_nodes(), 4});
  for (const HopLayer& layer : hop_layers()) {
    EXPECT_ERROR(layer.conv->forward(block, feat), layer.name, "block", "2 destination nodes");
  }
}

TEST(HopLayers, RefuseAGraphBetweenTwoNodeTypes) {
  const Graph pair = heterograph({{{"a", "r", "b"}, {at::tensor({0L, 1L}), at::tensor({1L, 0L})}}});
  for (const HopLayer& layer : hop_layers()) {
    EXPECT_ERROR(layer.conv->forward(pair, at::randn({2, 4})), layer.name, "source nodes");
  }
}

TEST(HopLayers, RefuseFeaturesOfTheWrongShape) {
  for (const HopLayer& layer : hop_layers()) {
    EXPECT_ERROR(layer.conv->forward(layer_graph(), at::randn({5, 4})), "feat", "6 rows", "[5, 4]");
    EXPECT_ERROR(layer.conv->forward(layer_graph(), at::arange(24).view({6, 4})), layer.name,
                 "feat", "floating");
    if (layer.name == "APPNPConv") {
      continue;  // takes any width
    }
    EXPECT_ERROR(layer.conv->forward(layer_graph(), at::randn({6, 3})), layer.name, "feat",
                 "4 features", "[6, 3]");
  }
}

TEST(HopLayers, RefuseAPairOfFeatures) {
  const std::pair<at::Tensor, at::Tensor> feat(at::randn({6, 4}), at::randn({6, 4}));
  for (const HopLayer& layer : hop_layers()) {
    if (layer.name != "GCN2Conv") {
      EXPECT_TRUE(layer.conv->reads_beyond_block()) << layer.name;
      EXPECT_ERROR(layer.conv->forward(layer_graph(), feat), layer.name, "a pair");
    }
  }
}

TEST(HopLayers, RefuseWeightsThatCannotBeNormalised) {
  const at::Tensor feat = at::randn({6, 4});
  for (const HopLayer& layer : hop_layers()) {
    if (layer.weighs_edges) {
      EXPECT_ERROR(layer.conv->forward(layer_graph(), feat, at::rand({9}) - 1), "edge weight",
                   "positive");
      EXPECT_ERROR(layer.conv->forward(layer_graph(), feat, at::rand({8})), layer.name,
                   "edge weight", "9 rows");
    } else if (layer.name == "ChebConv") {
      EXPECT_ERROR(layer.conv->forward(layer_graph(), feat, at::rand({9})), layer.name,
                   "no edge features");
    }
  }
}

TEST(HopLayers, GiveTheSameOnAnInt32Graph) {
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor weight = at::rand({9}) + 0.1;
  for (const HopLayer& layer : hop_layers()) {
    const at::Tensor edge_feat = layer.weighs_edges ? weight : at::Tensor();
    EXPECT_TRUE(all_close(layer.conv->forward(layer_graph().to_int32(), feat, edge_feat),
                          layer.conv->forward(layer_graph(), feat, edge_feat)))
        << layer.name;
  }
}

TEST(HopLayers, TakeGraphsWithoutEdgesAndWithoutNodes) {
  for (const HopLayer& layer : hop_layers()) {
    const at::Tensor ids = at::empty({0}, at::kLong);
    const at::Tensor lonely =
        layer.conv->forward(graph(ids, ids, {.num_nodes = 3}), at::randn({3, 4}));
    EXPECT_EQ(lonely.size(0), 3) << layer.name;
    EXPECT_TRUE(lonely.isfinite().all().item<bool>()) << layer.name;
    EXPECT_EQ(layer.conv->forward(graph(ids, ids), at::randn({0, 4})).size(0), 0) << layer.name;
  }
}

TEST(HopLayers, HaveCorrectGradients) {
  for (const HopLayer& layer : hop_layers()) {
    EXPECT_TRUE(layer_gradcheck(layer.module(), {at::randn({6, 4})},
                                [&](const std::vector<at::Tensor>& inputs) {
                                  return layer.conv->forward(layer_graph(), inputs[0]);
                                }))
        << layer.name;
  }
}

TEST(HopLayers, HaveCorrectGradientsWithEdgeWeights) {
  for (const HopLayer& layer : hop_layers()) {
    if (layer.weighs_edges) {
      EXPECT_TRUE(layer_gradcheck(layer.module(), {at::randn({6, 4}), at::rand({9}) + 0.5},
                                  [&](const std::vector<at::Tensor>& inputs) {
                                    return layer.conv->forward(layer_graph(), inputs[0], inputs[1]);
                                  }))
          << layer.name;
    }
  }
}

}  // namespace
}  // namespace grapevine::nn
