#include "tests/support/gradcheck.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "tests/support/graphs.h"

namespace grapevine::testing_support {
namespace {

constexpr double kStep = 1e-6;
constexpr double kTolerance = 1e-6;

std::vector<at::Tensor> leaves(const std::vector<at::Tensor>& inputs) {
  std::vector<at::Tensor> result;
  for (const at::Tensor& input : inputs) {
    result.push_back(input.detach().clone().requires_grad_());
  }
  return result;
}

at::Tensor weights_like(const at::Tensor& out) {
  return random_values(99, out.sizes().vec(), at::kDouble);
}

double weighted_sum(const TensorFunction& function, const std::vector<at::Tensor>& inputs) {
  const at::Tensor out = function(inputs).detach();
  return out.mul(weights_like(out)).sum().item<double>();
}

}  // namespace

::testing::AssertionResult gradcheck(const TensorFunction& function,
                                     const std::vector<at::Tensor>& inputs) {
  const std::vector<at::Tensor> variables = leaves(inputs);
  const at::Tensor out = function(variables);
  if (!out.requires_grad()) {
    return ::testing::AssertionFailure() << "the result does not require a gradient";
  }
  const std::vector<at::Tensor> gradients =
      torch::autograd::grad({out}, variables, {weights_like(out)}, /*retain_graph=*/std::nullopt,
                            /*create_graph=*/false, /*allow_unused=*/true);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::vector<at::Tensor> moved = leaves(inputs);
    const at::Tensor flat = moved[i].detach().view({-1});
    for (std::int64_t entry = 0; entry < flat.numel(); ++entry) {
      double& value = flat.mutable_data_ptr<double>()[entry];
      const double original = value;
      value = original + kStep;
      const double above = weighted_sum(function, moved);
      value = original - kStep;
      const double below = weighted_sum(function, moved);
      value = original;
      const double expected = (above - below) / (2 * kStep);
      const double actual =
          gradients[i].defined() ? gradients[i].contiguous().view({-1})[entry].item<double>() : 0.0;
      if (!(std::abs(actual - expected) <= kTolerance * (1 + std::abs(expected)) * 10)) {
        return ::testing::AssertionFailure()
               << "input " << i << ", entry " << entry << ": autograd gives " << actual
               << ", differences give " << expected;
      }
    }
  }
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult gradgradcheck(const TensorFunction& function,
                                         const std::vector<at::Tensor>& inputs) {
  const at::Tensor weights = weights_like(function(leaves(inputs)));
  const TensorFunction gradient = [&](const std::vector<at::Tensor>& arguments) {
    std::vector<at::Tensor> variables(arguments.begin(), arguments.end() - 1);
    const std::vector<at::Tensor> gradients =
        torch::autograd::grad({function(variables)}, variables, {arguments.back()},
                              /*retain_graph=*/true, /*create_graph=*/true);
    std::vector<at::Tensor> flat;
    for (const at::Tensor& each : gradients) {
      flat.push_back(each.flatten());
    }
    return at::cat(flat);
  };
  std::vector<at::Tensor> arguments = inputs;
  arguments.push_back(weights);
  return gradcheck(gradient, arguments);
}

}  // namespace grapevine::testing_support
