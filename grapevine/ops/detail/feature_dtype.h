#pragma once

#include <ATen/core/Tensor.h>

// What features may be made of, and the precision in which operators compute.
namespace grapevine::ops::detail {

/// For messages: the dtypes that `is_feature_dtype` accepts.
inline constexpr const char* kFeatureDtypes = "float32, float64, bfloat16 or float16";
[[nodiscard]] bool is_feature_dtype(at::ScalarType dtype);

/// Whether values are stored in half of the precision in which operators compute.
[[nodiscard]] bool is_half(const at::Tensor& tensor);

/// `tensor` in float32 if it is stored in half precision, else itself; undefined stays undefined.
/// Differentiable.
[[nodiscard]] at::Tensor widened(const at::Tensor& tensor);

/// Under `Autocast` on their device, brings two tensors of different dtypes to the wider one, as
/// torch's own operators do; else, and if either is undefined, leaves them alone. Differentiable.
void promote_under_autocast(at::Tensor& lhs, at::Tensor& rhs);

/// `tensor` in `dtype`: itself if it is. Differentiable.
[[nodiscard]] at::Tensor rounded_to(at::ScalarType dtype, const at::Tensor& tensor);

}  // namespace grapevine::ops::detail
