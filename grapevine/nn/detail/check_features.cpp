#include "grapevine/nn/detail/check_features.h"

#include "grapevine/util/error.h"

namespace grapevine::nn::detail {

void check_rows(std::string_view name, const at::Tensor& data, std::int64_t rows) {
  check(data.defined(), "{}: expected a tensor with {} rows, got an undefined one", name, rows);
  check(data.dim() >= 1 && data.size(0) == rows, "{}: expected {} rows, got shape [{}]", name, rows,
        fmt::join(data.sizes(), ", "));
}

void check_features(std::string_view name, const at::Tensor& data, std::int64_t rows,
                    std::int64_t width) {
  check_rows(name, data, rows);
  check(data.dim() >= 2 && data.size(-1) == width,
        "{}: expected {} features in the last dimension, got shape [{}]", name, width,
        fmt::join(data.sizes(), ", "));
  check(data.is_floating_point(), "{}: expected a floating dtype, got {}", name,
        data.dtype().name());
}

void check_positive(std::string_view name, std::int64_t size) {
  check(size > 0, "{}: expected 1 or more, got {}", name, size);
}

}  // namespace grapevine::nn::detail
