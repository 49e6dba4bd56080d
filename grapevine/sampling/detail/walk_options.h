#pragma once

#include <string>

#include "grapevine/graph/graph.h"
#include "grapevine/sampling/sample_neighbors.h"

namespace grapevine::sampling::detail {

/// What a walk picks its steps among: out-edges, by the column `prob`, or by it as a mask where it
/// is one.
[[nodiscard]] inline NeighborSamplerOptions walk_options(const Graph& graph,
                                                         const std::string& prob) {
  bool is_mask = false;
  for (const GraphData::Relation& relation : graph.graph_data().relations) {
    is_mask |= !prob.empty() && relation.frame->contains(prob) &&
               !relation.frame->columns().at(prob)->peek().is_floating_point();
  }
  return {.edge_dir = EdgeDirection::kOut,
          .prob = is_mask ? std::string() : prob,
          .mask = is_mask ? prob : std::string()};
}

}  // namespace grapevine::sampling::detail
