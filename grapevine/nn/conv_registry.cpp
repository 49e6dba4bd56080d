#include "grapevine/nn/conv_registry.h"

#include <charconv>
#include <utility>

#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {

/// The whole of `text` as a number.
template <typename Number>
Number parse(const std::string& name, const std::string& text, const char* expected) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  check(error == std::errc() && end == text.data() + text.size(),
        "layer option \"{}\": expected {}, got \"{}\"", name, expected, text);
  return value;
}

}  // namespace

const std::string& ConvArguments::text(const std::string& name) const {
  const auto found = options.find(name);
  check(found != options.end(), "layer option \"{}\": expected a value, got none", name);
  return found->second;
}

std::int64_t ConvArguments::integer(const std::string& name) const {
  return parse<std::int64_t>(name, text(name), "a whole number");
}

double ConvArguments::number(const std::string& name) const {
  return parse<double>(name, text(name), "a number");
}

bool ConvArguments::flag(const std::string& name) const {
  const std::string& value = text(name);
  check(value == "true" || value == "false" || value == "1" || value == "0",
        "layer option \"{}\": expected \"true\" or \"false\", got \"{}\"", name, value);
  return value == "true" || value == "1";
}

Registry<ConvEntry>& convs() {
  static Registry<ConvEntry> registry("layer");
  return registry;
}

std::map<std::string, std::string> complete_options(
    std::string_view kind, const std::string& name, const std::vector<ConvOption>& known,
    const std::map<std::string, std::string>& given) {
  std::map<std::string, std::string> options;
  std::vector<std::string> names;
  for (const ConvOption& option : known) {
    options[option.name] = option.default_value;
    names.push_back(option.name);
  }
  for (const auto& [option, value] : given) {
    check(options.contains(option), "{} \"{}\" has no option \"{}\"; it has: [{}]", kind, name,
          option, fmt::join(names, ", "));
    options[option] = value;
  }
  return options;
}

std::shared_ptr<Conv> make_conv(const std::string& name, ConvArguments arguments) {
  const ConvEntry& entry = convs().get(name);
  arguments.options = complete_options("layer", name, entry.options, arguments.options);
  return entry.make(arguments);
}

}  // namespace grapevine::nn
