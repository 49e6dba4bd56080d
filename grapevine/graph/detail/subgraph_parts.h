#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "grapevine/graph/graph.h"

namespace grapevine::detail {

/// A caller's ids of nodes or edges, given as ids `[n]` or as a bool mask `[count]`, as ids in the
/// graph's id type. `argument` ("node_subgraph: nodes") and `entity` ("node", "edge") are for
/// errors.
[[nodiscard]] at::Tensor ids_or_mask(const Graph& graph, const at::Tensor& given,
                                     std::string_view argument, std::string_view entity,
                                     std::int64_t count);

/// The same for the nodes of each type, in the order of the graph's types; empty for types not
/// given.
[[nodiscard]] std::vector<at::Tensor> nodes_by_type(const Graph& graph, const NodeIds& nodes,
                                                    std::string_view argument);

/// Places of the first copy of each of some ids.
class IdLookup {
 public:
  explicit IdLookup(const at::Tensor& ids);
  /// For each of `wanted` its first place in `ids`, -1 if it has none: `[n]` int64.
  [[nodiscard]] at::Tensor find(const at::Tensor& wanted) const;

 private:
  at::Tensor sorted_;
  at::Tensor first_;
};

/// Ids of nodes of one type, such as the sources of a relation.
struct NodeColumn {
  std::size_t type;
  at::Tensor ids;
};

/// Numbers the nodes of each type by first appearance in the columns, one column after the other,
/// and puts the numbers in place of the ids. Returns the nodes by type.
[[nodiscard]] std::vector<at::Tensor> number_nodes(std::vector<NodeColumn>& columns,
                                                   std::size_t num_types,
                                                   const at::TensorOptions& options);

/// A subgraph that is being made.
struct SubgraphParts {
  std::vector<at::Tensor> nodes;  ///< the parent's ids by type; none at all if every node stays
  std::vector<EdgeList> edges;    ///< by relation; endpoints in the subgraph's numbers, `eid` in
                                  ///< the parent's
  bool store_ids = true;          ///< whether `NID` and `EID` are set
};

/// The subgraph, with all features of the parent, lazily sliced.
[[nodiscard]] Graph assemble_subgraph(const Graph& parent, const SubgraphParts& parts);

struct EdgesSubgraphOptions {
  bool relabel_nodes;
  bool store_ids;
};

/// The subgraph of `edges`, by relation with the parent's ids. `relabel_nodes` keeps only their
/// endpoints, numbered by first appearance.
[[nodiscard]] Graph subgraph_of_edges(const Graph& parent, std::vector<EdgeList> edges,
                                      const EdgesSubgraphOptions& options);

}  // namespace grapevine::detail
