#pragma once

#include <concepts>
#include <cstdint>
#include <utility>
#include <vector>

#include "grapevine/sampling/sample_neighbors.h"
#include "grapevine/sampling/sampler.h"

namespace grapevine::sampling {

/// Builds one block a layer by picking neighbours of the layer's output nodes (Hamilton et al.,
/// 2017).
///
///     NeighborSampler sampler({10, 5});   // 5 neighbours of each seed, then 10 of each of those
///     auto [input_nodes, output_nodes, blocks] = sampler.sample(graph, seeds, RandomKey(seed));
///
/// Fanouts stand from the input layer to the output layer, as the blocks do: `fanouts.back()` is
/// for the seeds. In each block the first sources are the destinations, in order; `srcdata()[NID]`,
/// `dstdata()[NID]` and `edata()[EID]` hold the ids of the sampled graph, and all its features come
/// along, gathered when first read. A seed that is given twice is two destinations that are sampled
/// separately; as a source it is the first.
///
/// With `EdgeDirection::kOut` a node aggregates over picked out-edges: block edges lead from the
/// neighbour to the node against the edge's direction, and relation (u, e, v) becomes (v, e, u).
/// `edata()[EID]` is the edge.
///
/// What is picked, and the errors, are those of `sample_neighbors`; the cost does not depend on the
/// graph's size. Source: `dgl.dataloading.NeighborSampler`.
class NeighborSampler : public Sampler {
 public:
  /// Throws `Error` for no fanout, a fanout below -1, or `prob` and `mask` together.
  explicit NeighborSampler(std::vector<Fanout> fanouts, NeighborSamplerOptions options = {});
  template <std::integral Count>
  explicit NeighborSampler(const std::vector<Count>& fanouts, NeighborSamplerOptions options = {})
      : NeighborSampler(std::vector<Fanout>(fanouts.begin(), fanouts.end()), std::move(options)) {}

  [[nodiscard]] MiniBatch sample(const Graph& graph, const NodeIds& seeds,
                                 const RandomKey& key) const override;
  [[nodiscard]] MiniBatch sample_excluding(const Graph& graph, const NodeIds& seeds,
                                           const EdgeIds& excluded,
                                           const RandomKey& key) const override;
  /// Makes the one format that is read, and checks the fanouts and every value of `prob` or `mask`.
  void prepare(const Graph& graph) const override;

  [[nodiscard]] const std::vector<Fanout>& fanouts() const { return fanouts_; }
  [[nodiscard]] const NeighborSamplerOptions& options() const { return options_; }

 private:
  std::vector<Fanout> fanouts_;
  NeighborSamplerOptions options_;
};

/// DGL's older name.
using MultiLayerNeighborSampler = NeighborSampler;

/// Takes every neighbour in each of `num_layers` layers. Throws `Error` for less than one layer.
/// Source: `dgl.dataloading.MultiLayerFullNeighborSampler`.
class MultiLayerFullNeighborSampler : public NeighborSampler {
 public:
  explicit MultiLayerFullNeighborSampler(std::int64_t num_layers,
                                         NeighborSamplerOptions options = {});
};

}  // namespace grapevine::sampling
