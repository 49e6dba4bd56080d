#include "grapevine/graph/transform/add_reverse_edges.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/nonzero.h>

#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

/// The ids of the edges that get a reverse, in order.
at::Tensor edges_to_reverse(const Adjacency& adjacency, bool exclude_self) {
  const ops::Coo& coo = adjacency.coo();
  if (!exclude_self) {
    return at::arange(adjacency.num_edges(), coo.src.options());
  }
  return at::nonzero(coo.src.ne(coo.dst)).squeeze(1).to(coo.src.scalar_type());
}

}  // namespace

Graph add_reverse_edges(const Graph& graph, const AddReverseEdgesOptions& options) {
  check_not_block(graph, "add_reverse_edges");
  for (const CanonicalEtype& type : graph.canonical_etypes()) {
    check(
        type.src == type.dst || options.ignore_bipartite,
        "add_reverse_edges: relation {} joins two node types, so its edges have no reverse in it; "
        "set ignore_bipartite to leave it as it is",
        to_string(type));
  }
  std::map<CanonicalEtype, at::Tensor> originals;
  Graph result = rebuild_relations(graph, [&](const GraphData::Relation& relation) {
    const Adjacency& adjacency = *relation.adjacency;
    const ops::Coo& coo = adjacency.coo();
    const at::Tensor all = at::arange(adjacency.num_edges(), coo.src.options());
    if (relation.type.src != relation.type.dst) {
      originals[relation.type] = all;
      return relation.adjacency;
    }
    const at::Tensor reversed = edges_to_reverse(adjacency, options.exclude_self);
    originals[relation.type] = at::cat({all, reversed});
    return Adjacency::from_coo_unchecked(adjacency.num_src(), adjacency.num_dst(),
                                         {at::cat({coo.src, coo.dst.index_select(0, reversed)}),
                                          at::cat({coo.dst, coo.src.index_select(0, reversed)})});
  });
  if (options.copy_ndata) {
    share_node_features(graph, result);
  }
  if (options.copy_edata) {
    for (const GraphData::Relation& relation : graph.graph_data().relations) {
      const FrameView edges = result.edges(relation.type).data;
      edges.frame()->add_slices(*relation.frame, originals[relation.type]);
      edges[EID] = originals[relation.type];
    }
  }
  return result;
}

}  // namespace grapevine
