#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "grapevine/graph/detail/node_numbering.h"
#include "grapevine/graph/transform/edge_subgraph.h"
#include "grapevine/sampling/detail/pick_neighbors.h"

namespace grapevine::sampling::detail {

/// Edges of some relations, to ask which of other edges are among them; for one thread.
class EdgeSet {
 public:
  /// `edges` are ids of `graph`'s relations, in its id type; ids that are no edge's do no harm.
  /// Throws `Error` for unknown relations and for ids of another kind; `argument` is what messages
  /// call them.
  EdgeSet(const Graph& graph, const EdgeIds& edges, std::string_view argument);

  /// Whether no edge of any relation is in it.
  [[nodiscard]] bool empty() const { return is_empty_; }
  /// Positions `[m]` (int64) in `edge_ids` `[n]`, of the relation at this place, of those that are
  /// not in it.
  [[nodiscard]] at::Tensor positions_outside(std::size_t relation, const at::Tensor& edge_ids);
  /// Takes the edges that are in it out of what was picked from the relation at this place.
  void remove_from(std::size_t relation, Picks& picks);

 private:
  std::vector<grapevine::detail::NodeNumbering<std::int64_t>> ids_;  // by relation
  bool is_empty_ = true;
};

}  // namespace grapevine::sampling::detail
