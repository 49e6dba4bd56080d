#include "grapevine/graph/detail/row_edges.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

namespace grapevine::detail {

RowEdges edges_of_rows(const ops::Csr& csr, const at::Tensor& nodes) {
  const at::Tensor starts = csr.indptr.index_select(0, nodes);
  const at::Tensor counts = csr.indptr.index_select(0, nodes + 1) - starts;
  const at::Tensor query =
      at::arange(nodes.numel(), csr.indptr.options()).repeat_interleave(counts);
  const at::Tensor first = counts.cumsum(0) - counts;
  const at::Tensor positions = at::arange(query.numel(), csr.indptr.options()) -
                               first.index_select(0, query) + starts.index_select(0, query);
  at::Tensor ids = csr.edge_ids.defined() ? csr.edge_ids.index_select(0, positions)
                                          : positions.to(csr.indices.scalar_type());
  at::Tensor rows = nodes.index_select(0, query);
  at::Tensor others = csr.indices.index_select(0, positions);
  return {query, std::move(rows), std::move(others), std::move(ids)};
}

}  // namespace grapevine::detail
