#pragma once

#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include "grapevine/sampling/sample_neighbors.h"
#include "grapevine/sampling/sampler.h"

namespace grapevine::sampling {

struct LaborOptions {
  EdgeDirection edge_dir = EdgeDirection::kIn;
  /// An edge feature `[num_edges]`: finite floats of 0 or more, to which the chance of an edge is
  /// in proportion, or a mask; 0 is never picked. A relation without it is sampled uniformly.
  std::string prob = {};
  /// Whether all layers of a sampler draw one number for a node rather than one each.
  bool layer_dependency = false;
};

/// The graph of picked edges over all nodes of `graph`, as `sample_neighbors` gives it, where nodes
/// pick `fanout` edges on average. There is one random number for each neighbour, whoever looks at
/// it: an edge is picked if the number is below the edge's chance, so that nodes tend to pick the
/// same neighbours and a batch needs fewer of them (Balin and Catalyurek, 2023, LABOR-0). A node
/// with no more than `fanout` candidates picks all, and so does -1.
///
/// Of relations with floats in `prob`, `edata()["edge_weights"]` `[num_picked]` makes up for the
/// uneven chances; those of a node are 1 on average, so a mean can be weighted by them. Their
/// chances give each node's mean the variance of `fanout` uniform picks (equation 22).
///
/// Throws `Error` as `sample_neighbors` does. O(degrees of the nodes). Source:
/// `dgl.sampling.sample_labors` without importance sampling.
[[nodiscard]] Graph sample_labors(const Graph& graph, const NodeIds& nodes, const Fanout& fanout,
                                  const LaborOptions& options, const RandomKey& key);

/// Builds one block a layer from `sample_labors`; otherwise as `NeighborSampler`. Source:
/// `dgl.dataloading.LaborSampler`.
class LaborSampler : public Sampler {
 public:
  /// Throws `Error` for no fanout.
  explicit LaborSampler(std::vector<Fanout> fanouts, LaborOptions options = {});
  template <std::integral Count>
  explicit LaborSampler(const std::vector<Count>& fanouts, LaborOptions options = {})
      : LaborSampler(std::vector<Fanout>(fanouts.begin(), fanouts.end()), std::move(options)) {}

  [[nodiscard]] MiniBatch sample(const Graph& graph, const NodeIds& seeds,
                                 const RandomKey& key) const override;
  [[nodiscard]] MiniBatch sample_excluding(const Graph& graph, const NodeIds& seeds,
                                           const EdgeIds& excluded,
                                           const RandomKey& key) const override;
  /// Makes the one format that is read, and checks the fanouts.
  void prepare(const Graph& graph) const override;

 private:
  std::vector<Fanout> fanouts_;
  LaborOptions options_;
};

}  // namespace grapevine::sampling
