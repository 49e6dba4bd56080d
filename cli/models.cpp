#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "command.h"
#include "grapevine/nn/model_registry.h"

namespace grapevine::cli {

namespace {

void print_models() {
  std::size_t name_width = 0;
  std::size_t option_width = 0;
  for (const std::string& name : nn::model_names()) {
    name_width = std::max(name_width, name.size());
    for (const nn::ConvOption& option : nn::model_entry(name).options) {
      option_width = std::max(option_width, option.name.size() + 1 + option.default_value.size());
    }
  }
  for (const std::string& name : nn::model_names()) {
    const nn::ModelEntry entry = nn::model_entry(name);
    fmt::print("{:{}}  {}\n", name, name_width, entry.description);
    for (const nn::ConvOption& option : entry.options) {
      fmt::print("{:{}}    {:{}}  {}\n", "", name_width,
                 fmt::format("{}={}", option.name, option.default_value), option_width,
                 option.description);
    }
  }
}

}  // namespace

void add_models(CLI::App& app, Run& run) {
  CLI::App& command = *app.add_subcommand(
      "models", "List what train --model takes: the models, their options and the defaults");
  command.callback([&run] { run = print_models; });
}

}  // namespace grapevine::cli
