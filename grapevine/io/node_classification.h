#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "grapevine/graph/graph.h"

namespace grapevine::io {

/// Node ids of the three parts of a data set, each `[n]` in the graph's id type.
struct IndexSplit {
  at::Tensor train;
  at::Tensor valid;
  at::Tensor test;
};

/// A node-classification data set as one handle: what every reader returns and every writer takes.
struct NodeClassificationDataset {
  std::string name;
  std::string ntype;  ///< the node type that is classified
  Graph graph;  ///< features in its frames: `graph.nodes(ntype).data["feat"]`, `"label"`, `"year"`
  at::Tensor labels;         ///< `[num_nodes(ntype)]` int64; -1 where unknown
  IndexSplit split;          ///< ids of nodes of `ntype`
  std::int64_t num_classes;  ///< labels are below it
};

}  // namespace grapevine::io
