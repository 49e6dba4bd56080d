#include "grapevine/sampling/labor_sampler.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>

#include "grapevine/graph/transform/reverse.h"
#include "grapevine/graph/transform/to_block.h"
#include "grapevine/sampling/detail/candidates.h"
#include "grapevine/sampling/detail/frontier.h"
#include "grapevine/sampling/exclude_edges.h"
#include "grapevine/util/error.h"

namespace grapevine::sampling {
namespace {

constexpr const char* kEdgeWeights = "edge_weights";
constexpr double kTolerance = 1e-4;
constexpr int kMostIterations = 100;

/// One node's candidates: their edges' weights, 1 without any.
struct LaborRow {
  std::vector<std::int64_t> positions;
  std::vector<double> weights;
};

/// The factor that makes weights chances (c_s in the paper), by fixed-point iteration.
double chance_factor(const std::vector<double>& weights, double fanout) {
  double sum = 0;
  double squares = 0;
  for (const double weight : weights) {
    sum += weight;
    squares += weight * weight;
  }
  const double target =
      sum * sum / fanout - sum * sum / static_cast<double>(weights.size()) + squares;
  double factor = fanout / sum;
  for (int i = 0; i < kMostIterations; ++i) {
    double variance = 0;
    for (const double weight : weights) {
      variance += weight * weight / std::min(1.0, factor * weight);
    }
    factor *= variance / target;
    if (std::min(variance, target) >= (1 - kTolerance) * std::max(variance, target)) {
      break;
    }
  }
  return factor;
}

/// What the nodes of one relation pick.
template <typename Id>
class LaborPicker {
 public:
  LaborPicker(const detail::Candidates& candidates, std::int64_t fanout, RandomKey key)
      : candidates_(candidates),
        fanout_(fanout),
        key_(key),
        is_weighted_(candidates.weights.column.defined() && !candidates.weights.is_mask),
        indptr_(candidates.rows->indptr.const_data_ptr<std::int64_t>()),
        indices_(candidates.rows->indices.const_data_ptr<Id>()) {
    if (candidates.rows->edge_ids.defined()) {
      edge_ids_ = candidates.rows->edge_ids.const_data_ptr<Id>();
    }
    if (candidates.weights.column.defined()) {
      column_ = candidates.weights.column.contiguous();
    }
  }

  detail::Picks pick(const at::Tensor& nodes) {
    const Id* ids = nodes.const_data_ptr<Id>();
    detail::Picks picks{.offsets = at::empty({nodes.numel() + 1}, at::kLong)};
    auto* offsets = picks.offsets.mutable_data_ptr<std::int64_t>();
    offsets[0] = 0;
    for (std::int64_t i = 0; i < nodes.numel(); ++i) {
      pick_one(ids[i]);
      offsets[i + 1] = static_cast<std::int64_t>(neighbors_.size());
    }
    picks.neighbors = to_tensor(neighbors_, nodes.scalar_type());
    picks.edge_ids = to_tensor(edges_, nodes.scalar_type());
    return picks;
  }

  /// The picked edges' weights, float32; undefined if they are all alike.
  [[nodiscard]] at::Tensor edge_weights() const {
    return is_weighted_ ? to_tensor(edge_weights_, at::kFloat) : at::Tensor();
  }

 private:
  template <typename Value>
  static at::Tensor to_tensor(const std::vector<Value>& values, at::ScalarType type) {
    at::Tensor result = at::empty({static_cast<std::int64_t>(values.size())}, type);
    std::copy(values.begin(), values.end(), result.template mutable_data_ptr<Value>());
    return result;
  }

  [[nodiscard]] std::int64_t edge_at(std::int64_t position) const {
    return edge_ids_ == nullptr ? position : static_cast<std::int64_t>(edge_ids_[position]);
  }

  [[nodiscard]] double value_of(std::int64_t edge) const {
    switch (column_.scalar_type()) {
      case at::kFloat:
        return column_.const_data_ptr<float>()[edge];
      case at::kDouble:
        return column_.const_data_ptr<double>()[edge];
      default:  // a mask, of one byte an edge
        return static_cast<const std::int8_t*>(column_.const_data_ptr())[edge] != 0 ? 1 : 0;
    }
  }

  void load(Id node) {
    row_.positions.clear();
    row_.weights.clear();
    for (std::int64_t position = indptr_[node]; position < indptr_[node + 1]; ++position) {
      const double weight = column_.defined() ? value_of(edge_at(position)) : 1;
      if (!(weight >= 0) || std::isinf(weight)) {
        detail::fail_probability(candidates_.weights, edge_at(position), weight);
      }
      if (weight > 0) {
        row_.positions.push_back(position);
        row_.weights.push_back(weight);
      }
    }
  }

  void pick_one(Id node) {
    load(node);
    const auto count = static_cast<std::int64_t>(row_.positions.size());
    const bool takes_all = fanout_ < 0 || fanout_ >= count;
    if (count == 0 || fanout_ == 0) {
      return;
    }
    double factor = static_cast<double>(fanout_) / static_cast<double>(count);
    if (is_weighted_ && !takes_all) {
      factor = chance_factor(row_.weights, static_cast<double>(fanout_));
    }
    const std::size_t first = edge_weights_.size();
    for (std::size_t i = 0; i < row_.positions.size(); ++i) {
      const Id neighbor = indices_[row_.positions[i]];
      const double chance =
          takes_all ? 1.0 : std::min(1.0, factor * (is_weighted_ ? row_.weights[i] : 1.0));
      if (chance < 1 && key_.stream(static_cast<std::uint64_t>(neighbor)).uniform() >= chance) {
        continue;
      }
      neighbors_.push_back(neighbor);
      edges_.push_back(static_cast<Id>(edge_at(row_.positions[i])));
      if (is_weighted_) {
        edge_weights_.push_back(static_cast<float>(row_.weights[i] / chance));
      }
    }
    normalise(first);
  }

