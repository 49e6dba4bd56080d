#include "grapevine/ops/segment_softmax.h"

#include "grapevine/ops/detail/segment_index.h"
#include "grapevine/ops/edge_softmax.h"
#include "grapevine/util/error.h"

namespace grapevine::ops {

at::Tensor segment_softmax(const at::Tensor& lengths, const at::Tensor& values) {
  const EdgeIndexPtr segments = detail::SegmentIndex::make("segment_softmax", lengths, values);
  check(values.scalar_type() == at::kFloat || values.scalar_type() == at::kDouble,
        "segment_softmax: values must be float32 or float64, got {}",
        at::toString(values.scalar_type()));
  return edge_softmax(segments, values);
}

}  // namespace grapevine::ops
