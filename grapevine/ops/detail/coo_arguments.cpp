#include "grapevine/ops/detail/coo_arguments.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <cstddef>

namespace grapevine::ops::detail {

c10::SymInt CooArguments::num_rows(Target target) const {
  switch (target) {
    case Target::kSrc:
      return num_src;
    case Target::kDst:
      return num_dst;
    case Target::kEdge:
      break;
  }
  return src.sym_size(0);
}

at::Tensor CooArguments::row_ids(Target target) const {
  switch (target) {
    case Target::kSrc:
      return src.to(at::kLong);
    case Target::kDst:
      return dst.to(at::kLong);
    case Target::kEdge:
      break;
  }
  return at::arange(src.sym_size(0), src.options().dtype(at::kLong));
}

at::Tensor CooArguments::inverse_degrees(Target target, const at::Tensor& like) const {
  const at::Tensor ones = at::ones_symint({src.sym_size(0)}, like.options());
  const at::Tensor degrees = at::zeros_symint({num_rows(target)}, like.options());
  SymShape shape(static_cast<std::size_t>(like.dim()), 1);
  shape[0] = num_rows(target);
  return degrees.index_add(0, row_ids(target), ones).clamp_min(1).reciprocal().view_symint(shape);
}

SymShape sym_feature_shape(const at::Tensor& tensor) {
  const c10::SymIntArrayRef sizes = tensor.sym_sizes();
  return {sizes.begin() + 1, sizes.end()};
}

c10::SymInt numel(const SymShape& shape) {
  c10::SymInt product = 1;
  for (const c10::SymInt& size : shape) {
    product *= size;
  }
  return product;
}

SymShape sym_with_rows(const c10::SymInt& rows, const SymShape& shape) {
  SymShape result = {rows};
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

}  // namespace grapevine::ops::detail
