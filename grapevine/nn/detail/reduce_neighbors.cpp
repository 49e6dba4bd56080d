#include "grapevine/nn/detail/reduce_neighbors.h"

#include "grapevine/ops/spmm.h"

namespace grapevine::nn::detail {

at::Tensor reduce_neighbors(const ops::EdgeIndexPtr& edges, ops::Reduce reduce, const at::Tensor& h,
                            const at::Tensor& edge_weight) {
  const ops::Operand source{ops::Target::kSrc, h};
  return edge_weight.defined() ? ops::gspmm(edges, ops::BinaryOp::kMul, reduce, source,
                                            {ops::Target::kEdge, edge_weight})
                               : ops::gspmm(edges, ops::BinaryOp::kCopyLhs, reduce, source);
}

}  // namespace grapevine::nn::detail
