#include "yaml_config.h"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <exception>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "command.h"
#include "grapevine/io/file.h"

namespace grapevine::cli {

namespace {

constexpr const char* kConfig = "--config";
constexpr const char* kPrintConfig = "--print-config";
constexpr std::uint64_t kMaxConfigSize = std::uint64_t{1} << 20;

/// What the help calls the option's values, without what CLI11 adds of the checks.
std::string type_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

/// What an option takes.
enum class OptionKind { kFlag, kValue, kList, kMap };

OptionKind kind_of(const CLI::Option& option) {
  if (option.get_expected_min() == 0) {
    return OptionKind::kFlag;
  }
  if (type_of(option).find('=') != std::string::npos) {
    return OptionKind::kMap;
  }
  return option.get_items_expected_max() > 1 ? OptionKind::kList : OptionKind::kValue;
}

/// The options that a file may set.
std::vector<CLI::Option*> options_of(CLI::App& command) {
  const CLI::Option* help = command.get_help_ptr();
  return command.get_options([help](const CLI::Option* option) {
    return option->get_configurable() && !option->get_lnames().empty() && option != help;
  });
}

std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

std::string shown(const std::string& text) {
  constexpr std::size_t kLength = 60;
  return printable(text.size() > kLength ? text.substr(0, kLength) + "..." : text);
}

/// How many letters to insert, remove or change to get from one word to the other.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t changed = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, changed});
    }
  }
  return row.back();
}

/// Sets the options of a command that its command line left alone.
class ConfigReader {
 public:
  ConfigReader(CLI::App& command, std::string file) : command_(command), file_(std::move(file)) {
    for (CLI::Option* option : options_of(command_)) {
      options_.emplace(option->get_lnames().front(), option);
    }
  }

  void apply() {
    const YAML::Node root = load();
    if (root.IsNull()) {
      return;
    }
    require(root.IsMap(), root, "", "expected a mapping of options to values");
    std::map<std::string, int> lines;
    for (const auto& entry : root) {
      require(entry.first.IsScalar(), entry.first, "", "expected the name of an option");
      const std::string& key = entry.first.Scalar();
      std::string name = key;
      std::replace(name.begin(), name.end(), '_', '-');
      const auto option = options_.find(name);
      require(option != options_.end(), entry.first, shown(key), unknown(name));
      const auto [first, is_new] = lines.emplace(name, entry.first.Mark().line + 1);
      require(is_new, entry.first, key,
              fmt::format("is given twice, first in line {}", first->second));
      set(*option->second, entry.first, entry.second);
    }
  }

