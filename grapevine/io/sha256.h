#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace grapevine::io {

/// The SHA-256 of the bytes, as 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256(std::string_view bytes);

/// That of a file's content. Throws `Error` if it cannot be read, or if `cancelled`, which is asked
/// once a megabyte, says so.
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& path,
                                         const std::function<bool()>& cancelled = {});

}  // namespace grapevine::io
