#include "grapevine/io/detail/table_cache.h"

#include <ATen/ops/empty.h>
#include <sys/stat.h>
#include <zlib.h>

#include <array>
#include <cstring>
#include <optional>
#include <type_traits>

#include "grapevine/io/file.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

constexpr std::array<char, 8> kMagic = {'G', 'V', 'T', 'A', 'B', 'L', 'E', '1'};

/// What stands before the values.
struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint64_t source_size = 0;
  std::int64_t source_time = 0;  ///< modification time in nanoseconds
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int32_t dtype = 0;
  std::uint32_t checksum = 0;  ///< of this header with 0 here, and the values
  std::array<char, 16> padding = {};
};
static_assert(sizeof(Header) == 64 && std::is_trivially_copyable_v<Header>);

std::uint32_t checksum_of(Header header, const at::Tensor& values) {
  header.checksum = 0;
  const auto bytes = [](const void* data) { return static_cast<const unsigned char*>(data); };
  uLong checksum = crc32_z(crc32_z(0, nullptr, 0), bytes(&header), sizeof header);
  return static_cast<std::uint32_t>(
      crc32_z(checksum, bytes(values.const_data_ptr()), values.nbytes()));
}

/// A header that knows the source as it is now.
Header stamp(const std::filesystem::path& source, at::ScalarType dtype) {
  struct stat status = {};
  check(::stat(source.c_str(), &status) == 0, "{}: cannot be read", source.string());
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {.source_size = static_cast<std::uint64_t>(status.st_size),
          .source_time = status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec,
          .dtype = static_cast<std::int32_t>(dtype)};
}

std::optional<at::Tensor> load(const std::filesystem::path& cache, const Header& expected,
                               const CsvOptions& options) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(cache, error)) {
    return std::nullopt;
  }
  const InputFile file(cache);
  Header header;
  if (file.size() < sizeof header) {
    return std::nullopt;
  }
  file.read_at(0, &header, sizeof header);
  std::int64_t bytes = static_cast<std::int64_t>(c10::elementSize(options.dtype));
  const bool matches = header.magic == kMagic && header.source_size == expected.source_size &&
                       header.source_time == expected.source_time &&
                       header.dtype == expected.dtype && header.rows >= 0 && header.columns >= 0 &&
                       (options.columns == 0 || header.columns == options.columns) &&
                       !__builtin_mul_overflow(bytes, header.rows, &bytes) &&
                       !__builtin_mul_overflow(bytes, header.columns, &bytes) &&
                       file.size() - sizeof header == static_cast<std::uint64_t>(bytes);
  if (!matches) {
    return std::nullopt;
  }
  at::Tensor values = at::empty({header.rows, header.columns}, options.dtype);
  file.read_at(sizeof header, values.mutable_data_ptr(), values.nbytes());
  if (header.checksum != checksum_of(header, values)) {
    return std::nullopt;
  }
  return values;
}

void store(const std::filesystem::path& cache, Header header, const at::Tensor& values) {
  header.rows = values.size(0);
  header.columns = values.size(1);
  header.checksum = checksum_of(header, values);
  make_folder(cache.parent_path());
  write_file(cache, {{reinterpret_cast<const char*>(&header), sizeof header},
                     {static_cast<const char*>(values.const_data_ptr()), values.nbytes()}});
}

}  // namespace

at::Tensor read_csv_cached(const std::filesystem::path& source, const std::filesystem::path& cache,
                           const CsvOptions& options) {
  const Header header = stamp(source, options.dtype);
  try {
    if (std::optional<at::Tensor> values = load(cache, header, options)) {
      return *values;
    }
  } catch (const Error&) {
    // An unreadable copy is as good as none.
  }
  at::Tensor values = read_csv(source, options);
  try {
    store(cache, header, values);
  } catch (const Error&) {
    // The folder may be read-only or full; the next read is then as slow as this one.
  }
  return values;
}

}  // namespace grapevine::io
