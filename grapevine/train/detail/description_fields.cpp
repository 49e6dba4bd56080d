#include "grapevine/train/detail/description_fields.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>

#include "grapevine/util/error.h"

namespace grapevine::train::detail {
namespace {

template <typename Number>
std::optional<Number> whole_text(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number ? std::optional(number) : std::nullopt;
}

}  // namespace

void Fields::check_has(const std::string& name) const {
  check(has(name), "{}: has no \"{}\"", what_, name);
}

void Fields::refuse(const std::string& name, const io::StateValue& value,
                    const char* expected) const {
  fail("{}: {}: expected {}, got {}", what_, name, expected, value.type_name());
}

void Fields::read(const std::string& name, bool& target) const {
  if (const io::StateValue* value = dict_.find(name)) {
    const auto* flag = value->get_if<bool>();
    flag != nullptr ? void(target = *flag) : refuse(name, *value, "a bool");
  }
}

void Fields::read(const std::string& name, std::int64_t& target) const {
  if (const io::StateValue* value = dict_.find(name)) {
    const auto* number = value->get_if<std::int64_t>();
    number != nullptr ? void(target = *number) : refuse(name, *value, "an int");
  }
}

void Fields::read(const std::string& name, double& target) const {
  if (const io::StateValue* value = dict_.find(name)) {
    if (const auto* number = value->get_if<std::int64_t>()) {
      target = static_cast<double>(*number);
      return;
    }
    const auto* number = value->get_if<double>();
    number != nullptr ? void(target = *number) : refuse(name, *value, "a float");
  }
}

void Fields::read(const std::string& name, std::string& target) const {
  if (const io::StateValue* value = dict_.find(name)) {
    const auto* text = value->get_if<std::string>();
    text != nullptr ? void(target = *text) : refuse(name, *value, "a str");
  }
}

void Fields::read(const std::string& name, const io::StateDict*& target) const {
  if (const io::StateValue* value = dict_.find(name)) {
    target = value->get_if<io::StateDict>();
    if (target == nullptr) {
      refuse(name, *value, "a dict");
    }
  }
}

void Fields::read(const std::string& name, const io::StateList*& target) const {
  if (const io::StateValue* value = dict_.find(name)) {
    target = value->get_if<io::StateList>();
    if (target == nullptr) {
      refuse(name, *value, "a list");
    }
  }
}

void Fields::read(const std::string& name, at::Tensor& target) const {
  if (const io::StateValue* value = dict_.find(name)) {
    const auto* tensor = value->get_if<at::Tensor>();
    tensor != nullptr ? void(target = *tensor) : refuse(name, *value, "a Tensor");
  }
}

void Fields::read(const std::string& name, std::map<std::string, std::string>& target) const {
  const io::StateDict* options = nullptr;
  read(name, options);
  if (options == nullptr) {
    return;
  }
  target.clear();
  for (const auto& [key, value] : options->entries()) {
    const auto* option = std::get_if<std::string>(&key);
    check(option != nullptr, "{}: {}: expected a str as key, got an int", what_, name);
    if (const auto* flag = value.get_if<bool>()) {
      target[*option] = *flag ? "true" : "false";
    } else if (const auto* number = value.get_if<std::int64_t>()) {
      target[*option] = std::to_string(*number);
    } else if (const auto* real = value.get_if<double>()) {
      target[*option] = fmt::format("{}", *real);
    } else if (const auto* text = value.get_if<std::string>()) {
      target[*option] = *text;
    } else {
      refuse(fmt::format("{}: {}", name, *option), value, "a str, int, float or bool");
    }
  }
}

io::StateValue option_value(const std::string& text) {
  if (text == "true" || text == "false") {
    return text == "true";
  }
  if (const auto number = whole_text<std::int64_t>(text)) {
    return *number;
  }
  const auto real = whole_text<double>(text);
  return real && std::isfinite(*real) ? io::StateValue(*real) : io::StateValue(text);
}

bool is_whole_number_above(const std::string& text, std::int64_t limit) {
  const auto number = whole_text<std::int64_t>(text);
  return number && *number > limit;
}

}  // namespace grapevine::train::detail
