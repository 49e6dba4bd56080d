#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/ops/edge_index.h"

namespace grapevine::detail {

/// The edges of some rows of a CSR or CSC, row after row.
struct RowEdges {
  at::Tensor query;     ///< position of the row in the question, int64
  at::Tensor rows;      ///< the row's node
  at::Tensor others;    ///< the other endpoint
  at::Tensor edge_ids;  ///< in the id type
};

/// The edges of the rows `nodes` `[n]`, which are in range; on any device.
[[nodiscard]] RowEdges edges_of_rows(const ops::Csr& csr, const at::Tensor& nodes);

}  // namespace grapevine::detail
