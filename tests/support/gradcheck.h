#pragma once

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace grapevine::testing_support {

using TensorFunction = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

/// Compares the gradient that autograd gives for `function` at `inputs` (float64) with central
/// differences, for every entry of every input; the result is weighted with fixed random values
/// first. Inputs should be tiny.
[[nodiscard]] ::testing::AssertionResult gradcheck(const TensorFunction& function,
                                                   const std::vector<at::Tensor>& inputs);

/// The same for the gradient of `function`: its second derivatives.
[[nodiscard]] ::testing::AssertionResult gradgradcheck(const TensorFunction& function,
                                                       const std::vector<at::Tensor>& inputs);

}  // namespace grapevine::testing_support
