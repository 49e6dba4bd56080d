#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "grapevine/graph/graph.h"
#include "grapevine/sampling/random_walk.h"
#include "grapevine/util/random.h"

namespace grapevine::sampling {

struct Node2vecOptions {
  double p = 1;  ///< above 1, walks rarely go straight back; below, often
  double q = 1;  ///< above 1, walks stay near where they were; below, they lead away
  /// An edge feature `[num_edges]` that multiplies an edge's chance: finite floats of 0 or more, or
  /// a mask; 0 is never chosen. By default all edges are alike.
  std::string prob = {};
};

/// Walks of second order (Grover and Leskovec, 2016), from each of `nodes` `[num_walks]` on. The
/// first step is that of `random_walk`; a later one, which came to its node from t, goes on to x
/// with a chance in proportion to 1/p if x is t, to 1 if there is an edge from x to t, and to 1/q
/// otherwise, times `prob`. A node without an edge to go along is the walk's end.
///
///     RandomWalks walks = node2vec_random_walk(g, nodes, 80, {.p = 0.25, .q = 4}, key);
///
/// On a graph whose edges all go both ways this is the paper's; otherwise the paper asks for an
/// edge from t to x. A node given twice starts two walks. Equal keys give equal walks for any
/// number of threads. Throws `Error` if the graph is not homogeneous, for a negative length, for p
/// or q that is not a positive number, for nodes out of range, and as `random_walk` does for
/// `prob`. A step costs a few looks through the shorter of two rows, at worst (and with `prob`) a
/// look at all of the node's edges. Source: `dgl.sampling.node2vec_random_walk`.
[[nodiscard]] RandomWalks node2vec_random_walk(const Graph& graph, const at::Tensor& nodes,
                                               std::int64_t walk_length,
                                               const Node2vecOptions& options,
                                               const RandomKey& key);

}  // namespace grapevine::sampling
