#include "grapevine/graph/detail/parallel_edges.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/ones.h>

namespace grapevine::detail {

ParallelEdges group_parallel_edges(const EdgePair& edges) {
  const std::int64_t num_edges = edges.src.numel();
  const at::Tensor by_dst = edges.dst.argsort(/*stable=*/true);
  const at::Tensor order =
      by_dst.index_select(0, edges.src.index_select(0, by_dst).argsort(/*stable=*/true));
  const at::Tensor src = edges.src.index_select(0, order);
  const at::Tensor dst = edges.dst.index_select(0, order);
  at::Tensor starts = at::ones({num_edges}, src.options().dtype(at::kBool));
  if (num_edges > 1) {
    const std::int64_t rest = num_edges - 1;
    starts.narrow(0, 1, rest)
        .copy_(src.narrow(0, 1, rest).ne(src.narrow(0, 0, rest)) |
               dst.narrow(0, 1, rest).ne(dst.narrow(0, 0, rest)));
  }
  const at::Tensor positions = starts.nonzero().squeeze(1);
  ParallelEdges result{at::empty_like(order), order.index_select(0, positions), {}};
  result.group.index_copy_(0, order, starts.cumsum(0) - 1);
  result.counts = at::cat({positions, positions.new_full({1}, num_edges)}).diff();
  return result;
}

}  // namespace grapevine::detail
