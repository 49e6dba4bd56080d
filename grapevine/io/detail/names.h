#pragma once

#include <algorithm>
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

}  // namespace grapevine::io
