#pragma once

#include <ATen/ops/arange.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <torch/utils.h>

#include <cstdint>

#include "grapevine/datasets/node_classification.h"
#include "grapevine/graph/graph.h"
#include "grapevine/train/prepare_graph.h"

namespace grapevine::testing_support {

/// A random symmetric graph of 200 nodes in which a node's label is its number modulo 4. The
/// features of class c are around the c-th unit vector, so that they can be learnt.
inline datasets::NodeClassificationDataset separable_dataset() {
  constexpr std::int64_t kNodes = 200;
  constexpr std::int64_t kClasses = 4;
  torch::manual_seed(7);
  const at::Tensor src = at::randint(kNodes, {600}, at::kLong);
  const at::Tensor dst =
      (src + at::randint(kNodes / kClasses, {600}, at::kLong) * kClasses).remainder(kNodes);
  datasets::NodeClassificationDataset dataset;
  dataset.name = "separable";
  dataset.ntype = kDefaultNtype;
  dataset.graph = train::prepare_graph(graph(src, dst, {.num_nodes = kNodes})).graph;
  dataset.num_classes = kClasses;
  dataset.labels = at::arange(kNodes).remainder(kClasses);
  at::Tensor feat = at::randn({kNodes, 8}) * 0.3;
  feat.scatter_add_(1, dataset.labels.unsqueeze(1), at::randn({kNodes, 1}) * 0.1 + 1.0);
  dataset.graph.ndata()["feat"] = feat;
  dataset.split = {at::arange(0, 120), at::arange(120, 160), at::arange(160, kNodes)};
  return dataset;
}

}  // namespace grapevine::testing_support
