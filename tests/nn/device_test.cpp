// Layers on every device, and on the CPU with the operators that other devices use.
#include <gtest/gtest.h>
#include <torch/utils.h>

#include "grapevine/nn/conv_stack.h"
#include "grapevine/nn/graph_conv.h"
#include "grapevine/nn/linear_conv.h"
#include "grapevine/nn/sage_conv.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/backend.h"
#include "tests/support/graphs.h"
#include "tests/support/ids.h"

namespace grapevine::nn {
namespace {

using testing_support::backends;
using testing_support::full_block;
using testing_support::ids;
using testing_support::layer_graph;
using testing_support::NamedTensors;
using testing_support::random_values;

using DeviceLayers = testing_support::BackendTest;
INSTANTIATE_TEST_SUITE_P(Backends, DeviceLayers, testing::ValuesIn(backends()),
                         testing::PrintToStringParamName());

constexpr at::ScalarType kIdTypes[] = {at::kLong, at::kInt};

Graph here(at::ScalarType idtype) {
  return idtype == at::kInt ? layer_graph().to_int32() : layer_graph();
}

/// The layer's result for features `[rows, 4]`, and the gradients of these and of its parameters.
template <typename Layer>
void add_results(NamedTensors& results, Layer& layer, const Graph& graph, std::int64_t rows) {
  const at::Tensor feat =
      random_values(1, {rows, 4}, at::kFloat).to(graph.device()).requires_grad_();
  layer->zero_grad();
  const at::Tensor result = layer->forward(graph, feat);
  result.mul(result).sum().backward();
  results.emplace_back("result", result);
  results.emplace_back("gradient of the features", feat.grad());
  for (const auto& parameter : layer->named_parameters()) {
    results.emplace_back("gradient of " + parameter.key(), parameter.value().grad().clone());
  }
}

/// Of a layer with the same parameters on every device, on a graph and on a block.
template <typename Make>
NamedTensors of_layer(const Make& make, at::Device device) {
  NamedTensors results;
  for (const at::ScalarType idtype : kIdTypes) {
    torch::manual_seed(3);
    auto layer = make();
    layer->to(device);
    const Graph graph = here(idtype);
    add_results(results, layer, graph.to(device), graph.num_nodes());
    const Graph block = full_block(graph, ids({4, 0, 2}, idtype));
    add_results(results, layer, block.to(device), block.num_src_nodes());
  }
  return results;
}

TEST_P(DeviceLayers, SAGEConv) {
  expect_close([](at::Device device) { return of_layer([] { return SAGEConv(4, 3); }, device); });
  expect_close([](at::Device device) {
    return of_layer([] { return SAGEConv(4, 6, SAGEConvOptions{.bias = false}); }, device);
  });
}

TEST_P(DeviceLayers, GraphConv) {
  for (const GraphConvNorm norm :
       {GraphConvNorm::kNone, GraphConvNorm::kBoth, GraphConvNorm::kRight, GraphConvNorm::kLeft}) {
    expect_close([norm](at::Device device) {
      return of_layer(
          [norm] {
            return GraphConv(4, 3, GraphConvOptions{.norm = norm, .allow_zero_in_degree = true});
          },
          device);
    });
  }
}

TEST_P(DeviceLayers, GraphConvWithEdgeWeights) {
  expect_close([](at::Device device) {
    torch::manual_seed(3);
    GraphConv layer(4, 6, GraphConvOptions{.allow_zero_in_degree = true});
    layer->to(device);
    const Graph graph = layer_graph().to(device);
    const at::Tensor feat = random_values(1, {graph.num_nodes(), 4}, at::kFloat).to(device);
    const at::Tensor weight =
        random_values(2, {graph.num_edges()}, at::kFloat).to(device).requires_grad_();
    const at::Tensor result = layer->forward(graph, feat, weight);
    result.mul(result).sum().backward();
    return NamedTensors{{"result", result}, {"gradient", weight.grad()}};
  });
}

TEST_P(DeviceLayers, LinearConv) {
  expect_close([](at::Device device) { return of_layer([] { return LinearConv(4, 3); }, device); });
}

TEST_P(DeviceLayers, ConvStack) {
  for (const char* conv : {"sage", "mlp"}) {
    expect_close([conv](at::Device device) {
      NamedTensors results;
      torch::manual_seed(3);
      ConvStack model(4, 3, ConvStackOptions{.conv = conv, .layers = 2, .hidden = 5});
      model->to(device);
      const Graph graph = layer_graph();
      add_results(results, model, graph.to(device), graph.num_nodes());
      const sampling::MiniBatch batch =
          sampling::MultiLayerFullNeighborSampler(2).sample(graph, ids({2, 5}), RandomKey(0));
      std::vector<Graph> blocks;
      for (const Graph& block : batch.blocks) {
        blocks.push_back(block.to(device));
      }
      const at::Tensor feat =
          random_values(1, {blocks[0].num_src_nodes(), 4}, at::kFloat).to(device);
      model->zero_grad();
      const at::Tensor result = model->forward(blocks, feat);
      result.mul(result).sum().backward();
      results.emplace_back("blocks", result);
      for (const auto& parameter : model->named_parameters()) {
        results.emplace_back(parameter.key(), parameter.value().grad().clone());
      }
      return results;
    });
  }
}

}  // namespace
}  // namespace grapevine::nn
