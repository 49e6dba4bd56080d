#include "grapevine/sampling/sample_neighbors.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <map>

#include "grapevine/sampling/detail/candidates.h"
#include "grapevine/sampling/detail/pick_neighbors.h"
#include "grapevine/util/error.h"

namespace grapevine::sampling {
namespace {

void check_count(std::int64_t count) {
  check(count >= -1, "fanout: expected -1 or more, got {}", count);
}

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

Fanout::Fanout(std::int64_t count) : count_(count) { check_count(count); }

Fanout::Fanout(std::initializer_list<std::pair<EtypeKey, std::int64_t>> by_relation)
    : Fanout(std::vector<std::pair<EtypeKey, std::int64_t>>(by_relation)) {}

Fanout::Fanout(std::vector<std::pair<EtypeKey, std::int64_t>> by_relation)
    : by_relation_(std::move(by_relation)) {
  for (const auto& [etype, count] : by_relation_) {
    check_count(count);
  }
}

std::vector<std::int64_t> Fanout::resolve(const Graph& graph) const {
  const std::vector<CanonicalEtype>& etypes = graph.canonical_etypes();
  if (count_) {
    return std::vector<std::int64_t>(etypes.size(), *count_);
  }
  std::map<CanonicalEtype, std::int64_t> counts;
  for (const auto& [key, count] : by_relation_) {
    const CanonicalEtype etype = graph.to_canonical_etype(key);
    check(counts.emplace(etype, count).second, "fanout: relation {} is named twice",
          to_string(etype));
  }
  std::vector<std::int64_t> result;
  for (const CanonicalEtype& etype : etypes) {
    const auto found = counts.find(etype);
    check(found != counts.end(), "fanout: expected a number for every relation, got none for {}",
          to_string(etype));
    result.push_back(found->second);
  }
  return result;
}

Graph sample_neighbors(const Graph& graph, const NodeIds& nodes, const Fanout& fanout,
                       const NeighborSamplerOptions& options, const RandomKey& key) {
  const std::vector<detail::Candidates> candidates = detail::find_candidates(graph, options);
  const std::vector<at::Tensor> ids = detail::ids_by_type(graph, nodes, "sample_neighbors: nodes");
  const std::vector<std::int64_t> fanouts = fanout.resolve(graph);
  const GraphData& data = graph.graph_data();
  Adjacencies picked;
  std::vector<at::Tensor> edge_ids;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const at::Tensor& seeds = ids[candidates[i].node_type];
    detail::Picks picks = detail::pick_neighbors({.candidates = candidates[i],
                                                  .nodes = seeds,
                                                  .occurrences = detail::count_occurrences(seeds),
                                                  .fanout = fanouts[i],
                                                  .replace = options.replace,
                                                  .key = key.fold_in(i)});
    at::Tensor repeated = data.idtype == at::kInt ? repeat<std::int32_t>(seeds, picks.offsets)
                                                  : repeat<std::int64_t>(seeds, picks.offsets);
    const GraphData::Relation& relation = *candidates[i].relation;
    ops::Coo edges = options.edge_dir == EdgeDirection::kIn ? ops::Coo{picks.neighbors, repeated}
                                                            : ops::Coo{repeated, picks.neighbors};
    picked[relation.type] = Adjacency::from_coo_unchecked(
        relation.adjacency->num_src(), relation.adjacency->num_dst(), std::move(edges));
    edge_ids.push_back(picks.edge_ids);
  }
  Graph frontier(make_graph_data(count_nodes(*data.src_nodes), picked, data.idtype, data.device));
  carry_features(data, edge_ids, frontier.graph_data());
  return frontier;
}

}  // namespace grapevine::sampling
