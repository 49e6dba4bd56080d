#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>  // fmt::join, from fmt 11 on

#include <stdexcept>
#include <string>
#include <utility>

namespace grapevine {

/// A caller's mistake or a bad file: `what()` is one line that names the argument, its value and
/// what was expected. Everything that this library throws on purpose is of this type.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {
/// Formatting is compiled once, in error.cpp, not wherever something is checked.
[[noreturn]] void throw_error(fmt::string_view format, fmt::format_args args);
}  // namespace detail

/// Throws `Error` with the formatted message.
///
///     fail("fanouts: expected -1 or more, got {}", fanout);
template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  detail::throw_error(format, fmt::make_format_args(args...));
}

/// Throws `Error` with the formatted message unless `condition` holds. The message is formatted
/// only on failure.
///
///     check(rows == expected, "{}: expected {} rows, got {}", name, expected, rows);
template <typename... Args>
void check(bool condition, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) [[unlikely]] {
    fail(format, std::forward<Args>(args)...);
  }
}

}  // namespace grapevine
