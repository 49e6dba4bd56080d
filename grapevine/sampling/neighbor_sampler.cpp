#include "grapevine/sampling/neighbor_sampler.h"

#include <algorithm>
#include <string>

#include "grapevine/graph/detail/block_parts.h"
#include "grapevine/graph/detail/node_numbering.h"
#include "grapevine/sampling/detail/candidates.h"
#include "grapevine/sampling/detail/edge_set.h"
#include "grapevine/sampling/detail/pick_neighbors.h"
#include "grapevine/util/error.h"

namespace grapevine::sampling {
namespace {

constexpr std::int64_t kAhead = 8;

struct LayerTask {
  const Graph& graph;
  const std::vector<detail::Candidates>& candidates;
  const std::vector<std::int64_t>& fanouts;  ///< by relation
  detail::EdgeSet& excluded;
  bool reverse_relations;
  bool replace;
  RandomKey key;
};

/// Samples one block: picks first, for all relations, then relabels the picks where they stand.
template <typename Id>
class LayerSampler {
 public:
  LayerSampler(const LayerTask& task, std::vector<at::Tensor> nodes)
      : task_(task),
        nodes_(std::move(nodes)),
        numberings_(nodes_.size()),
        occurrences_(nodes_.size()) {}

  grapevine::detail::BlockParts sample() {
    for (std::size_t type = 0; type < nodes_.size(); ++type) {
      add_destinations(type);
    }
    std::vector<detail::Picks> picks;
    for (std::size_t i = 0; i < task_.candidates.size(); ++i) {
      const std::size_t type = task_.candidates[i].node_type;
      picks.push_back(detail::pick_neighbors({.candidates = task_.candidates[i],
                                              .nodes = nodes_[type],
                                              .occurrences = occurrences_[type],
                                              .fanout = task_.fanouts[i],
                                              .replace = task_.replace,
                                              .key = task_.key.fold_in(i),
                                              .positions_only = leaves_edge_ids(i)}));
      task_.excluded.remove_from(i, picks.back());
    }
    make_room(picks);
    for (std::size_t i = 0; i < picks.size(); ++i) {
      relabel(task_.candidates[i].neighbor_type, picks[i].neighbors);
    }
    return collect(picks);
  }

 private:
  /// Edge ids are a random access each, which few programs need.
  [[nodiscard]] bool leaves_edge_ids(std::size_t relation) const {
    const detail::Candidates& candidates = task_.candidates[relation];
    return task_.excluded.empty() && candidates.rows->edge_ids.defined();
  }

  void add_destinations(std::size_t type) {
    const at::Tensor& nodes = nodes_[type];
    const Id* ids = nodes.const_data_ptr<Id>();
    numberings_[type].reserve(nodes.numel());
    bool all_differ = true;
    for (std::int64_t i = 0; i < nodes.numel(); ++i) {
      all_differ &= numberings_[type].append(ids[i]);
    }
    if (!all_differ) {
      occurrences_[type] = detail::count_occurrences(nodes);
    }
  }

  void make_room(const std::vector<detail::Picks>& picks) {
    const GraphData::NodeSpace& space = *task_.graph.graph_data().src_nodes;
    for (std::size_t type = 0; type < nodes_.size(); ++type) {
      std::int64_t possible = nodes_[type].numel();
      for (std::size_t i = 0; i < picks.size(); ++i) {
        possible += task_.candidates[i].neighbor_type == type ? picks[i].neighbors.numel() : 0;
      }
      numberings_[type].reserve(std::min(possible, space.counts[type]));
    }
  }

  void relabel(std::size_t type, at::Tensor& neighbors) {
    grapevine::detail::NodeNumbering<Id>& numbering = numberings_[type];
    const std::int64_t count = neighbors.numel();
    Id* ids = neighbors.mutable_data_ptr<Id>();
    for (std::int64_t i = 0; i < count; ++i) {
      numbering.prefetch(ids[std::min(i + kAhead, count - 1)]);
      ids[i] = numbering.number(ids[i]);
    }
  }

