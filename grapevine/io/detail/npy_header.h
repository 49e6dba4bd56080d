#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::io {

/// What the header of a .npy file says.
struct NpyHeader {
  std::string descr;  ///< numpy's type string, such as "<f4"
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// Reads the header's text, a Python dict of exactly these three keys. Throws `Error` that begins
/// with `file`.
[[nodiscard]] NpyHeader parse_npy_header(std::string_view text, const std::string& file);

}  // namespace grapevine::io
