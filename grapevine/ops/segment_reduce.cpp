#include "grapevine/ops/segment_reduce.h"

#include "grapevine/ops/detail/feature_dtype.h"
#include "grapevine/ops/detail/message_name.h"
#include "grapevine/ops/detail/operator.h"
#include "grapevine/ops/detail/segment_index.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::ops {
namespace {

at::Tensor segment_reduce_composite(const at::Tensor& lengths, const at::Tensor& values,
                                    std::string_view reduce) {
  const EdgeIndexPtr segments = detail::SegmentIndex::make("segment_reduce", lengths, values);
  check(detail::is_feature_dtype(values.scalar_type()), "segment_reduce: values must be {}, got {}",
        detail::kFeatureDtypes, at::toString(values.scalar_type()));
  return gspmm(segments, BinaryOp::kCopyLhs, detail::parse_reduce(reduce), {Target::kEdge, values});
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  library.def("segment_reduce(Tensor lengths, Tensor values, str reduce=\"sum\") -> Tensor",
              segment_reduce_composite);
}

}  // namespace

at::Tensor segment_reduce(const at::Tensor& lengths, const at::Tensor& values, Reduce reduce) {
  static const auto handle =
      detail::find_operator<decltype(segment_reduce_composite)>("grapevine::segment_reduce");
  return handle.call(lengths, values, name(reduce));
}

}  // namespace grapevine::ops
