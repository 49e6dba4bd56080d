#pragma once

#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>
#include <string>

namespace grapevine::cli {

/// Gives `command` the options --config FILE, a YAML file that sets any other option of it, and
/// --print-config, which `prints_config` asks for. In the file stand the options' names without
/// their dashes (`batch-size` or `batch_size`), with a list where an option takes several values,
/// a mapping for NAME=VALUE, and true or false for a flag. What the command line gives replaces
/// what the file says.
///
/// Parsing then throws `Error` for a file that cannot be read, and `UsageError` for malformed YAML
/// and for keys and values that the options do not take: each names the file and the line.
void add_config_options(CLI::App& command);

/// Whether --print-config was given.
[[nodiscard]] bool prints_config(const CLI::App& command);

/// The options of a parsed command and their values, given or default, by name and in the help's
/// order; without those that have neither and those that no file may set. `resolved` holds what the
/// command itself makes of some: null leaves the option out.
[[nodiscard]] nlohmann::ordered_json effective_config(CLI::App& command,
                                                      const nlohmann::ordered_json& resolved = {});

/// As YAML that --config reads.
[[nodiscard]] std::string to_yaml(const nlohmann::ordered_json& config);

}  // namespace grapevine::cli
