#pragma once

#include <concepts>
#include <utility>
#include <vector>

#include "grapevine/sampling/neighbor_sampler.h"

namespace grapevine::sampling {

/// Picks neighbours from the seeds outwards, one fanout a hop, and gives the subgraph of all nodes
/// that were reached with every edge between them (Zeng et al., 2021). A model of any depth then
/// runs on this one graph, and its rows for the seeds come first.
///
///     ShaDowKHopSampler sampler({10, 5});   // 5 neighbours of each seed, then 10 of each node
///     auto [input_nodes, output_nodes, blocks] = sampler.sample(graph, seeds, RandomKey(seed));
///     at::Tensor logits = model(blocks[0]).narrow(0, 0, output_nodes.num_ids());
///
/// `blocks` holds one graph, not a block, whose nodes are `input_nodes`: of each type the seeds, in
/// order, then others by discovery. `NID` and `EID` hold the ids of the sampled graph, and all its
/// features come along, gathered when first read. A seed that is given twice is two nodes; in-edges
/// go to the first. Hops, picks, options and errors are those of `NeighborSampler`, and
/// `fanouts.back()` is for the seeds. O(out-degrees of the nodes reached). Source:
/// `dgl.dataloading.ShaDowKHopSampler`.
class ShaDowKHopSampler : public Sampler {
 public:
  /// Throws `Error` for no fanout, a fanout below -1, or `prob` and `mask` together.
  explicit ShaDowKHopSampler(std::vector<Fanout> fanouts, NeighborSamplerOptions options = {});
  template <std::integral Count>
  explicit ShaDowKHopSampler(const std::vector<Count>& fanouts, NeighborSamplerOptions options = {})
      : ShaDowKHopSampler(std::vector<Fanout>(fanouts.begin(), fanouts.end()), std::move(options)) {
  }

  [[nodiscard]] MiniBatch sample(const Graph& graph, const NodeIds& seeds,
                                 const RandomKey& key) const override;
  /// The subgraph lacks these edges, too.
  [[nodiscard]] MiniBatch sample_excluding(const Graph& graph, const NodeIds& seeds,
                                           const EdgeIds& excluded,
                                           const RandomKey& key) const override;
  /// Makes the formats that are read, and checks the fanouts and every value of `prob` or `mask`.
  void prepare(const Graph& graph) const override;

  [[nodiscard]] const std::vector<Fanout>& fanouts() const { return hops_.fanouts(); }
  [[nodiscard]] const NeighborSamplerOptions& options() const { return hops_.options(); }

 private:
  NeighborSampler hops_;
};

}  // namespace grapevine::sampling
