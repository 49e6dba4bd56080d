#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

// A file of tensors with a description in JSON: a header of 64 bytes, the table of contents, and
// the tensors in the order of the table, each at the next multiple of 64 bytes.
namespace grapevine::io::detail {

/// What stands at the beginning.
struct TensorFileHeader {
  static constexpr std::array<char, 8> kMagic = {'\x89', 'G', 'V', 'G', '\r', '\n', '\x1a', '\n'};
  static constexpr std::uint32_t kVersion = 1;

  std::array<char, 8> magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t checksum = 0;  ///< CRC-32 of this header with 0 here
  std::uint64_t file_bytes = 0;
  std::uint64_t table_bytes = 0;
  std::uint32_t table_checksum = 0;
  std::array<char, 28> reserved = {};
};
static_assert(sizeof(TensorFileHeader) == 64);

/// CRC-32 of a header, as it stands in it.
[[nodiscard]] std::uint32_t checksum_of(TensorFileHeader header);
[[nodiscard]] std::uint32_t checksum_of(std::string_view bytes);

/// Collects tensors and writes them.
class TensorWriter {
 public:
  /// Adds a tensor and returns its number; the same tensor has one number. Throws `Error` that
  /// begins with `what` for one that cannot be written.
  std::int64_t add(const at::Tensor& tensor, const std::string& what);
  /// Writes `description`, an object, with the key "tensors" added.
  void write(const std::filesystem::path& path, nlohmann::json description) const;
  /// The same as bytes.
  [[nodiscard]] std::string bytes(nlohmann::json description) const;

 private:
  struct Layout;
  [[nodiscard]] Layout lay_out(nlohmann::json description) const;
  using Identity =
      std::tuple<const void*, at::ScalarType, std::vector<std::int64_t>, std::vector<std::int64_t>>;
  std::map<Identity, std::int64_t> numbers_;
  std::vector<at::Tensor> originals_;  ///< kept, so that no address is used twice
  std::vector<at::Tensor> tensors_;    ///< on the CPU, contiguous
};

/// Bytes that tensors are read from.
struct TensorSource {
  std::string name;
  std::uint64_t size = 0;
  std::function<void(std::uint64_t offset, void* buffer, std::uint64_t count)> read_at;
  std::shared_ptr<std::byte> mapping;  ///< of all bytes; tensors then alias it
};

/// Reads what `TensorWriter` wrote. The constructor checks the header, the table and the place of
/// every tensor against the size of the source. Errors do not name the source; the caller does.
class TensorReader {
 public:
  explicit TensorReader(TensorSource source);
  [[nodiscard]] const nlohmann::json& description() const { return description_; }
  /// The tensor of a number that stands at `number` in the description. Every call for one number
  /// gives the same tensor.
  [[nodiscard]] at::Tensor tensor(const nlohmann::json& number, const std::string& what);

 private:
  struct Entry {
    at::ScalarType dtype;
    std::vector<std::int64_t> shape;
    std::uint64_t offset;
    std::uint64_t bytes;
    std::uint32_t checksum;
    at::Tensor tensor;  ///< once it was read
  };
  void read_table();
  [[nodiscard]] at::Tensor read(const Entry& entry) const;
  TensorSource source_;
  nlohmann::json description_;
  std::vector<Entry> entries_;
};

}  // namespace grapevine::io::detail
