#include "grapevine/sampling/shadow_khop_sampler.h"

#include "grapevine/graph/transform/node_subgraph.h"
#include "grapevine/sampling/exclude_edges.h"

namespace grapevine::sampling {

ShaDowKHopSampler::ShaDowKHopSampler(std::vector<Fanout> fanouts, NeighborSamplerOptions options)
    : hops_(std::move(fanouts), std::move(options)) {}

MiniBatch ShaDowKHopSampler::sample(const Graph& graph, const NodeIds& seeds,
                                    const RandomKey& key) const {
  return sample_excluding(graph, seeds, {}, key);
}

MiniBatch ShaDowKHopSampler::sample_excluding(const Graph& graph, const NodeIds& seeds,
                                              const EdgeIds& excluded, const RandomKey& key) const {
  MiniBatch batch = hops_.sample_excluding(graph, seeds, excluded, key);
  batch.blocks = {exclude_edges(node_subgraph(graph, batch.input_nodes), excluded)};
  return batch;
}

void ShaDowKHopSampler::prepare(const Graph& graph) const {
  hops_.prepare(graph);
  for (const CanonicalEtype& etype : graph.canonical_etypes()) {
    static_cast<void>(graph.adjacency(etype)->csr());
  }
}

}  // namespace grapevine::sampling
