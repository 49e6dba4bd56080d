#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "grapevine/sampling/negative_sampler.h"
#include "grapevine/sampling/sampler.h"

namespace grapevine::sampling {

/// Which edges a batch of edges must not see.
enum class Exclude {
  kNone,
  kSelf,          ///< those of the batch
  kReverseId,     ///< and their reverses, whose ids are `reverse_eids`
  kReverseTypes,  ///< and those of the same ids in the relations `reverse_etypes`
};

/// How edges are made into a batch.
struct EdgePredictionOptions {
  Exclude exclude = Exclude::kNone;
  /// The id of the reverse of each edge, `[num_edges]` by relation.
  EdgeIds reverse_eids = {};
  /// Relations and those that hold their reverses, under the same ids.
  std::vector<std::pair<EtypeKey, EtypeKey>> reverse_etypes = {};
  /// Pairs of nodes that stand for missing edges; none if null.
  std::shared_ptr<const NegativeSampler> negative_sampler = nullptr;
};

/// The edges that a batch of the edges `seeds` must not see, in the order of `canonical_etypes`.
/// Throws `Error` for unknown relations, for ids that `reverse_eids` does not map, and for
/// relations that it lacks. Source: `dgl.dataloading.find_exclude_eids`.
[[nodiscard]] EdgeIds find_exclude_eids(const Graph& graph, const EdgesByRelation& seeds,
                                        const EdgePredictionOptions& options);

/// What one batch of edges needs.
struct EdgeMiniBatch {
  NodeIds input_nodes;  ///< sources of `blocks.front()`
  /// The edges alone, over the endpoints of them and of the negative pairs, which are the
  /// destinations of `blocks.back()`, in order. `NID` and `EID` hold ids of the sampled graph;
  /// edges come in the order given, features gathered when read.
  Graph pair_graph;
  std::optional<Graph> negative_graph;  ///< the negative pairs, over the same nodes; `NID` only
  std::vector<Graph> blocks;            ///< from the input layer to the output layer
};

/// Makes a sampler for nodes one for edges: to classify them, or to predict them against negative
/// pairs.
///
///     EdgePredictionSampler sampler(
///         NeighborSampler({10, 5}),
///         {.exclude = Exclude::kSelf, .negative_sampler = std::make_shared<PerSourceUniform>(5)});
///     auto [input_nodes, pair_graph, negative_graph, blocks] = sampler.sample(g, eids, key);
///
/// Scores of edges are `u_dot_v` on the two pair graphs, with the output of the last layer on
/// their nodes. Source: `dgl.dataloading.as_edge_prediction_sampler`.
class EdgePredictionSampler {
 public:
  explicit EdgePredictionSampler(std::shared_ptr<const Sampler> sampler,
                                 EdgePredictionOptions options = {});
  /// The same with the sampler itself.
  template <std::derived_from<Sampler> SamplerType>
  explicit EdgePredictionSampler(SamplerType sampler, EdgePredictionOptions options = {})
      : EdgePredictionSampler(
            std::shared_ptr<const Sampler>(std::make_shared<SamplerType>(std::move(sampler))),
            std::move(options)) {}

  /// The batch of the edges `seeds`. Threads may call this at once; equal arguments give equal
  /// batches. Throws `Error` for edge ids that are not the graph's.
  [[nodiscard]] EdgeMiniBatch sample(const Graph& graph, const EdgeIds& seeds,
                                     const RandomKey& key) const;
  /// Called once before an epoch: makes the formats that are read.
  void prepare(const Graph& graph) const;

  [[nodiscard]] const EdgePredictionOptions& options() const { return options_; }

 private:
  std::shared_ptr<const Sampler> sampler_;
  EdgePredictionOptions options_;
};

}  // namespace grapevine::sampling
