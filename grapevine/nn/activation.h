#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace grapevine::nn {

/// What a layer applies to its output, elementwise or otherwise; none if empty. A module passed as
/// one, in a lambda, is neither registered with the layer nor copied with it.
///
///     TAGConv conv(16, 8, TAGConvOptions{.activation = [](const at::Tensor& h) { return h.tanh();
///     }});
using Activation = std::function<at::Tensor(const at::Tensor&)>;

}  // namespace grapevine::nn
