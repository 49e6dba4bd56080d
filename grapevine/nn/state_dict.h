#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/ordered_dict.h>

#include <map>
#include <string>
#include <string_view>

namespace grapevine::nn {

/// A module that uses a parameter in two roles and has registered it once, so that optimizers step
/// once for it. State dicts have it under both names, as Python's have.
class TiedParameters {
 public:
  virtual ~TiedParameters() = default;
  /// The names that are not registered, each with the one that is.
  [[nodiscard]] virtual std::map<std::string, std::string> tied_parameters() const = 0;
};

/// The parameters and buffers of a module by name, detached, in the order in which PyTorch's
/// `state_dict` has them: they are the module's own memory. Of the layers and models of this
/// library the names are DGL's.
[[nodiscard]] torch::OrderedDict<std::string, at::Tensor> state_dict(
    const torch::nn::Module& module);

/// Copies values into the parameters and buffers of a module, which keep their dtype and device.
/// Throws `Error` that begins with `what`, and changes nothing, if one is missing, if there is one
/// that the module does not have, for another shape, and for integers in place of floats or the
/// other way round.
void load_state_dict(torch::nn::Module& module,
                     const torch::OrderedDict<std::string, at::Tensor>& values,
                     std::string_view what = "state dict");

}  // namespace grapevine::nn
