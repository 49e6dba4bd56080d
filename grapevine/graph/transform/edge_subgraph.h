#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

#include "grapevine/graph/transform/node_subgraph.h"

namespace grapevine {

/// Ids of edges by relation, or of the only relation.
///
///     EdgeIds typed = {{"follows", follows}, {CanonicalEtype{"user", "likes", "item"}, likes}};
class EdgeIds {
 public:
  using Entry = std::pair<EtypeKey, at::Tensor>;
  EdgeIds() = default;
  EdgeIds(at::Tensor ids)  // NOLINT(google-explicit-constructor)
      : entries_{{EtypeKey(), std::move(ids)}} {}
  EdgeIds(FeatureRef ids) : EdgeIds(ids.tensor()) {}  // NOLINT(google-explicit-constructor)
  EdgeIds(std::initializer_list<Entry> ids) : entries_(ids) {}
  explicit EdgeIds(std::vector<Entry> ids) : entries_(std::move(ids)) {}
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

/// The graph of some edges and their endpoints. `edges` are ids `[n]` or a bool mask `[num_edges]`,
/// by relation; of relations left out there are no edges. Edge i of the result is `edges[i]`. Nodes
/// are numbered by first appearance in the sources and then the destinations of each relation;
/// others are left out, unless `relabel_nodes` is false.
///
/// `NID` and `EID` hold the ids in `graph`, in its id type; features follow, gathered when read.
///
/// Throws `Error` for a block, unknown relations, a relation given twice, ids out of range, and a
/// mask of another length. O(n log n). Source: `dgl.edge_subgraph`.
[[nodiscard]] Graph edge_subgraph(const Graph& graph, const EdgeIds& edges,
                                  const SubgraphOptions& options = {});

}  // namespace grapevine