  /// Makes a node's edge weights, those from `first` on, 1 on average.
  void normalise(std::size_t first) {
    double sum = 0;
    for (std::size_t i = first; i < edge_weights_.size(); ++i) {
      sum += edge_weights_[i];
    }
    for (std::size_t i = first; i < edge_weights_.size(); ++i) {
      edge_weights_[i] *=
          static_cast<float>(static_cast<double>(edge_weights_.size() - first) / sum);
    }
  }

  const detail::Candidates& candidates_;
  std::int64_t fanout_;
  RandomKey key_;
  bool is_weighted_;
  const std::int64_t* indptr_;
  const Id* indices_;
  const Id* edge_ids_ = nullptr;
  at::Tensor column_;
  LaborRow row_;
  std::vector<Id> neighbors_;
  std::vector<Id> edges_;
  std::vector<float> edge_weights_;
};

/// `prob` as the probabilities or the mask that it is.
NeighborSamplerOptions pick_options(const Graph& graph, const LaborOptions& options) {
  bool is_mask = false;
  for (const GraphData::Relation& relation : graph.graph_data().relations) {
    is_mask |= !options.prob.empty() && relation.frame->contains(options.prob) &&
               !relation.frame->columns().at(options.prob)->peek().is_floating_point();
  }
  return {.edge_dir = options.edge_dir,
          .prob = is_mask ? std::string() : options.prob,
          .mask = is_mask ? options.prob : std::string()};
}

struct LaborPicks {
  std::vector<detail::Picks> picks;      ///< by relation
  std::vector<at::Tensor> edge_weights;  ///< by relation, undefined where there are none
};

template <typename Id>
LaborPicks pick_labors(const std::vector<detail::Candidates>& candidates,
                       const std::vector<at::Tensor>& nodes,
                       const std::vector<std::int64_t>& fanouts, const RandomKey& key) {
  LaborPicks result;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    LaborPicker<Id> picker(candidates[i], fanouts[i], key.fold_in(candidates[i].neighbor_type));
    result.picks.push_back(picker.pick(nodes[candidates[i].node_type]));
    result.edge_weights.push_back(picker.edge_weights());
  }
  return result;
}

}  // namespace

Graph sample_labors(const Graph& graph, const NodeIds& nodes, const Fanout& fanout,
                    const LaborOptions& options, const RandomKey& key) {
  const std::vector<detail::Candidates> candidates =
      detail::find_candidates(graph, pick_options(graph, options));
  const std::vector<at::Tensor> ids = detail::ids_by_type(graph, nodes, "sample_labors: nodes");
  const std::vector<std::int64_t> fanouts = fanout.resolve(graph);
  const LaborPicks labors = graph.idtype() == at::kInt
                                ? pick_labors<std::int32_t>(candidates, ids, fanouts, key)
                                : pick_labors<std::int64_t>(candidates, ids, fanouts, key);
  const Graph frontier =
      detail::make_frontier(graph, candidates, ids, labors.picks, options.edge_dir);
  for (std::size_t i = 0; i < labors.edge_weights.size(); ++i) {
    if (labors.edge_weights[i].defined()) {
      frontier.graph_data().relations[i].frame->set(kEdgeWeights, labors.edge_weights[i]);
    }
  }
  return frontier;
}

LaborSampler::LaborSampler(std::vector<Fanout> fanouts, LaborOptions options)
    : fanouts_(std::move(fanouts)), options_(std::move(options)) {
  check(!fanouts_.empty(), "fanouts: expected one for each layer, got none");
}

MiniBatch LaborSampler::sample(const Graph& graph, const NodeIds& seeds,
                               const RandomKey& key) const {
  return sample_excluding(graph, seeds, {}, key);
}

MiniBatch LaborSampler::sample_excluding(const Graph& graph, const NodeIds& seeds,
                                         const EdgeIds& excluded, const RandomKey& key) const {
  MiniBatch batch{.input_nodes = seeds, .output_nodes = seeds};
  for (std::size_t hop = 0; hop < fanouts_.size(); ++hop) {
    Graph frontier =
        exclude_edges(sample_labors(graph, batch.input_nodes, fanouts_[fanouts_.size() - 1 - hop],
                                    options_, options_.layer_dependency ? key : key.fold_in(hop)),
                      excluded);
    if (options_.edge_dir == EdgeDirection::kOut) {
      frontier = reverse(frontier, {.copy_edata = true});
    }
    const Graph block = to_block(frontier, batch.input_nodes);
    for (std::size_t i = 0; i < block.graph_data().relations.size(); ++i) {
      Frame& frame = *block.graph_data().relations[i].frame;
      const at::Tensor rows = frame.get(EID);
      frame.set(EID, frontier.graph_data().relations[i].frame->get(EID).index_select(0, rows));
    }
    NodeIds::Map nodes;
    for (const std::string& type : block.srctypes()) {
      nodes[seeds.contains("") ? "" : type] = block.srcnodes(type).data[NID].tensor();
    }
    batch.input_nodes = NodeIds(std::move(nodes));
    batch.blocks.insert(batch.blocks.begin(), block);
  }
  return batch;
}

void LaborSampler::prepare(const Graph& graph) const {
  static_cast<void>(detail::find_candidates(graph, pick_options(graph, options_)));
  for (const Fanout& fanout : fanouts_) {
    static_cast<void>(fanout.resolve(graph));
  }
}

}  // namespace grapevine::sampling
