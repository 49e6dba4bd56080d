#pragma once

#include <string>
#include <string_view>

#include "grapevine/nn/activation.h"
#include "grapevine/nn/conv_stack.h"

namespace grapevine::nn::detail {

/// Throws `Error` for sizes below 1, dropouts outside `[0, 1)` and unknown names; `model` is how
/// the message calls the model.
void check_stack_options(std::string_view model, const ConvStackOptions& options);

/// The same, and for normalisation and residual connections, which `model` does not have.
void check_plain_options(std::string_view model, const ConvStackOptions& options);

/// "relu", "elu" or "none"; the last as an empty function. Throws `Error` for another name.
[[nodiscard]] Activation named_activation(std::string_view model, const std::string& name);

}  // namespace grapevine::nn::detail
