#pragma once

#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/graph/transform/edge_subgraph.h"
#include "grapevine/util/random.h"

namespace grapevine::sampling {

/// What one batch of seeds needs: the message flow graphs, from the input layer to the output
/// layer. `input_nodes` are the sources of `blocks.front()`, `output_nodes` the seeds.
struct MiniBatch {
  NodeIds input_nodes;
  NodeIds output_nodes;
  std::vector<Graph> blocks;
};

/// How to get from seed nodes to blocks. To write one, derive from this, implement `sample`, and
/// hand it to a `dataloading::DataLoader`. Source: `dgl.dataloading.Sampler`.
class Sampler {
 public:
  Sampler() = default;
  virtual ~Sampler() = default;

  /// The blocks of `seeds`. Several threads call this at once on one sampler and one graph, so it
  /// must keep no state and draw only from `key`: equal arguments give equal blocks.
  [[nodiscard]] virtual MiniBatch sample(const Graph& graph, const NodeIds& seeds,
                                         const RandomKey& key) const = 0;

  /// The same on a graph that lacks the edges `excluded` (ids by relation; ids that no edge has are
  /// ignored): what is picked is picked as by `sample`, then these edges are left out, and nothing
  /// is picked in their place. For the prediction of edges, which must not be seen. By default
  /// throws `Error`.
  [[nodiscard]] virtual MiniBatch sample_excluding(const Graph& graph, const NodeIds& seeds,
                                                   const EdgeIds& excluded,
                                                   const RandomKey& key) const;

  /// Called once before an epoch: makes the formats that `sample` will read, so that no worker
  /// waits for another, and checks what can be checked at once. By default makes all formats.
  virtual void prepare(const Graph& graph) const { graph.create_formats_(); }

 protected:
  Sampler(const Sampler&) = default;
  Sampler& operator=(const Sampler&) = default;
};

}  // namespace grapevine::sampling
