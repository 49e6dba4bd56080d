#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace grapevine::io {

/// Decompresses a .gz file piece by piece, members one after the other. Memory does not depend on
/// what the file claims. Throws `Error` that names the file if it is truncated, corrupt, followed
/// by other bytes, or decompresses to more than `limit` bytes.
class GzipReader {
 public:
  static constexpr std::uint64_t kDefaultLimit = std::uint64_t{1} << 38;

  explicit GzipReader(const std::filesystem::path& path, std::uint64_t limit = kDefaultLimit);
  ~GzipReader();
  GzipReader(GzipReader&&) noexcept;
  GzipReader& operator=(GzipReader&&) noexcept;

  /// The next bytes, at most `count`; fewer only at the end, and 0 after it.
  [[nodiscard]] std::size_t read(char* buffer, std::size_t count);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The whole content of a .gz file, with the errors of `GzipReader`.
[[nodiscard]] std::string read_gzip(const std::filesystem::path& path,
                                    std::uint64_t limit = GzipReader::kDefaultLimit);

/// One gzip member that holds `content`; several, one after the other, are a .gz file, too.
[[nodiscard]] std::string gzip_compress(std::string_view content);

}  // namespace grapevine::io
