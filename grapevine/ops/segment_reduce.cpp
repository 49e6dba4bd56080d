#include "grapevine/ops/segment_reduce.h"

#include "grapevine/ops/detail/segment_index.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::ops {

at::Tensor segment_reduce(const at::Tensor& lengths, const at::Tensor& values, Reduce reduce) {
  const EdgeIndexPtr segments = detail::SegmentIndex::make("segment_reduce", lengths, values);
  check(values.scalar_type() == at::kFloat || values.scalar_type() == at::kDouble,
        "segment_reduce: values must be float32 or float64, got {}",
        at::toString(values.scalar_type()));
  return gspmm(segments, BinaryOp::kCopyLhs, reduce, {Target::kEdge, values});
}

}  // namespace grapevine::ops
