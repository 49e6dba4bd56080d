#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/sampling/detail/weight_table.h"
#include "grapevine/sampling/sample_neighbors.h"

namespace grapevine::sampling::detail {

/// What edges are picked by: the column that `prob` or `mask` names.
struct EdgeWeights {
  std::string name;  ///< as messages call it: `prob "weight"`
  std::string column_name;
  at::Tensor column;  ///< `[num_edges]`, by edge id; undefined if all edges are alike
  bool is_mask = false;
  std::shared_ptr<const WeightTable> table = {};  ///< of `column`, or null
};

/// The edges of one relation among which a node picks.
struct Candidates {
  const GraphData::Relation* relation;
  const ops::Csr* rows;       ///< one row for each node that may pick
  std::size_t node_type;      ///< position of the type of those nodes
  std::size_t neighbor_type;  ///< position of the type at the other end
  EdgeWeights weights;
};

/// The candidates of every relation, in order; makes the format that is read. They point into
/// `graph`. Throws `Error` for a block, a graph that is not on the CPU, and unknown or unfit
/// columns, whose values are not read.
[[nodiscard]] std::vector<Candidates> find_candidates(const Graph& graph,
                                                      const NeighborSamplerOptions& options);

/// Throws `Error` if `prob` and `mask` are both given.
void check_options(const NeighborSamplerOptions& options);

/// Makes the weight table, which later `find_candidates` of this graph find. Throws `Error` for a
/// NaN, infinite or negative probability. O(edges).
void prepare_weights(const Candidates& candidates);

/// Throws `Error` that names the probability and the edge.
[[noreturn]] void fail_probability(const EdgeWeights& weights, std::int64_t edge, double value);

/// The ids of each node type, contiguous, empty where there are none. Throws `Error` for ids that
/// are not the graph's, and for no type at all; `argument` is what messages call them.
[[nodiscard]] std::vector<at::Tensor> ids_by_type(const Graph& graph, const NodeIds& ids,
                                                  std::string_view argument);

}  // namespace grapevine::sampling::detail
