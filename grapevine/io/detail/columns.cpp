#include "grapevine/io/detail/columns.h"

#include <limits>

#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

at::Tensor flat(const at::Tensor& values, const std::string& what) {
  const bool is_column = values.dim() == 1 || (values.dim() == 2 && values.size(1) == 1);
  check(is_column || values.numel() == 0, "{}: expected one value a row, got shape {}", what,
        fmt::format("[{}]", fmt::join(values.sizes(), ", ")));
  return values.reshape({-1});
}

}  // namespace

at::Tensor labels_from(const at::Tensor& values, const std::string& what) {
  const at::Tensor column = flat(values, what);
  if (column.numel() == 0) {
    return column.to(at::kLong);
  }
  at::Tensor labels = column.to(at::kLong);
  if (column.is_floating_point()) {
    const at::Tensor known = column.isfinite();
    check(column.isinf().logical_not().all().item<bool>(),
          "{}: expected class labels, got infinity", what);
    labels = column.where(known, -1).to(at::kLong);
    const at::Tensor fraction = labels.ne(column).logical_and(known);
    if (fraction.any().item<bool>()) {
      const auto row = fraction.to(at::kLong).argmax().item<std::int64_t>();
      fail("{}: row {}: expected a class label, got {}", what, row, column[row].item<double>());
    }
  }
  const auto least = labels.min().item<std::int64_t>();
  const auto most = labels.max().item<std::int64_t>();
  check(least >= -1, "{}: expected class labels from 0, or -1 for unknown, got {}", what, least);
  check(most < std::numeric_limits<std::int32_t>::max(), "{}: {} is too large for a class label",
        what, most);
  return labels;
}

at::Tensor ids_from(const at::Tensor& values, std::int64_t bound, const std::string& what) {
  check(at::isIntegralType(values.scalar_type(), false), "{}: expected integer ids, got {}", what,
        c10::toString(values.scalar_type()));
  at::Tensor ids = flat(values, what).to(at::kLong);
  if (ids.numel() > 0) {
    const auto least = ids.min().item<std::int64_t>();
    const auto most = ids.max().item<std::int64_t>();
    check(least >= 0 && most < bound, "{}: id {} is out of range [0, {})", what,
          least < 0 ? least : most, bound);
  }
  return ids;
}

std::int64_t count_classes(const at::Tensor& labels) {
  return labels.numel() == 0 ? 0 : labels.max().item<std::int64_t>() + 1;
}

}  // namespace grapevine::io
