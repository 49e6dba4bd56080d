#include "grapevine/sampling/edge_prediction_sampler.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <string>

#include "grapevine/graph/checks.h"
#include "grapevine/graph/transform/compact_graphs.h"
#include "grapevine/util/error.h"

namespace grapevine::sampling {
namespace {

// Parts of a batch's key.
constexpr std::uint64_t kNeighbors = 0;
constexpr std::uint64_t kNegatives = 1;

EdgesByRelation by_relation(const Graph& graph, const EdgeIds& edges, std::string_view argument) {
  EdgesByRelation result;
  for (const auto& [key, ids] : edges.entries()) {
    const CanonicalEtype etype = graph.to_canonical_etype(key);
    check(result.emplace(etype, ids).second, "{}: relation {} is named twice", argument,
          to_string(etype));
  }
  return result;
}

EdgeIds to_edge_ids(const EdgesByRelation& edges) {
  return EdgeIds(std::vector<EdgeIds::Entry>(edges.begin(), edges.end()));
}

void add_reverse_ids(const Graph& graph, const EdgeIds& reverse_eids, EdgesByRelation& excluded) {
  const EdgesByRelation reverses = by_relation(graph, reverse_eids, "reverse_eids");
  for (auto& [etype, ids] : excluded) {
    const auto found = reverses.find(etype);
    check(found != reverses.end(), "reverse_eids: expected ids for relation {}, got none",
          to_string(etype));
    const at::Tensor& map = found->second;
    check_id_tensor(map, "reverse_eids", "edge", graph.idtype(), graph.device());
    check_ids(ids, "edges that reverse_eids maps", "edge", map.numel(), graph.idtype(),
              graph.device());
    ids = at::cat({ids, map.index_select(0, ids)});
  }
}

void add_reverse_types(const Graph& graph,
                       const std::vector<std::pair<EtypeKey, EtypeKey>>& reverse_etypes,
                       EdgesByRelation& excluded) {
  const EdgesByRelation seeds = excluded;
  for (const auto& [key, reverse_key] : reverse_etypes) {
    const auto found = seeds.find(graph.to_canonical_etype(key));
    if (found == seeds.end()) {
      continue;
    }
    at::Tensor& ids = excluded[graph.to_canonical_etype(reverse_key)];
    ids = ids.defined() ? at::cat({ids, found->second}) : found->second;
  }
}

/// The negative pairs as a graph over all nodes of `graph`.
Graph graph_of_pairs(const Graph& graph, const PairsByRelation& pairs) {
  const GraphData& data = graph.graph_data();
  NodeCounts counts;
  for (std::size_t type = 0; type < data.src_nodes->types.size(); ++type) {
    counts[data.src_nodes->types[type]] = data.src_nodes->counts[type];
  }
  const at::Tensor none = at::empty({0}, data.idtype);
  Adjacencies adjacencies;
  for (const GraphData::Relation& relation : data.relations) {
    adjacencies[relation.type] = Adjacency::from_coo_unchecked(
        relation.adjacency->num_src(), relation.adjacency->num_dst(), {none, none});
  }
  for (const auto& [etype, ends] : pairs) {
    const GraphData::Relation& relation = data.relation(etype);
    const std::int64_t num_src = relation.adjacency->num_src();
    const std::int64_t num_dst = relation.adjacency->num_dst();
    check_ids(ends.src, "negative_sampler: sources", "node", num_src, data.idtype, data.device);
    check_ids(ends.dst, "negative_sampler: destinations", "node", num_dst, data.idtype,
              data.device);
    check(ends.src.numel() == ends.dst.numel(),
          "negative_sampler: expected as many destinations as sources, got {} and {} for {}",
          ends.dst.numel(), ends.src.numel(), to_string(etype));
    adjacencies[relation.type] =
        Adjacency::from_coo_unchecked(num_src, num_dst, {ends.src, ends.dst});
  }
  return Graph(make_graph_data(counts, adjacencies, data.idtype, data.device));
}

/// All nodes of a compacted graph, by their ids in the graph that it came from.
NodeIds nodes_of(const Graph& compacted) {
  const std::vector<std::string> types = compacted.ntypes();
  if (types.size() == 1) {
    return compacted.ndata()[NID].tensor();
  }
  NodeIds::Map ids;
  for (const std::string& type : types) {
    ids[type] = compacted.nodes(type).data[NID].tensor();
  }
  return NodeIds(std::move(ids));
}

}  // namespace

EdgeIds find_exclude_eids(const Graph& graph, const EdgesByRelation& seeds,
                          const EdgePredictionOptions& options) {
  EdgesByRelation excluded;
  if (options.exclude != Exclude::kNone) {
    excluded = seeds;
  }
  if (options.exclude == Exclude::kReverseId) {
    add_reverse_ids(graph, options.reverse_eids, excluded);
  }
  if (options.exclude == Exclude::kReverseTypes) {
    add_reverse_types(graph, options.reverse_etypes, excluded);
  }
  return to_edge_ids(excluded);
}

EdgePredictionSampler::EdgePredictionSampler(std::shared_ptr<const Sampler> sampler,
                                             EdgePredictionOptions options)
    : sampler_(std::move(sampler)), options_(std::move(options)) {
  check(sampler_ != nullptr, "sampler: expected one, got a null pointer");
}

EdgeMiniBatch EdgePredictionSampler::sample(const Graph& graph, const EdgeIds& seeds,
                                            const RandomKey& key) const {
  const EdgesByRelation edges = by_relation(graph, seeds, "EdgePredictionSampler: seeds");
  std::vector<Graph> pairs{edge_subgraph(graph, to_edge_ids(edges), {.relabel_nodes = false})};
  if (options_.negative_sampler != nullptr) {
    pairs.push_back(graph_of_pairs(
        graph, options_.negative_sampler->sample(graph, edges, key.fold_in(kNegatives))));
  }
  pairs = compact_graphs(pairs);
  EdgeMiniBatch batch{.pair_graph = pairs.front()};
  if (pairs.size() > 1) {
    batch.negative_graph = pairs.back();
  }
  const NodeIds nodes = nodes_of(batch.pair_graph);
  const EdgeIds excluded = find_exclude_eids(graph, edges, options_);
  const RandomKey neighbor_key = key.fold_in(kNeighbors);
  MiniBatch around = excluded.entries().empty()
                         ? sampler_->sample(graph, nodes, neighbor_key)
                         : sampler_->sample_excluding(graph, nodes, excluded, neighbor_key);
  batch.input_nodes = std::move(around.input_nodes);
  batch.blocks = std::move(around.blocks);
  return batch;
}

void EdgePredictionSampler::prepare(const Graph& graph) const {
  sampler_->prepare(graph);
  for (const CanonicalEtype& etype : graph.canonical_etypes()) {
    static_cast<void>(graph.adjacency(etype)->coo());
  }
  if (options_.negative_sampler != nullptr) {
    options_.negative_sampler->prepare(graph);
  }
}

}  // namespace grapevine::sampling
