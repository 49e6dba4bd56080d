#include "grapevine/train/inference.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "grapevine/nn/appnp.h"
#include "grapevine/nn/conv_stack.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/random_dataset.h"

namespace grapevine::train {
namespace {

Graph graph_to_infer_on() {
  const Graph directed = graph(at::randint(50, {150}, at::kLong), at::randint(50, {150}, at::kLong),
                               {.num_nodes = 50});
  return prepare_graph(directed, {.self_loops = true}).graph;
}

void expect_equal_to_full_graph(const nn::ConvStackOptions& options, std::int64_t batch_size) {
  const Graph graph = graph_to_infer_on();
  nn::ConvStack model(6, 5, options);
  const at::Tensor feat = at::randn({50, 6});
  const at::Tensor inferred = layerwise_inference(*model, graph, feat, {.batch_size = batch_size});
  EXPECT_TRUE(model->is_training());
  EXPECT_FALSE(inferred.requires_grad());
  model->eval();
  const at::NoGradGuard no_grad;
  EXPECT_LT((inferred - model(graph, feat)).abs().max().item<double>(), 1e-5)
      << options.conv << ", batches of " << batch_size;
}

TEST(LayerwiseInference, EqualsTheFullGraphForward) {
  for (const char* conv : {"sage", "gcn", "mlp"}) {
    for (const std::int64_t batch_size : {1, 7, 50, 1000}) {
      expect_equal_to_full_graph({.conv = conv, .layers = 2, .hidden = 8, .dropout = 0.5},
                                 batch_size);
    }
  }
}

TEST(LayerwiseInference, EqualsTheFullGraphForwardForAnyDepth) {
  for (const std::int64_t layers : {1, 3}) {
    expect_equal_to_full_graph({.conv = "sage", .layers = layers, .hidden = 3}, 16);
  }
}

TEST(LayerwiseInference, ReadsEdgeFeatures) {
  Graph graph = graph_to_infer_on();
  graph.edata()["w"] = at::randn({graph.num_edges()}).abs();
  nn::ConvStack model(6, 5);
  model->eval();
  const at::Tensor feat = at::randn({50, 6});
  const at::NoGradGuard no_grad;
  for (const std::int64_t batch_size : {7, 1000}) {
    const at::Tensor inferred =
        layerwise_inference(*model, graph, feat, {.batch_size = batch_size, .edge_feature = "w"});
    EXPECT_TRUE(inferred.allclose(model->forward(graph, feat, "w"), 1e-4, 1e-5)) << batch_size;
    EXPECT_FALSE(inferred.allclose(model(graph, feat), 1e-4, 1e-5));
  }
}

TEST(LayerwiseInference, KeepsLayersOnDiskIfAsked) {
  const Graph graph = graph_to_infer_on();
  nn::ConvStack model(6, 5, nn::ConvStackOptions{.layers = 3, .hidden = 8});
  const at::Tensor feat = at::randn({50, 6});
  const testing_support::TemporaryFolder folder;
  const at::Tensor expected = layerwise_inference(*model, graph, feat, {.batch_size = 7});
  const at::Tensor inferred =
      layerwise_inference(*model, graph, feat, {.batch_size = 7, .scratch = folder.path()});
  EXPECT_TRUE(at::equal(inferred, expected));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_ERROR(
      layerwise_inference(*model, graph, feat, {.batch_size = 7, .scratch = folder / "missing"}),
      "missing", "cannot be written");
}

TEST(LayerwiseInference, GivesModelsOfOnePieceTheWholeGraph) {
  const Graph graph = graph_to_infer_on();
  nn::APPNP model(6, 5);
  const at::Tensor feat = at::randn({50, 6});
  const at::Tensor inferred = layerwise_inference(*model, graph, feat, {.batch_size = 7});
  EXPECT_TRUE(inferred.allclose(model(graph, feat), 1e-4, 1e-5));
}

TEST(LayerwiseInference, WorksOnInt32GraphsAndWithoutNodes) {
  nn::ConvStack model(6, 5);
  const Graph wide = graph_to_infer_on();
  const at::Tensor feat = at::randn({50, 6});
  const at::Tensor narrow = layerwise_inference(*model, wide.to_int32(), feat, {.batch_size = 8});
  EXPECT_TRUE(narrow.equal(layerwise_inference(*model, wide, feat, {.batch_size = 8})));
  EXPECT_EQ(layerwise_inference(*model, graph(std::vector<std::int64_t>{}, {}), at::randn({0, 6}))
                .size(0),
            0);
}

TEST(LayerwiseInference, RejectsFeaturesAndBatchesThatDoNotFit) {
  nn::ConvStack model(6, 5);
  const Graph graph = graph_to_infer_on();
  EXPECT_ERROR(layerwise_inference(*model, graph, at::randn({49, 6})), "feat", "[50", "[49, 6]");
  EXPECT_ERROR(layerwise_inference(*model, graph, at::randn({50, 7})), "feat", "6 features",
               "[50, 7]");
  EXPECT_ERROR(layerwise_inference(*model, graph, at::randn({50, 6}), {.batch_size = 0}),
               "batch_size", "0");
}

}  // namespace
}  // namespace grapevine::train