 private:
  /// Throws unless `condition` holds.
  void require(bool condition, const YAML::Node& at, const std::string& key,
               const std::string& message) const {
    if (!condition) {
      fail(at.Mark(), key.empty() ? message : fmt::format("{}: {}", key, message));
    }
  }

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& message) const {
    const std::string line = mark.is_null() ? "" : fmt::format("line {}: ", mark.line + 1);
    throw UsageError(fmt::format("{}: {}{}", file_, line, message));
  }

  [[nodiscard]] YAML::Node load() const {
    const std::string content = io::read_file(file_, kMaxConfigSize);
    std::vector<YAML::Node> documents;
    try {
      documents = YAML::LoadAll(content);
    } catch (const YAML::Exception& error) {
      fail(error.mark, "malformed YAML: " + shown(error.msg));
    } catch (const std::exception& error) {
      fail(YAML::Mark::null_mark(), "malformed YAML: " + shown(error.what()));
    }
    if (documents.size() > 1) {
      fail(documents[1].Mark(), "expected one YAML document, got another");
    }
    return documents.empty() ? YAML::Node() : documents.front();
  }

  [[nodiscard]] std::string unknown(const std::string& name) const {
    std::vector<std::pair<std::size_t, std::string>> near;
    for (const auto& [known, option] : options_) {
      near.emplace_back(edit_distance(name, known), known);
    }
    const auto best = std::min_element(near.begin(), near.end());
    const bool is_near = best != near.end() && best->first < name.size() &&
                         best->first <= std::max<std::size_t>(2, name.size() / 3);
    return fmt::format("not an option that a file sets for {}{}", command_.get_name(),
                       is_near ? fmt::format("; did you mean {}?", best->second) : "");
  }

  void set(CLI::Option& option, const YAML::Node& key, const YAML::Node& value) const {
    const std::vector<std::string> texts = texts_of(option, key, value);
    if (texts.empty() || option.count() > 0) {
      return;
    }
    for (const std::string& text : texts) {
      option.add_result(text);
    }
    try {
      option.run_callback();
    } catch (const CLI::ParseError& error) {
      const std::string message = printable(error.what());
      const std::string prefix = option.get_name() + ": ";
      require(false, value, key.Scalar(),
              message.starts_with(prefix) ? message.substr(prefix.size()) : message);
    }
  }

  /// The values as the command line would have them; none for a flag that is false.
  [[nodiscard]] std::vector<std::string> texts_of(const CLI::Option& option, const YAML::Node& key,
                                                  const YAML::Node& value) const {
    const std::string& name = key.Scalar();
    std::vector<std::string> texts;
    switch (kind_of(option)) {
      case OptionKind::kFlag: {
        bool flag = false;
        require(value.IsScalar() && YAML::convert<bool>::decode(value, flag), mark_of(key, value),
                name, fmt::format("expected true or false, got {}", what(value)));
        return flag ? std::vector<std::string>{"true"} : texts;
      }
      case OptionKind::kValue:
        require(value.IsScalar(), mark_of(key, value), name,
                fmt::format("expected one value, got {}", what(value)));
        return {value.Scalar()};
      case OptionKind::kMap:
        if (value.IsMap()) {
          for (const auto& entry : value) {
            require(entry.first.IsScalar() && entry.second.IsScalar(), entry.first, name,
                    "expected a name and a value in each line");
            texts.push_back(entry.first.Scalar() + "=" + entry.second.Scalar());
          }
          return texts;
        }
        break;
      case OptionKind::kList:
        if (value.IsScalar()) {
          return {value.Scalar()};
        }
        break;
    }
    require(value.IsSequence() && value.size() > 0, mark_of(key, value), name,
            fmt::format("expected {}, got {}",
                        kind_of(option) == OptionKind::kMap ? "a mapping of names to values"
                                                            : "a list of values",
                        what(value)));
    for (const YAML::Node& entry : value) {
      require(entry.IsScalar(), entry, name,
              fmt::format("expected values in the list, got {}", what(entry)));
      texts.push_back(entry.Scalar());
    }
    return texts;
  }

  /// A value that is not there has no place of its own.
  static const YAML::Node& mark_of(const YAML::Node& key, const YAML::Node& value) {
    return value.IsNull() ? key : value;
  }

  static std::string what(const YAML::Node& value) {
    switch (value.Type()) {
      case YAML::NodeType::Scalar:
        return fmt::format("\"{}\"", shown(value.Scalar()));
      case YAML::NodeType::Sequence:
        return value.size() == 0 ? "an empty list" : "a list";
      case YAML::NodeType::Map:
        return "a mapping";
      default:
        return "nothing";
    }
  }

  CLI::App& command_;
  std::string file_;
  std::map<std::string, CLI::Option*> options_;
};

/// A value as it was given, where a transformer replaced the name of an alternative: those are
/// listed in the type's name.
std::string as_given(CLI::Option& option, const std::string& value) {
  for (const std::string& name : CLI::detail::split(type_of(option), '|')) {
    std::string transformed = name;
    try {
      (*option.get_validator(0))(transformed);
    } catch (const CLI::OptionNotFound&) {
      return value;
    }
    if (transformed == value && transformed != name) {
      return name;
    }
  }
  return value;
}

