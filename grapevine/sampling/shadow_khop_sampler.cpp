#include "grapevine/sampling/shadow_khop_sampler.h"

#include "grapevine/graph/transform/node_subgraph.h"

namespace grapevine::sampling {

ShaDowKHopSampler::ShaDowKHopSampler(std::vector<Fanout> fanouts, NeighborSamplerOptions options)
    : hops_(std::move(fanouts), std::move(options)) {}

MiniBatch ShaDowKHopSampler::sample(const Graph& graph, const NodeIds& seeds,
                                    const RandomKey& key) const {
  MiniBatch batch = hops_.sample(graph, seeds, key);
  batch.blocks = {node_subgraph(graph, batch.input_nodes)};
  return batch;
}

void ShaDowKHopSampler::prepare(const Graph& graph) const {
  hops_.prepare(graph);
  for (const CanonicalEtype& etype : graph.canonical_etypes()) {
    static_cast<void>(graph.adjacency(etype)->csr());
  }
}

}  // namespace grapevine::sampling
