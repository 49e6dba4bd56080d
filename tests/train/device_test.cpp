// Training and inference on every device.
#include <gtest/gtest.h>
#include <torch/utils.h>

#include "grapevine/nn/conv_stack.h"
#include "grapevine/train/inference.h"
#include "grapevine/train/node_classification.h"
#include "grapevine/train/prepare_graph.h"
#include "tests/support/backend.h"
#include "tests/train/random_dataset.h"

namespace grapevine::train {
namespace {

using testing_support::backends;
using testing_support::BackendScope;
using testing_support::NamedTensors;
using testing_support::separable_dataset;

using DeviceTraining = testing_support::BackendTest;
INSTANTIATE_TEST_SUITE_P(Backends, DeviceTraining, testing::ValuesIn(backends()),
                         testing::PrintToStringParamName());

TEST_P(DeviceTraining, InfersLayerByLayer) {
  for (const char* conv : {"sage", "gcn"}) {
    expect_close([conv](at::Device device) {
      auto dataset = separable_dataset();
      dataset.graph = prepare_graph(dataset.graph, {.self_loops = true}).graph;
      torch::manual_seed(3);
      nn::ConvStack model(8, 4, nn::ConvStackOptions{.conv = conv, .layers = 2, .hidden = 6});
      model->to(device);
      const at::Tensor feat = dataset.graph.ndata()["feat"];
      NamedTensors results;
      const Graph there = dataset.graph.to(device);
      const at::Tensor moved = feat.to(device);
      // From the CPU in batches, and from the device at once.
      for (const std::int64_t batch_size : {50, 1000}) {
        const InferenceOptions options{.batch_size = batch_size};
        results.emplace_back("graph there", layerwise_inference(*model, there, moved, options));
        results.emplace_back("features there",
                             layerwise_inference(*model, dataset.graph, moved, options));
        const at::Tensor scores = layerwise_inference(*model, dataset.graph, feat, options);
        EXPECT_TRUE(scores.is_cpu());
        results.emplace_back("features here", scores.to(device));
      }
      return results;
    });
  }
}

NodeClassificationOptions one_epoch(at::Device device) {
  return {.hidden = 16,
          .fanouts = {3, 3},
          .batch_size = 32,
          .epochs = 1,
          .lr = 0.02,
          .num_workers = 2,
          .device = device};
}

TEST_P(DeviceTraining, TrainsAsOnTheCpu) {
  for (const char* model : {"sage", "gcn"}) {
    for (const bool full_graph : {false, true}) {
      const auto train = [&](at::Device device) {
        auto dataset = separable_dataset();
        dataset.graph = prepare_graph(dataset.graph, {.self_loops = true}).graph;
        NodeClassificationOptions options = one_epoch(device);
        options.model = model;
        options.full_graph = full_graph;
        return train_node_classification(dataset, options);
      };
      const NodeClassificationResult expected = train(at::kCPU);
      const BackendScope scope(GetParam());
      const NodeClassificationResult result = train(scope.device());
      EXPECT_NEAR(result.epochs[0].loss, expected.epochs[0].loss, 1e-4) << model;
      EXPECT_EQ(result.epochs[0].batches, expected.epochs[0].batches);
      EXPECT_TRUE(result.scores.to(at::kCPU).allclose(expected.scores, 1e-3, 1e-3)) << model;
      for (const at::Tensor& parameter : result.model->module().parameters()) {
        EXPECT_EQ(parameter.device(), scope.device());
      }
    }
  }
}

}  // namespace
}  // namespace grapevine::train