/// A number if the option takes one.
nlohmann::ordered_json typed(const CLI::Option& option, const std::string& text) {
  const std::string type = type_of(option);
  const bool takes_text = type.find("FILE") != std::string::npos ||
                          type.find("DIR") != std::string::npos || type == "NAME";
  if (!takes_text && nlohmann::ordered_json::accept(text)) {
    nlohmann::ordered_json value = nlohmann::ordered_json::parse(text);
    if (value.is_number()) {
      return value;
    }
  }
  return text;
}

nlohmann::ordered_json value_of(CLI::Option& option) {
  const OptionKind kind = kind_of(option);
  if (kind == OptionKind::kFlag) {
    return option.count() > 0 && option.as<bool>();
  }
  if (option.count() == 0) {
    // Said aloud, the default of an option that needs another would ask for that one.
    const auto& needs = option.get_needs();
    const bool may_stand = std::all_of(
        needs.begin(), needs.end(), [](const CLI::Option* needed) { return needed->count() > 0; });
    const std::string text = may_stand ? option.get_default_str() : "";
    return text.empty() ? nlohmann::ordered_json() : typed(option, text);
  }
  nlohmann::ordered_json values =
      kind == OptionKind::kMap ? nlohmann::ordered_json::object() : nlohmann::ordered_json::array();
  for (const std::string& result : option.results()) {
    if (kind == OptionKind::kMap) {
      const std::size_t equals = std::min(result.find('='), result.size());
      values[result.substr(0, equals)] =
          typed(option, equals < result.size() ? result.substr(equals + 1) : "");
    } else {
      values.push_back(typed(option, as_given(option, result)));
    }
  }
  return kind == OptionKind::kValue ? values.back() : values;
}

/// Plain where YAML reads it as the same text, otherwise quoted.
std::string scalar(const nlohmann::ordered_json& value) {
  const auto quoted = value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  if (!value.is_string()) {
    return quoted;
  }
  const auto& text = value.get_ref<const std::string&>();
  const bool plain =
      !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
      std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return c < 0x80 && (std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/');
      });
  static const std::vector<std::string> words{"true", "false", "yes", "no", "on",
                                              "off",  "null",  "y",   "n"};
  const std::string lower = CLI::detail::to_lower(text);
  return plain && std::find(words.begin(), words.end(), lower) == words.end() ? text : quoted;
}

}  // namespace

void add_config_options(CLI::App& command) {
  const auto read = [&command](const std::string& file) { ConfigReader(command, file).apply(); };
  // CLI11's own configuration files are the whole program's and know no lines.
  command
      .add_option_function<std::string>(
          kConfig, read, "A YAML file of these options, without the dashes; the command line wins")
      ->configurable(false)
      ->type_name("FILE");
  command.add_flag(kPrintConfig)
      ->description("Print the configuration as YAML, which --config reads, and stop")
      ->configurable(false);
}

bool prints_config(const CLI::App& command) { return command.count(kPrintConfig) > 0; }

nlohmann::ordered_json effective_config(CLI::App& command, const nlohmann::ordered_json& resolved) {
  nlohmann::ordered_json config = nlohmann::ordered_json::object();
  for (CLI::Option* option : options_of(command)) {
    const std::string& name = option->get_lnames().front();
    nlohmann::ordered_json value = resolved.contains(name) ? resolved[name] : value_of(*option);
    if (!value.is_null()) {
      config[name] = std::move(value);
    }
  }
  return config;
}

std::string to_yaml(const nlohmann::ordered_json& config) {
  std::string text;
  for (const auto& [name, value] : config.items()) {
    text += name + ":";
    if (value.is_object() && !value.empty()) {
      for (const auto& [key, entry] : value.items()) {
        text += fmt::format("\n  {}: {}", scalar(key), scalar(entry));
      }
    } else if (value.is_array()) {
      std::vector<std::string> entries;
      std::transform(value.begin(), value.end(), std::back_inserter(entries), scalar);
      text += fmt::format(" [{}]", fmt::join(entries, ", "));
    } else {
      text += " " + scalar(value);
    }
    text += "\n";
  }
  return text;
}

}  // namespace grapevine::cli
