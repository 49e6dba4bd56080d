#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "grapevine/io/file.h"

// Zip archives whose records are stored as they are, as PyTorch's files are.
namespace grapevine::io::detail {

/// One file in an archive.
struct ZipRecord {
  std::string name;
  std::string_view content;
};

/// Writes an archive, whole, in the zip64 format where 32 bits do not suffice. The content of each
/// record begins at a multiple of 64 bytes, so that it can be used where the file is mapped.
void write_zip(const std::filesystem::path& path, const std::vector<ZipRecord>& records);

/// Reads such archives. The constructor checks the directory: records that are compressed or
/// encrypted, that overlap, that reach beyond the file, that have one name twice or a name which is
/// no relative path, are an `Error` that names the file. Memory is in proportion to the directory.
class ZipReader {
 public:
  explicit ZipReader(const std::filesystem::path& path);

  /// The file, for messages.
  [[nodiscard]] const std::string& file() const { return file_.name(); }
  /// Bytes of the file.
  [[nodiscard]] std::uint64_t file_size() const { return file_.size(); }
  /// Names of the records, sorted.
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool contains(const std::string& record) const;
  /// Bytes of a record; `Error` if there is none of that name.
  [[nodiscard]] std::uint64_t size(const std::string& record) const;
  /// Fills `buffer`, of `size(record)` bytes. `Error` if the checksum does not fit; one of 0 is
  /// none, which is how PyTorch leaves it out.
  void read(const std::string& record, void* buffer) const;
  [[nodiscard]] std::string read(const std::string& record) const;

 private:
  struct Place {
    std::uint64_t header = 0;  ///< where the local header begins
    std::uint64_t offset = 0;  ///< where the content begins
    std::uint64_t size = 0;
    std::uint32_t checksum = 0;
  };
  struct Directory {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t records = 0;
  };
  [[nodiscard]] Directory find_directory() const;
  void read_directory(const Directory& directory);
  void find_content(const std::string& name, Place& place, std::uint64_t limit) const;
  void check_overlaps() const;
  [[nodiscard]] const Place& place(const std::string& record) const;

  InputFile file_;
  std::map<std::string, Place> places_;
};

}  // namespace grapevine::io::detail
