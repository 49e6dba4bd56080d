#pragma once

#include <optional>
#include <string>
#include <vector>

#include "grapevine/graph/graph.h"

namespace grapevine {

/// Which features the batch has: all if there is no list, none if it is empty, else those it names,
/// which every node type or relation with rows must have.
struct BatchOptions {
  std::optional<std::vector<std::string>> ndata = std::nullopt;
  std::optional<std::vector<std::string>> edata = std::nullopt;
};

/// One graph of many, which are its disjoint parts: the nodes of `graphs[0]` come first, then those
/// of `graphs[1]`; so do edges and features, type by type. `batch_num_nodes` and `batch_num_edges`
/// tell the parts apart. A part that is a batch counts as its graphs.
///
///     Graph both = batch({g1, g2});
///     at::Tensor per_graph = mean_nodes(both, "h");  // [2, width]
///
/// The graphs must agree in their types, id type and device, and in names, dtypes and shapes of the
/// features, except that a graph without nodes or edges of a type needs no features of them.
/// Throws `Error` if they do not, for no graphs, for blocks, and if the result does not fit int32
/// ids. Gradients reach the features of the parts.
///
/// O(nodes + edges + features). Of COO, CSC and CSR, the first that all graphs have is put
/// together; if there is none, the first that all allow is made of each. Source: `dgl.batch`.
[[nodiscard]] Graph batch(const std::vector<Graph>& graphs, const BatchOptions& options = {});

}  // namespace grapevine
