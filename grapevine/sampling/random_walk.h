#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/util/random.h"

namespace grapevine::sampling {

struct RandomWalkOptions {
  /// An edge feature `[num_edges]` by which steps are chosen: finite floats of 0 or more, or a
  /// mask; 0 is never chosen. A relation without it is walked uniformly.
  std::string prob = {};
  /// The probability to end before each step, one for each; undefined for none.
  at::Tensor restart_prob = {};
};

/// Walks, one for each start. What comes after a walk's end is -1.
struct RandomWalks {
  at::Tensor traces;                ///< `[num_walks, length + 1]`, nodes
  at::Tensor eids;                  ///< `[num_walks, length]`, the edges between them
  std::vector<std::int64_t> types;  ///< `length + 1` positions of the nodes' types in `ntypes`
};

/// Walks along relations, from each of `nodes` `[num_walks]` on: step i goes along an edge of
/// `metapath[i]` that leaves the node, chosen uniformly or by `prob`; a node without one is the
/// walk's end.
///
///     RandomWalks walks = random_walk(g, users, {"follows", "buys", "bought-by"}, {}, key);
///
/// A node given twice starts two walks. Equal keys give equal walks for any number of threads.
/// Throws `Error` for relations that do not follow each other, for nodes that are not of the type
/// where the first begins, for probabilities of steps that are not one for each step or not in
/// [0, 1], and as `sample_neighbors` does. O(steps), with `prob` O(degrees on the way). Source:
/// `dgl.sampling.random_walk`.
[[nodiscard]] RandomWalks random_walk(const Graph& graph, const at::Tensor& nodes,
                                      const std::vector<EtypeKey>& metapath,
                                      const RandomWalkOptions& options, const RandomKey& key);

}  // namespace grapevine::sampling
