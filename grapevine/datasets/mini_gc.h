#pragma once

#include <cstdint>

#include "grapevine/datasets/graph_classification.h"

namespace grapevine::datasets {

/// How many graphs are generated, and how large.
struct MiniGcOptions {
  std::int64_t num_graphs = 800;  ///< 8 or more
  std::int64_t min_num_v = 10;    ///< nodes of a graph at least; 6 or more
  std::int64_t max_num_v = 20;    ///< nodes of a graph are fewer; 1,000 or less
  std::uint64_t seed = 0;
};

/// Generates graphs of eight shapes, to be told apart: 0 cycle, 1 star, 2 wheel, 3 lollipop (a
/// clique with a path hanging from it), 4 hypercube, 5 grid, 6 clique, 7 circular ladder. An eighth
/// of the graphs each, shape after shape; the last gets what remains. Registered as "mini-gc".
///
/// Sizes are uniform in `[min_num_v, max_num_v)`, before a shape takes the nearest that it can have
/// below. Every edge is there in both directions, and every node has a self-loop, after the others.
/// `ndata()` "feat": the in-degrees one-hot, float32. The same options give the same data. Throws
/// `Error` for options out of range. Source: DGL's `MiniGCDataset`, from other random numbers.
[[nodiscard]] GraphClassificationDataset mini_gc(const MiniGcOptions& options = {});

}  // namespace grapevine::datasets
