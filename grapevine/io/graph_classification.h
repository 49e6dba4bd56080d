#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "grapevine/graph/graph.h"

namespace grapevine::io {

/// A graph-classification data set as one handle: many graphs, each with a label.
struct GraphClassificationDataset {
  std::string name;
  std::vector<Graph> graphs;  ///< alike in types and features: `graphs[i].ndata()["feat"]`
  at::Tensor labels;          ///< `[graphs.size()]` int64
  std::int64_t num_classes;   ///< labels are below it
};

}  // namespace grapevine::io
