#pragma once

#include <ATen/core/Tensor.h>

namespace grapevine::train {

/// The share of rows whose largest score is that of the label: scores `[n, num_classes]`, labels
/// `[n]` integers. NaN for no rows. Throws `Error` when the shapes do not fit.
[[nodiscard]] double accuracy(const at::Tensor& scores, const at::Tensor& labels);

}  // namespace grapevine::train
