#include "grapevine/ops/segment_softmax.h"

#include "grapevine/ops/detail/edge_softmax_coo.h"
#include "grapevine/ops/detail/feature_dtype.h"
#include "grapevine/ops/detail/operator.h"
#include "grapevine/ops/detail/segment_index.h"
#include "grapevine/ops/detail/traced.h"
#include "grapevine/ops/edge_softmax.h"
#include "grapevine/util/error.h"

namespace grapevine::ops {
namespace {

at::Tensor segment_softmax_composite(const at::Tensor& lengths, const at::Tensor& values) {
  if (detail::is_traced(values)) {
    return detail::edge_softmax_coo(detail::segment_edges("segment_softmax", lengths, values),
                                    values, "dst");
  }
  const EdgeIndexPtr segments = detail::SegmentIndex::make("segment_softmax", lengths, values);
  check(detail::is_feature_dtype(values.scalar_type()),
        "segment_softmax: values must be {}, got {}", detail::kFeatureDtypes,
        at::toString(values.scalar_type()));
  return edge_softmax(segments, values);
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  library.def("segment_softmax(Tensor lengths, Tensor values) -> Tensor",
              segment_softmax_composite);
}

}  // namespace

at::Tensor segment_softmax(const at::Tensor& lengths, const at::Tensor& values) {
  static const auto handle =
      detail::find_operator<decltype(segment_softmax_composite)>("grapevine::segment_softmax");
  return handle.call(lengths, values);
}

}  // namespace grapevine::ops
