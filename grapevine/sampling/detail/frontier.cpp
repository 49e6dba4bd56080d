#include "grapevine/sampling/detail/frontier.h"

#include <ATen/ops/empty.h>

#include <algorithm>

namespace grapevine::sampling::detail {
namespace {

NodeCounts count_nodes(const GraphData::NodeSpace& space) {
  NodeCounts counts;
  for (std::size_t type = 0; type < space.types.size(); ++type) {
    counts[space.types[type]] = space.counts[type];
  }
  return counts;
}

/// Each node as often as it has picks.
template <typename Id>
at::Tensor repeat(const at::Tensor& nodes, const at::Tensor& offsets) {
  const std::int64_t* bounds = offsets.const_data_ptr<std::int64_t>();
  const Id* ids = nodes.const_data_ptr<Id>();
  at::Tensor result = at::empty({bounds[nodes.numel()]}, nodes.options());
  Id* out = result.mutable_data_ptr<Id>();
  for (std::int64_t i = 0; i < nodes.numel(); ++i) {
    out = std::fill_n(out, bounds[i + 1] - bounds[i], ids[i]);
  }
  return result;
}

/// Nodes share their columns, edges take slices.
void carry_features(const GraphData& graph, const std::vector<at::Tensor>& edge_ids,
                    const GraphData& frontier) {
  for (std::size_t type = 0; type < graph.src_nodes->frames.size(); ++type) {
    frontier.src_nodes->frames[type]->set_columns(graph.src_nodes->frames[type]->columns());
  }
  for (std::size_t i = 0; i < edge_ids.size(); ++i) {
    frontier.relations[i].frame->add_slices(*graph.relations[i].frame, edge_ids[i]);
    frontier.relations[i].frame->set(EID, edge_ids[i]);
  }
}

}  // namespace

Graph make_frontier(const Graph& graph, const std::vector<Candidates>& candidates,
                    const std::vector<at::Tensor>& nodes, const std::vector<Picks>& picks,
                    EdgeDirection edge_dir) {
  const GraphData& data = graph.graph_data();
  Adjacencies picked;
  std::vector<at::Tensor> edge_ids;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const at::Tensor& seeds = nodes[candidates[i].node_type];
    at::Tensor repeated = data.idtype == at::kInt ? repeat<std::int32_t>(seeds, picks[i].offsets)
                                                  : repeat<std::int64_t>(seeds, picks[i].offsets);
    const GraphData::Relation& relation = *candidates[i].relation;
    ops::Coo edges = edge_dir == EdgeDirection::kIn ? ops::Coo{picks[i].neighbors, repeated}
                                                    : ops::Coo{repeated, picks[i].neighbors};
    picked[relation.type] = Adjacency::from_coo_unchecked(
        relation.adjacency->num_src(), relation.adjacency->num_dst(), std::move(edges));
    edge_ids.push_back(picks[i].edge_ids);
  }
  Graph frontier(make_graph_data(count_nodes(*data.src_nodes), picked, data.idtype, data.device));
  carry_features(data, edge_ids, frontier.graph_data());
  return frontier;
}

}  // namespace grapevine::sampling::detail
