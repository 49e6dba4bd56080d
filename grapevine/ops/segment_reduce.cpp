#include "grapevine/ops/segment_reduce.h"

#include <fmt/format.h>

#include <optional>

#include "grapevine/ops/detail/feature_dtype.h"
#include "grapevine/ops/detail/message_coo.h"
#include "grapevine/ops/detail/message_name.h"
#include "grapevine/ops/detail/operator.h"
#include "grapevine/ops/detail/segment_index.h"
#include "grapevine/ops/detail/traced.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::ops {
namespace {

void check_weight(const at::Tensor& values, const at::Tensor& weight) {
  check(weight.dim() == values.dim() && weight.size(0) == values.size(0),
        "segment_reduce: weight: expected the {} rows and {} dimensions of values, got shape [{}]",
        values.size(0), values.dim(), fmt::join(weight.sizes(), ", "));
}

at::Tensor segment_reduce_composite(const at::Tensor& lengths, const at::Tensor& values,
                                    std::string_view reduce,
                                    const std::optional<at::Tensor>& weight) {
  if (detail::is_traced(values)) {
    return detail::gspmm_coo(detail::segment_edges("segment_reduce", lengths, values), "copy_e",
                             reduce, weight ? values.mul(*weight) : values, {});
  }
  const EdgeIndexPtr segments = detail::SegmentIndex::make("segment_reduce", lengths, values);
  check(detail::is_feature_dtype(values.scalar_type()), "segment_reduce: values must be {}, got {}",
        detail::kFeatureDtypes, at::toString(values.scalar_type()));
  const Operand lhs{Target::kEdge, values};
  if (!weight) {
    return gspmm(segments, BinaryOp::kCopyLhs, detail::parse_reduce(reduce), lhs);
  }
  check_weight(values, *weight);
  return gspmm(segments, BinaryOp::kMul, detail::parse_reduce(reduce), lhs,
               {Target::kEdge, *weight});
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  library.def(
      "segment_reduce(Tensor lengths, Tensor values, str reduce=\"sum\", Tensor? weight=None) -> "
      "Tensor",
      segment_reduce_composite);
}

}  // namespace

at::Tensor segment_reduce(const at::Tensor& lengths, const at::Tensor& values, Reduce reduce,
                          const at::Tensor& weight) {
  static const auto handle =
      detail::find_operator<decltype(segment_reduce_composite)>("grapevine::segment_reduce");
  return handle.call(lengths, values, name(reduce),
                     weight.defined() ? std::optional<at::Tensor>(weight) : std::nullopt);
}

}  // namespace grapevine::ops
