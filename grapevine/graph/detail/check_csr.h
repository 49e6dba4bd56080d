#pragma once

#include <cstdint>

#include "grapevine/graph/adjacency.h"
#include "grapevine/ops/edge_index.h"

namespace grapevine::detail {

/// Checks a grouping of edges that somebody else made: offsets `[num_rows + 1]` int64 from 0 to the
/// number of edges without a decrease, ids below `num_columns`, and edge ids, where given, that are
/// a permutation. Throws `Error` that begins with `name`. O(rows + edges).
void check_csr(const ops::Csr& csr, const char* name, std::int64_t num_rows,
               std::int64_t num_columns);

/// Throws `Error` unless all formats, each well-formed, hold the same edges. O(edges).
void check_formats_agree(const AdjacencyParts& parts);

/// Whether `csr` holds the edges of which `rows` and `columns` are the ends in the order of ids, in
/// plain ATen, for devices other than the CPU.
[[nodiscard]] bool agree_with_aten(const ops::Csr& csr, const at::Tensor& rows,
                                   const at::Tensor& columns);

}  // namespace grapevine::detail
