#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

namespace grapevine::nn::detail {

/// Throws `Error` unless `data` is a tensor with `rows` rows; `name` is how the message calls it.
void check_rows(std::string_view name, const at::Tensor& data, std::int64_t rows);

/// Throws `Error` unless `data` is `[rows, ..., width]` of a floating dtype.
void check_features(std::string_view name, const at::Tensor& data, std::int64_t rows,
                    std::int64_t width);

/// Throws `Error` unless `size` is positive.
void check_positive(std::string_view name, std::int64_t size);

}  // namespace grapevine::nn::detail