  grapevine::detail::BlockParts collect(const std::vector<detail::Picks>& picks) {
    grapevine::detail::BlockParts parts;
    for (const grapevine::detail::NodeNumbering<Id>& numbering : numberings_) {
      parts.src_nodes.push_back(numbering.nodes());
    }
    for (std::size_t i = 0; i < picks.size(); ++i) {
      const detail::Candidates& candidates = task_.candidates[i];
      CanonicalEtype type = candidates.relation->type;
      if (task_.reverse_relations) {
        std::swap(type.src, type.dst);
      }
      parts.relations.push_back(
          {std::move(type),
           Adjacency::from_csc_unchecked(
               numberings_[candidates.neighbor_type].size(), nodes_[candidates.node_type].numel(),
               {.indptr = picks[i].offsets, .indices = picks[i].neighbors, .edge_ids = {}}),
           candidates.relation->frame, picks[i].edge_ids, picks[i].positions,
           candidates.rows->edge_ids});
    }
    parts.dst_nodes = std::move(nodes_);
    return parts;
  }

  const LayerTask& task_;
  std::vector<at::Tensor> nodes_;  // the destinations, by type
  std::vector<grapevine::detail::NodeNumbering<Id>> numberings_;
  std::vector<std::vector<std::uint32_t>> occurrences_;
};

grapevine::detail::BlockParts sample_layer(const LayerTask& task, std::vector<at::Tensor> nodes) {
  return task.graph.idtype() == at::kInt
             ? LayerSampler<std::int32_t>(task, std::move(nodes)).sample()
             : LayerSampler<std::int64_t>(task, std::move(nodes)).sample();
}

/// `nodes` by type as the caller of `sample` named his seeds.
NodeIds name_nodes(const Graph& graph, const NodeIds& seeds, const std::vector<at::Tensor>& nodes) {
  if (seeds.contains("")) {
    return nodes.front();
  }
  const std::vector<std::string>& types = graph.srctypes();
  NodeIds::Map named;
  for (std::size_t type = 0; type < types.size(); ++type) {
    named[types[type]] = nodes[type];
  }
  return NodeIds(std::move(named));
}

}  // namespace

NeighborSampler::NeighborSampler(std::vector<Fanout> fanouts, NeighborSamplerOptions options)
    : fanouts_(std::move(fanouts)), options_(std::move(options)) {
  check(!fanouts_.empty(), "fanouts: expected one for each layer, got none");
  detail::check_options(options_);
}

MiniBatch NeighborSampler::sample(const Graph& graph, const NodeIds& seeds,
                                  const RandomKey& key) const {
  return sample_excluding(graph, seeds, {}, key);
}

MiniBatch NeighborSampler::sample_excluding(const Graph& graph, const NodeIds& seeds,
                                            const EdgeIds& excluded, const RandomKey& key) const {
  const std::vector<detail::Candidates> candidates = detail::find_candidates(graph, options_);
  std::vector<at::Tensor> nodes = detail::ids_by_type(graph, seeds, "NeighborSampler: seeds");
  detail::EdgeSet excluded_edges(graph, excluded, "NeighborSampler: excluded");
  MiniBatch batch{.output_nodes = seeds};
  for (std::size_t hop = 0; hop < fanouts_.size(); ++hop) {
    const std::vector<std::int64_t> fanouts = fanouts_[fanouts_.size() - 1 - hop].resolve(graph);
    const LayerTask task{.graph = graph,
                         .candidates = candidates,
                         .fanouts = fanouts,
                         .excluded = excluded_edges,
                         .reverse_relations = options_.edge_dir == EdgeDirection::kOut,
                         .replace = options_.replace,
                         .key = key.fold_in(hop)};
    const grapevine::detail::BlockParts parts = sample_layer(task, std::move(nodes));
    batch.blocks.push_back(grapevine::detail::assemble_block(graph, parts));
    nodes = parts.src_nodes;
  }
  std::reverse(batch.blocks.begin(), batch.blocks.end());
  batch.input_nodes = name_nodes(graph, seeds, nodes);
  return batch;
}

void NeighborSampler::prepare(const Graph& graph) const {
  for (const detail::Candidates& candidates : detail::find_candidates(graph, options_)) {
    detail::prepare_weights(candidates);
  }
  for (const Fanout& fanout : fanouts_) {
    static_cast<void>(fanout.resolve(graph));
  }
}

namespace {

std::vector<Fanout> all_neighbors(std::int64_t num_layers) {
  check(num_layers >= 1, "num_layers: expected at least 1, got {}", num_layers);
  return std::vector<Fanout>(static_cast<std::size_t>(num_layers), Fanout(-1));
}

}  // namespace

MultiLayerFullNeighborSampler::MultiLayerFullNeighborSampler(std::int64_t num_layers,
                                                             NeighborSamplerOptions options)
    : NeighborSampler(all_neighbors(num_layers), std::move(options)) {}

}  // namespace grapevine::sampling
