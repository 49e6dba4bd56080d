#include "grapevine/graph/transform/khop_subgraph.h"

#include <ATen/ops/_unique2.h>
#include <ATen/ops/cat.h>

#include <string>

#include "grapevine/graph/detail/subgraph_parts.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

enum class Direction { kIn, kOut };

at::Tensor unique(const std::vector<at::Tensor>& ids) {
  return std::get<0>(at::_unique2(at::cat(ids), /*sorted=*/true));
}

/// The nodes one step away from `nodes`, by type.
std::vector<at::Tensor> neighbors(const Graph& graph, const std::vector<at::Tensor>& nodes,
                                  Direction direction) {
  std::vector<std::vector<at::Tensor>> found;
  for (const at::Tensor& ids : nodes) {
    found.push_back({ids.narrow(0, 0, 0)});
  }
  for (const GraphData::Relation& relation : graph.graph_data().relations) {
    if (direction == Direction::kIn) {
      found[relation.src].push_back(graph.in_edges(nodes[relation.dst], relation.type).src);
    } else {
      found[relation.dst].push_back(graph.out_edges(nodes[relation.src], relation.type).dst);
    }
  }
  std::vector<at::Tensor> result;
  for (const std::vector<at::Tensor>& ids : found) {
    result.push_back(unique(ids));
  }
  return result;
}

/// The nodes that are in `nodes` and not in `others`, by type.
std::vector<at::Tensor> without(std::vector<at::Tensor> nodes,
                                const std::vector<at::Tensor>& others) {
  for (std::size_t type = 0; type < nodes.size(); ++type) {
    const at::Tensor found = detail::IdLookup(others[type]).find(nodes[type]);
    nodes[type] = nodes[type].index_select(0, found.lt(0).nonzero().squeeze(1));
  }
  return nodes;
}

KhopSubgraph khop_subgraph(const Graph& graph, const NodeIds& nodes, std::int64_t k,
                           Direction direction, const SubgraphOptions& options) {
  const std::string function =
      direction == Direction::kIn ? "khop_in_subgraph" : "khop_out_subgraph";
  check_not_block(graph, function);
  check(k >= 0, "{}: k: expected 0 or more hops, got {}", function, k);
  const GraphData::NodeSpace& space = *graph.graph_data().src_nodes;
  const std::vector<at::Tensor> seeds = detail::nodes_by_type(graph, nodes, function + ": nodes");
  std::vector<at::Tensor> reached;
  for (const at::Tensor& ids : seeds) {
    reached.push_back(unique({ids}));
  }
  std::vector<at::Tensor> frontier = reached;
  for (std::int64_t hop = 0; hop < k; ++hop) {
    frontier = without(neighbors(graph, frontier, direction), reached);
    std::int64_t num_new = 0;
    for (std::size_t type = 0; type < reached.size(); ++type) {
      reached[type] = unique({reached[type], frontier[type]});
      num_new += frontier[type].numel();
    }
    if (num_new == 0) {
      break;
    }
  }
  NodeIds::Map kept;
  for (std::size_t type = 0; type < reached.size(); ++type) {
    kept[space.types[type]] = reached[type];
  }
  NodeIds::Map positions;
  for (const auto& [type, ids] : nodes.map()) {
    const std::size_t index = space.index(type);
    positions[type] = options.relabel_nodes
                          ? detail::IdLookup(reached[index]).find(seeds[index]).to(graph.idtype())
                          : seeds[index];
  }
  return {node_subgraph(graph, NodeIds(std::move(kept)), options), NodeIds(std::move(positions))};
}

}  // namespace

KhopSubgraph khop_in_subgraph(const Graph& graph, const NodeIds& nodes, std::int64_t k,
                              const SubgraphOptions& options) {
  return khop_subgraph(graph, nodes, k, Direction::kIn, options);
}

KhopSubgraph khop_out_subgraph(const Graph& graph, const NodeIds& nodes, std::int64_t k,
                               const SubgraphOptions& options) {
  return khop_subgraph(graph, nodes, k, Direction::kOut, options);
}

}  // namespace grapevine
