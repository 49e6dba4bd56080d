#include "validators.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace grapevine::cli {

namespace {

template <typename Number>
std::optional<Number> parse(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

/// A validator of what `accepts` accepts; `expected` says what that is.
template <typename Accepts>
CLI::Validator validator(const std::string& expected, const Accepts& accepts) {
  return CLI::Validator(
      [expected, accepts](const std::string& text) {
        return accepts(text) ? std::string() : fmt::format("expected {}, got {}", expected, text);
      },
      "");
}

}  // namespace

CLI::Validator whole_number(std::int64_t lowest, std::int64_t highest) {
  const std::string expected = highest == INT64_MAX
                                   ? fmt::format("a whole number of at least {}", lowest)
                                   : fmt::format("a whole number from {} to {}", lowest, highest);
  return validator(expected, [lowest, highest](const std::string& text) {
    const auto number = parse<std::int64_t>(text);
    return number && *number >= lowest && *number <= highest;
  });
}

CLI::Validator positive_number() {
  return validator("a positive number", [](const std::string& text) {
    const auto number = parse<double>(text);
    return number && *number > 0 && std::isfinite(*number);
  });
}

CLI::Validator number_below(double bound) {
  const std::string expected = std::isfinite(bound)
                                   ? fmt::format("a number of at least 0 and below {}", bound)
                                   : "a number of at least 0";
  return validator(expected, [bound](const std::string& text) {
    const auto number = parse<double>(text);
    return number && *number >= 0 && *number < bound;
  });
}

}  // namespace grapevine::cli
