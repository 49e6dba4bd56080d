#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/graph/graph_types.h"
#include "grapevine/message/user_function.h"

namespace grapevine::detail {

/// The edges of one call of message passing: a relation, or some of its edges with the endpoints
/// that matter renumbered from 0, so that the cost does not depend on the size of the graph.
struct MessageScope {
  CanonicalEtype etype;
  AdjacencyPtr adjacency;
  FramePtr src;         ///< features of the source nodes, in the scope's numbering; never written
  FramePtr dst;         ///< of the destination nodes
  FramePtr edges;       ///< of the edges
  at::Tensor src_ids;   ///< the graph's ids `[num_src]`, or undefined for the whole relation
  at::Tensor dst_ids;   ///< likewise `[num_dst]`
  at::Tensor edge_ids;  ///< likewise `[num_edges]`
};

/// All of a relation.
[[nodiscard]] MessageScope whole_relation(const GraphData& graph,
                                          const GraphData::Relation& relation);

/// The edges `edge_ids` in the order given, and as destination nodes `receivers`, each once, or
/// those that the edges enter if undefined. Ids must be in range and every edge must enter one of
/// the receivers.
[[nodiscard]] MessageScope some_edges(const GraphData& graph, const GraphData::Relation& relation,
                                      const at::Tensor& edge_ids, const at::Tensor& receivers = {});

/// The rows `rows` of every feature of `frame`, gathered when read.
[[nodiscard]] FramePtr rows_of(const Frame& frame, const at::Tensor& rows);

/// Sets each feature for the rows `rows` (int64 or int32, in range), or for all rows if undefined.
/// A feature that is new is 0 in the other rows; throws `Error` if dtype or shape differ from those
/// of the column there is. Columns are replaced, never written into.
void store(Frame& frame, const at::Tensor& rows, const FeatureMap& features);

}  // namespace grapevine::detail
