#pragma once

#include "grapevine/ops/edge_index.h"
#include "grapevine/ops/message_ops.h"

namespace grapevine::ops {

/// Softmax of edge logits `[num_edges, *feature_shape]` over the edges that share a destination
/// (`norm_by = Target::kDst`) or a source (`Target::kSrc`), separately for each feature. Same shape
/// and dtype as the input; stable for large logits; differentiable twice; half precision is
/// computed in float32. Throws `Error` for a wrong number of rows, a dtype other than float32,
/// float64, bfloat16 and float16, or `Target::kEdge`. The operator `grapevine::edge_softmax(edges,
/// logits, "dst")`. Source: DGL's `dgl.ops.edge_softmax`; Veličković et al., 2018.
[[nodiscard]] at::Tensor edge_softmax(const EdgeIndexPtr& edges, const at::Tensor& logits,
                                      Target norm_by = Target::kDst);

}  // namespace grapevine::ops
