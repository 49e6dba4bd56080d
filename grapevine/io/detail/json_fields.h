#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "grapevine/util/error.h"

// Fields of JSON that a file holds: each is there and of its type, or `Error`. Names are quoted
// with escapes, so that messages stay one line.
namespace grapevine::io::detail {

[[nodiscard]] inline std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', /*ensure_ascii=*/true,
                                   nlohmann::json::error_handler_t::replace);
}

[[nodiscard]] inline const nlohmann::json& field(const nlohmann::json& object, const char* name) {
  check(object.is_object(), "expected an object with \"{}\"", name);
  const auto found = object.find(name);
  check(found != object.end(), "lacks \"{}\"", name);
  return *found;
}

/// A whole number from 0 to `limit`.
[[nodiscard]] inline std::int64_t to_count(
    const nlohmann::json& value, std::string_view what,
    std::int64_t limit = std::numeric_limits<std::int64_t>::max()) {
  // The parser gives every number that is not negative the unsigned type.
  check(
      value.is_number_unsigned() && value.get<std::uint64_t>() <= static_cast<std::uint64_t>(limit),
      "\"{}\": expected a whole number from 0 to {}", what, limit);
  return static_cast<std::int64_t>(value.get<std::uint64_t>());
}

[[nodiscard]] inline std::int64_t count_field(
    const nlohmann::json& object, const char* name,
    std::int64_t limit = std::numeric_limits<std::int64_t>::max()) {
  return to_count(field(object, name), name, limit);
}

[[nodiscard]] inline std::string to_text(const nlohmann::json& value, std::string_view what) {
  check(value.is_string(), "\"{}\": expected a string", what);
  return value.get<std::string>();
}

[[nodiscard]] inline std::string text_field(const nlohmann::json& object, const char* name) {
  return to_text(field(object, name), name);
}

[[nodiscard]] inline const nlohmann::json& array_field(const nlohmann::json& object,
                                                       const char* name) {
  const nlohmann::json& value = field(object, name);
  check(value.is_array(), "\"{}\": expected a list", name);
  return value;
}

[[nodiscard]] inline const nlohmann::json& object_field(const nlohmann::json& object,
                                                        const char* name) {
  const nlohmann::json& value = field(object, name);
  check(value.is_object(), "\"{}\": expected an object", name);
  return value;
}

}  // namespace grapevine::io::detail
