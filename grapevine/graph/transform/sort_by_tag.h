#pragma once

#include <string>

#include "grapevine/graph/graph.h"

namespace grapevine {

/// What a tag belongs to: the other endpoint of an edge, or the edge itself.
enum class TagType { kNode, kEdge };

struct SortByTagOptions {
  std::string tag_offset_name = "_TAG_OFFSET";  ///< the node feature that gets the offsets
  TagType tag_type = TagType::kNode;
};

/// The graph with the out-edges of each node grouped by the tag of their destinations (`tag`
/// `[num_dst_nodes]`) or by their own (`tag` `[num_edges]`): tags are int64 or int32 from 0 on.
/// Edges of one tag keep their order, and edge ids stay; only CSR, and with it `out_edges`, has the
/// new order.
///
/// `srcdata()["_TAG_OFFSET"]`, `[num_src_nodes, num_tags + 1]` in the graph's id type, tells the
/// groups: the out-edges of node v with tag t stand at `offset[v, t]` to `offset[v, t + 1] - 1`
/// among those of v. Features are shared.
///
/// Throws `Error` if the graph has not exactly one relation, and for a tag of another length,
/// dtype or device, negative ones, and ones so large that the offsets have more than 2^40 elements.
/// O(num_edges log num_edges + num_nodes * num_tags). Source: `dgl.sort_csr_by_tag`.
[[nodiscard]] Graph sort_csr_by_tag(const Graph& graph, const at::Tensor& tag,
                                    const SortByTagOptions& options = {});

/// The same for in-edges: `tag` belongs to sources or edges, CSC and `in_edges` are grouped, and
/// `dstdata()` has the offsets. Source: `dgl.sort_csc_by_tag`.
[[nodiscard]] Graph sort_csc_by_tag(const Graph& graph, const at::Tensor& tag,
                                    const SortByTagOptions& options = {});

}  // namespace grapevine
