#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "grapevine/util/error.h"

namespace grapevine::io {

/// Throws `Error` unless `name` can be part of a file name and of plain yaml: letters, digits, "_",
/// "-" and ".", and no "." in front.
inline void check_file_name(const std::string& name, std::string_view what) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  check(
      !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), plain),
      "{} \"{}\": expected a name of letters, digits, \"_\", \"-\" and \".\" to write it to files",
      what, name);
}

/// Whether `name` is a path that stays below where it starts, on every system: parts between "/",
/// none of them empty, "." or "..", and neither backslash nor colon.
[[nodiscard]] inline bool is_plain_path(std::string_view name) {
  if (name.empty() || name.find_first_of(std::string_view("\\:\0", 3)) != std::string_view::npos) {
    return false;
  }
  while (true) {
    const std::size_t slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part == "." || part == "..") {
      return false;
    }
    if (slash == std::string_view::npos) {
      return true;
    }
    name.remove_prefix(slash + 1);
  }
}

}  // namespace grapevine::io
