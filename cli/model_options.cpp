#include "model_options.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "command.h"

namespace grapevine::cli {

namespace {

/// Collects options, and complains in the name of the flag that an option comes from.
class Collector {
 public:
  Collector(const std::string& model, const std::vector<nn::ConvOption>& known) : model_(model) {
    for (const nn::ConvOption& option : known) {
      known_.push_back(option.name);
    }
  }

  void add(const std::string& flag, const std::string& name, const std::string& value) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      throw UsageError(fmt::format("{}: model \"{}\" has no option \"{}\"; it has: [{}]", flag,
                                   model_, name, fmt::join(known_, ", ")));
    }
    if (!options_.emplace(name, value).second) {
      throw UsageError(fmt::format("{}: option \"{}\" is given twice", flag, name));
    }
  }

  [[nodiscard]] const std::map<std::string, std::string>& options() const { return options_; }

 private:
  const std::string& model_;
  std::vector<std::string> known_;
  std::map<std::string, std::string> options_;
};

}  // namespace

void add_model_flags(CLI::App& command, ModelFlags& flags) {
  command
      .add_option("--option", flags.options,
                  "An option of the model, once or more; grapevine models lists them")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  command.add_option("--heads", flags.heads, "Short for --option heads=N")->type_name("N");
  command.add_option("--aggregator", flags.aggregator, "Short for --option aggregator=NAME")
      ->type_name("NAME");
}

std::map<std::string, std::string> model_options(const ModelFlags& flags, const std::string& model,
                                                 const std::vector<nn::ConvOption>& known) {
  Collector collector(model, known);
  for (const std::string& option : flags.options) {
    const std::size_t equals = option.find('=');
    if (equals == 0 || equals == std::string::npos) {
      throw UsageError(fmt::format("--option: expected NAME=VALUE, got \"{}\"", option));
    }
    collector.add("--option", option.substr(0, equals), option.substr(equals + 1));
  }
  if (!flags.heads.empty()) {
    collector.add("--heads", "heads", flags.heads);
  }
  if (!flags.aggregator.empty()) {
    collector.add("--aggregator", "aggregator", flags.aggregator);
  }
  return collector.options();
}

}  // namespace grapevine::cli
