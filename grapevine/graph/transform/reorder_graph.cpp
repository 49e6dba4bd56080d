#include "grapevine/graph/transform/reorder_graph.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty_like.h>

#include "grapevine/graph/checks.h"
#include "grapevine/graph/detail/reverse_cuthill_mckee.h"
#include "grapevine/graph/transform/metis_partition_assignment.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

at::Tensor checked_permutation(const Graph& graph, const at::Tensor& given, std::string_view name,
                               std::string_view entity, std::int64_t count) {
  const std::string argument = fmt::format("reorder_graph: {}", name);
  check_ids(given, argument, entity, count, graph.idtype(), graph.device());
  check(given.numel() == count, "{}: expected a permutation of {} {}s, got {} ids", argument, count,
        entity, given.numel());
  const at::Tensor missing =
      std::get<0>(given.sort()).ne(at::arange(count, given.options())).nonzero();
  check(missing.numel() == 0, "{}: expected each {} once, but {} {} is missing or there twice",
        argument, entity, entity, missing.numel() == 0 ? 0 : missing[0].item<std::int64_t>());
  return given;
}

/// Old node ids by new ones; undefined if nodes stay.
at::Tensor node_order(const Graph& graph, const ReorderGraphOptions& options) {
  switch (options.node_permute) {
    case NodePermutation::kNone:
      return {};
    case NodePermutation::kRcmk:
      return detail::reverse_cuthill_mckee(graph).to(graph.device(), graph.idtype());
    case NodePermutation::kMetis:
      check(options.k >= 1, "reorder_graph: k: expected the number of parts for METIS, got {}",
            options.k);
      return metis_partition_assignment(graph, options.k)
          .argsort(/*stable=*/true)
          .to(graph.idtype());
    case NodePermutation::kCustom:
      return checked_permutation(graph, options.nodes_perm, "nodes_perm", "node",
                                 graph.num_nodes());
  }
  fail("reorder_graph: node_permute: unknown value {}", static_cast<int>(options.node_permute));
}

/// Old edge ids by new ones; undefined if edges stay.
at::Tensor edge_order(const Graph& graph, const ops::Coo& edges,
                      const ReorderGraphOptions& options) {
  switch (options.edge_permute) {
    case EdgePermutation::kNone:
      return {};
    case EdgePermutation::kSrc:
      return edges.src.argsort(/*stable=*/true).to(graph.idtype());
    case EdgePermutation::kDst:
      return edges.dst.argsort(/*stable=*/true).to(graph.idtype());
    case EdgePermutation::kCustom:
      return checked_permutation(graph, options.edges_perm, "edges_perm", "edge",
                                 graph.num_edges());
  }
  fail("reorder_graph: edge_permute: unknown value {}", static_cast<int>(options.edge_permute));
}

void carry_features(const Frame& from, const at::Tensor& order, bool store_ids, Frame& to) {
  if (!order.defined()) {
    to.set_columns(from.columns());
    return;
  }
  to.add_slices(from, order);
  if (store_ids) {
    to.set(NID, order);
  }
}

}  // namespace

Graph reorder_graph(const Graph& graph, const ReorderGraphOptions& options) {
  check(graph.is_homogeneous(),
        "reorder_graph: graph: expected one node type, one relation and no block");
  const GraphData::Relation& relation = graph.graph_data().relations.front();
  const std::int64_t num_nodes = graph.num_nodes();
  ops::Coo edges = relation.adjacency->coo();
  const at::Tensor nodes = node_order(graph, options);
  if (nodes.defined()) {
    at::Tensor new_ids = at::empty_like(nodes);
    new_ids.index_copy_(0, nodes.to(at::kLong), at::arange(num_nodes, nodes.options()));
    edges = {new_ids.index_select(0, edges.src), new_ids.index_select(0, edges.dst)};
  }
  const at::Tensor order = edge_order(graph, edges, options);
  if (order.defined()) {
    edges = {edges.src.index_select(0, order), edges.dst.index_select(0, order)};
  }
  const AdjacencyPtr adjacency =
      Adjacency::from_coo_unchecked(num_nodes, num_nodes, std::move(edges));
  Graph result =
      rebuild_relations(graph, [&](const GraphData::Relation& /*only*/) { return adjacency; });
  carry_features(*graph.ndata().frame(), nodes, options.store_ids, *result.ndata().frame());
  carry_features(*relation.frame, order, options.store_ids, *result.edata().frame());
  return result;
}

}  // namespace grapevine
