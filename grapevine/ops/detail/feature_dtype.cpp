#include "grapevine/ops/detail/feature_dtype.h"

#include <ATen/autocast_mode.h>

namespace grapevine::ops::detail {

bool is_feature_dtype(at::ScalarType dtype) {
  return dtype == at::kFloat || dtype == at::kDouble || dtype == at::kBFloat16 ||
         dtype == at::kHalf;
}

bool is_half(const at::Tensor& tensor) {
  return tensor.defined() &&
         (tensor.scalar_type() == at::kBFloat16 || tensor.scalar_type() == at::kHalf);
}

at::Tensor widened(const at::Tensor& tensor) {
  return is_half(tensor) ? tensor.to(at::kFloat) : tensor;
}

void promote_under_autocast(at::Tensor& lhs, at::Tensor& rhs) {
  if (!lhs.defined() || !rhs.defined() || lhs.scalar_type() == rhs.scalar_type() ||
      !at::autocast::is_autocast_enabled(lhs.device().type())) {
    return;
  }
  const at::ScalarType dtype = c10::promoteTypes(lhs.scalar_type(), rhs.scalar_type());
  lhs = lhs.to(dtype);
  rhs = rhs.to(dtype);
}

at::Tensor rounded_to(at::ScalarType dtype, const at::Tensor& tensor) {
  return tensor.scalar_type() == dtype ? tensor : tensor.to(dtype);
}

}  // namespace grapevine::ops::detail
