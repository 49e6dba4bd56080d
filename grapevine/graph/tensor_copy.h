#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace grapevine {

/// How one tensor gets to another device, for what moves many; a null one stands for `Tensor::to`.
using TensorCopy = std::function<at::Tensor(const at::Tensor&)>;

}  // namespace grapevine
