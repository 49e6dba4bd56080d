#pragma once

#include <cstdint>

#include "grapevine/sampling/sampler.h"

namespace grapevine::sampling {

/// How `SAINTSampler` draws the nodes of a subgraph.
enum class SAINTMode {
  kNode,  ///< nodes, each with a chance in proportion to its out-degree, at least 1
  kEdge,  ///< edges u -> v, each in proportion to 1 / out-degree(u) + 1 / in-degree(v); their ends
  kWalk,  ///< the nodes on random walks along out-edges from nodes drawn uniformly
};

struct SAINTOptions {
  SAINTMode mode = SAINTMode::kNode;
  std::int64_t budget = 0;       ///< draws with replacement of nodes, edges or walks' first nodes
  std::int64_t walk_length = 0;  ///< steps of a walk; for `kWalk` alone
};

/// Gives subgraphs for training without seeds (Zeng et al., 2020, GraphSAINT): some nodes, drawn as
/// `mode` says, and every edge between them.
///
///     SAINTSampler sampler({.mode = SAINTMode::kNode, .budget = 6000});
///     dataloading::DataLoader loader(graph, at::arange(1000), sampler);   // 1000 subgraphs
///
/// The seeds count batches and are not looked at. `blocks` holds one graph, not a block, whose
/// nodes are `input_nodes` and `output_nodes`: those drawn, once each, by ascending id. `NID` and
/// `EID` hold the ids of the sampled graph, and all its features come along, gathered when first
/// read. Estimates that make up for the uneven chances (the paper's normalisation) are the
/// trainer's. Draws are O(budget) on graphs that have not mostly isolated nodes. Source:
/// `dgl.dataloading.SAINTSampler`.
class SAINTSampler : public Sampler {
 public:
  /// Throws `Error` for a budget below 1, and for a negative length of walks.
  explicit SAINTSampler(SAINTOptions options);

  /// Throws `Error` for a block, a graph that is not homogeneous, has no nodes, or with `kEdge` no
  /// edges.
  [[nodiscard]] MiniBatch sample(const Graph& graph, const NodeIds& seeds,
                                 const RandomKey& key) const override;
  /// What is drawn does not change; the subgraph lacks the edges.
  [[nodiscard]] MiniBatch sample_excluding(const Graph& graph, const NodeIds& seeds,
                                           const EdgeIds& excluded,
                                           const RandomKey& key) const override;
  /// Makes the formats that are read.
  void prepare(const Graph& graph) const override;

  [[nodiscard]] const SAINTOptions& options() const { return options_; }

 private:
  SAINTOptions options_;
};

}  // namespace grapevine::sampling
