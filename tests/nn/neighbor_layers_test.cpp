// What must hold of each layer that combines its neighbours' features without attention.
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include <functional>
#include <ostream>
#include <string>

#include "grapevine/nn/edge_conv.h"
#include "grapevine/nn/gin_conv.h"
#include "grapevine/nn/gine_conv.h"
#include "grapevine/nn/graph_conv.h"
#include "grapevine/nn/nn_conv.h"
#include "grapevine/nn/pna_conv.h"
#include "grapevine/nn/sage_conv.h"
#include "tests/nn/edge_features.h"
#include "tests/support/expect_error.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;
using ModulePtr = std::shared_ptr<torch::nn::Module>;

constexpr std::int64_t kNoEdgeFeatures = -1;
constexpr std::int64_t kEdgeWeights = 0;

/// A layer from 4 to 3 features, and what it is given of the edges.
struct LayerOfTest {
  std::string name;
  std::int64_t edge_width = kNoEdgeFeatures;
  std::function<ModulePtr()> make;
  bool whole_graphs_only = false;
};

std::ostream& operator<<(std::ostream& out, const LayerOfTest& layer) { return out << layer.name; }

torch::nn::AnyModule linear(std::int64_t in, std::int64_t out) {
  return torch::nn::AnyModule(torch::nn::Linear(in, out));
}

LayerOfTest sage(const char* name, std::int64_t edge_width, SAGEAggregator aggregator) {
  return {name, edge_width, [aggregator] {
            return SAGEConv(4, 3, SAGEConvOptions{.aggregator_type = aggregator}).ptr();
          }};
}

std::vector<LayerOfTest> layers_of_test() {
  return {
      sage("SageMean", kEdgeWeights, SAGEAggregator::kMean),
      sage("SageGcn", kEdgeWeights, SAGEAggregator::kGcn),
      sage("SagePool", kEdgeWeights, SAGEAggregator::kPool),
      sage("SageLstm", kEdgeWeights, SAGEAggregator::kLstm),
      sage("SageLstmUnweighted", kNoEdgeFeatures, SAGEAggregator::kLstm),
      {"GraphConv", kEdgeWeights,
       [] {
         return GraphConv(
                    4, 3,
                    GraphConvOptions{.norm = GraphConvNorm::kRight, .allow_zero_in_degree = true})
             .ptr();
       }},
      {"GIN", kEdgeWeights,
       [] { return GINConv(linear(4, 3), GINConvOptions{.learn_eps = true}).ptr(); }},
      {"GINMax", kNoEdgeFeatures,
       [] {
         return GINConv(linear(4, 3),
                        GINConvOptions{.aggregator_type = ops::Reduce::kMax, .init_eps = 0.5})
             .ptr();
       }},
      {"GINE", 4, [] { return GINEConv(linear(4, 3), GINEConvOptions{.learn_eps = true}).ptr(); }},
      {"GINEProjected", 2,
       [] {
         return GINEConv(linear(4, 3),
                         GINEConvOptions{.edge_projection = {.edge_feats = 2, .node_feats = 4}})
             .ptr();
       }},
      {"NN", 2, [] { return NNConv(4, 3, linear(2, 12), NNConvOptions{.residual = true}).ptr(); }},
      {"NNMax", 2,
       [] {
         return NNConv(4, 3, linear(2, 12),
                       NNConvOptions{.aggregator_type = ops::Reduce::kMax, .bias = false})
             .ptr();
       }},
      {"Edge", kNoEdgeFeatures,
       [] { return EdgeConv(4, 3, EdgeConvOptions{.allow_zero_in_degree = true}).ptr(); }},
      {"EdgeBatchNorm", kNoEdgeFeatures,
       [] {
         return EdgeConv(4, 3, EdgeConvOptions{.batch_norm = true, .allow_zero_in_degree = true})
             .ptr();
       }},
      {"PNA", kNoEdgeFeatures, [] { return PNAConv(4, 3).ptr(); }, true},
      {"PNAOnEdges", 2,
       [] {
         return PNAConv(4, 6,
                        PNAConvOptions{.aggregators = {PNAAggregator::kStd, PNAAggregator::kMax,
                                                       PNAAggregator::kMoment4},
                                       .num_towers = 2,
                                       .edge_feat_size = 2})
             .ptr();
       },
       true},
  };
}

Graph graph_for(const LayerOfTest& layer) {
  return layer.edge_width == kNoEdgeFeatures ? layer_graph()
                                             : graph_with_edge_features(layer.edge_width);
}

