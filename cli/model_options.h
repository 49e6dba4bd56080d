#pragma once

#include <CLI/CLI.hpp>

#include <map>
#include <string>
#include <vector>

#include "grapevine/nn/conv_registry.h"

namespace grapevine::cli {

/// The options of a model by name, as they stand on the command line.
struct ModelFlags {
  std::vector<std::string> options;  ///< NAME=VALUE
  std::string heads;                 ///< short for heads=...
  std::string aggregator;            ///< short for aggregator=...
};

void add_model_flags(CLI::App& command, ModelFlags& flags);

/// The flags as the options of `model`, which has the `known` ones. Throws `UsageError` for what is
/// no NAME=VALUE, for an option that the model does not have, and for one that is given twice.
[[nodiscard]] std::map<std::string, std::string> model_options(
    const ModelFlags& flags, const std::string& model, const std::vector<nn::ConvOption>& known);

}  // namespace grapevine::cli
