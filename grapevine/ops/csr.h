#pragma once

#include "grapevine/ops/edge_index.h"

namespace grapevine::ops {

/// Groups edges by `rows`, keeping the order of ids within a row (a stable counting sort,
/// O(num_rows + edges)). `rows` and `columns` are `[num_edges]`, int64 or int32; the result has an
/// int64 `indptr` and, in `indices` and `edge_ids`, the type of the input. `edge_ids` is undefined
/// when `rows` was sorted already; `indices` is then `columns` itself. Throws `Error` for other
/// dtypes, different lengths or devices, and rows outside `[0, num_rows)`. The operator
/// `grapevine::coo_to_csr`, whose edge ids are None when `rows` was sorted.
[[nodiscard]] Csr coo_to_csr(const at::Tensor& rows, const at::Tensor& columns,
                             std::int64_t num_rows);

/// The edges of `csr` in the order of their ids: `rows` is `src` of the result and `indices` its
/// `dst`.
[[nodiscard]] Coo csr_to_coo(const Csr& csr);

/// How often each of `0 .. num_rows - 1` occurs in `rows`: `[num_rows]` in the type of `rows`.
[[nodiscard]] at::Tensor count_rows(const at::Tensor& rows, std::int64_t num_rows);

}  // namespace grapevine::ops