class NeighborLayer : public testing::TestWithParam<LayerOfTest> {};

INSTANTIATE_TEST_SUITE_P(All, NeighborLayer, testing::ValuesIn(layers_of_test()),
                         [](const auto& test) { return test.param.name; });

TEST_P(NeighborLayer, GivesTheSameOnABlockAsOnTheWholeGraph) {
  LayerOnEdges layer(GetParam().make());
  layer->eval();
  const at::Tensor nodes = at::tensor({3L, 0L, 5L, 1L});
  if (GetParam().whole_graphs_only) {
    const Graph block = full_block(graph_for(GetParam()), nodes);
    EXPECT_ERROR(layer(block, at::randn({block.num_src_nodes(), 4})), "whole graph", "block");
  } else {
    expect_block_equals_full_graph(layer, graph_for(GetParam()), at::randn({6, 4}), nodes);
  }
}

TEST_P(NeighborLayer, ClonesIndependently) {
  LayerOnEdges layer(GetParam().make());
  expect_independent_clone(layer, graph_for(GetParam()), at::randn({6, 4}));
}

TEST_P(NeighborLayer, SurvivesSavingAndLoading) {
  LayerOnEdges layer(GetParam().make());
  LayerOnEdges other(GetParam().make());
  expect_round_trip(layer, other, graph_for(GetParam()), at::randn({6, 4}));
}

TEST_P(NeighborLayer, HasTheGradientThatDifferencesGive) {
  const ModulePtr module = GetParam().make();
  LayerOnEdges layer(module);
  const Graph graph = graph_for(GetParam());
  std::vector<at::Tensor> inputs = {at::randn({6, 4})};
  if (GetParam().edge_width != kNoEdgeFeatures) {
    inputs.push_back(graph.edata()["e"]);
  }
  EXPECT_TRUE(layer_gradcheck(*module, inputs, [&](const std::vector<at::Tensor>& values) {
    if (values.size() > 1 && GetParam().edge_width != kNoEdgeFeatures) {
      graph.edata()["e"] = values[1];
    }
    return layer(graph, values[0]);
  }));
}

TEST_P(NeighborLayer, WorksOnInt32Graphs) {
  LayerOnEdges layer(GetParam().make());
  const at::Tensor feat = at::randn({6, 4});
  const Graph graph = graph_for(GetParam());
  EXPECT_TRUE(all_close(layer(graph.to_int32(), feat), layer(graph, feat)));
}

TEST_P(NeighborLayer, TakesGraphsWithoutEdges) {
  LayerOnEdges layer(GetParam().make());
  const Graph graph = grapevine::graph(std::vector<std::int64_t>{}, {}, {.num_nodes = 6});
  if (GetParam().edge_width != kNoEdgeFeatures) {
    graph.edata()["e"] =
        graph_with_edge_features(GetParam().edge_width).edata()["e"].tensor().narrow(0, 0, 0);
  }
  const at::Tensor result = layer(graph, at::randn({6, 4}));
  EXPECT_EQ(result.size(0), 6);
  EXPECT_TRUE(result.isfinite().all().item<bool>());
}

TEST_P(NeighborLayer, LeavesTheGraphsFeaturesAlone) {
  const Graph graph = graph_for(GetParam());
  const std::size_t num_features = graph.edata().keys().size();
  LayerOnEdges(GetParam().make())(graph, at::randn({6, 4}));
  EXPECT_TRUE(graph.ndata().empty());
  EXPECT_EQ(graph.edata().keys().size(), num_features);
}

TEST_P(NeighborLayer, RejectsFeaturesOfTheWrongShape) {
  LayerOnEdges layer(GetParam().make());
  const Graph graph = graph_for(GetParam());
  EXPECT_ERROR(layer(graph, at::randn({5, 4})), "feat", "6 rows", "[5, 4]");
  EXPECT_ERROR(layer(graph, at::randn({6, 3})), "3");
  EXPECT_ERROR(layer(graph, at::randn({6})), "feat", "[6]");
  EXPECT_ERROR(layer(graph, at::Tensor()), "feat", "undefined");
  if (GetParam().edge_width == kNoEdgeFeatures) {
    return;
  }
  graph.edata()["e"] = at::randn({9, 5});
  EXPECT_ERROR(layer(graph, at::randn({6, 4})), "edge", "[9, 5]");
}

}  // namespace
}  // namespace grapevine::nn
