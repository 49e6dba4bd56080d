#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/graph/graph.h"

namespace grapevine {

/// The largest eigenvalue of the normalised Laplacian `1 - D^-1/2 A D^-1/2` of each graph of a
/// batch: `[batch_size]`, float64; degrees count at least 1, a graph without nodes gives 0. In
/// `[0, 2]`, and 2 exactly for a graph with a bipartite part.
///
///     conv->forward_with_lambda_max(graph, feat, laplacian_lambda_max(graph));
///
/// By the Lanczos method on all graphs at once, from a fixed random start, until the error is below
/// 1e-8 or 512 steps are done; it is a lower bound then. Throws `Error` for a block, several node
/// types or relations, and for a graph that is not bi-directed: as many edges from v to u as from u
/// to v. O(steps * (nodes + edges)). Source: `dgl.laplacian_lambda_max`; Lanczos, 1950.
[[nodiscard]] at::Tensor laplacian_lambda_max(const Graph& graph);

}  // namespace grapevine
