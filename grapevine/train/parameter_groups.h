#pragma once

#include <torch/nn/module.h>
#include <torch/optim/adam.h>

#include <map>
#include <string>
#include <vector>

namespace grapevine::train {

/// The parameters of `module` for an optimizer, in groups with a weight decay of their own: those
/// whose names begin with a key of `weight_decay_of` have its value, the longest such key counting,
/// and all others that of `options`. Throws `Error` for a key with which no name begins and for a
/// value that is negative or not finite.
///
///     parameter_groups(model, AdamOptions(0.01).weight_decay(5e-4), {{"conv", 0.01}});
[[nodiscard]] std::vector<torch::optim::OptimizerParamGroup> parameter_groups(
    const torch::nn::Module& module, const torch::optim::AdamOptions& options,
    const std::map<std::string, double>& weight_decay_of);

}  // namespace grapevine::train
