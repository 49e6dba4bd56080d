#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "grapevine/graph/graph.h"

namespace grapevine::detail {

/// One relation of a block that is being made, and where its edges come from.
struct BlockRelation {
  CanonicalEtype type;
  AdjacencyPtr adjacency;
  FramePtr parent_edges;
  at::Tensor edge_ids;  ///< `[num_edges]`, in the parent's relation, or undefined
  /// Without `edge_ids`: they are `ids_by_position[positions]`, gathered when first read.
  at::Tensor positions = {};
  at::Tensor ids_by_position = {};
};

/// A block that is being made; node types are those of the parent, in its order.
struct BlockParts {
  std::vector<at::Tensor> src_nodes;  ///< the parent's ids of each source row, by type
  std::vector<at::Tensor> dst_nodes;  ///< the parent's ids of each destination row, by type
  std::vector<BlockRelation> relations;
};

/// The block, with `NID`, `EID` and all features of the parent, lazily sliced.
[[nodiscard]] Graph assemble_block(const Graph& parent, const BlockParts& parts);

}  // namespace grapevine::detail
