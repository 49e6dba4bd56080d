#include <algorithm>
#include <cstddef>
#include <deque>
#include <limits>

#include "grapevine/io/detail/tensor_file.h"
#include "grapevine/io/detail/zip_archive.h"
#include "grapevine/io/detail/zip_format.h"

namespace grapevine::io::detail {
namespace {

constexpr std::uint64_t kContentAlignment = 64;

template <typename Structure>
void append_structure(std::string& bytes, const Structure& structure) {
  bytes.append(reinterpret_cast<const char*>(&structure), sizeof structure);
}

bool is_long(std::uint64_t number) { return number >= kZip64Marker; }

std::uint32_t short_form(std::uint64_t number) {
  return is_long(number) ? kZip64Marker : static_cast<std::uint32_t>(number);
}

/// A zip64 extra field of those numbers.
std::string zip64_extra(const std::vector<std::uint64_t>& numbers) {
  std::string extra;
  append_structure(extra, ZipExtra{ZipExtra::kZip64, static_cast<std::uint16_t>(
                                                         sizeof(std::uint64_t) * numbers.size())});
  for (const std::uint64_t number : numbers) {
    append_structure(extra, number);
  }
  return extra;
}

/// Lays the records out one after the other.
class ZipLayout {
 public:
  void add(const ZipRecord& record) {
    const std::uint64_t begin = end_;
    const std::uint64_t size = record.content.size();
    ZipLocalHeader header;
    header.checksum = checksum_of(record.content);
    header.size = header.compressed_size = short_form(size);
    header.name_size = static_cast<std::uint16_t>(record.name.size());
    std::string extra = is_long(size) ? zip64_extra({size, size}) : "";
    append_padding(extra, begin + sizeof header + record.name.size());
    header.extra_size = static_cast<std::uint16_t>(extra.size());
    std::string& bytes = texts_.emplace_back();
    append_structure(bytes, header);
    append(bytes.append(record.name).append(extra));
    append(record.content);
    list(record.name, begin, size, header.checksum);
  }

  const std::vector<std::string_view>& finish() {
    const Zip64End end = {.records_here = records_,
                          .records = records_,
                          .directory_size = directory_.size(),
                          .directory_offset = end_};
    std::string& bytes = texts_.emplace_back(std::move(directory_));
    append_structure(bytes, end);
    append_structure(bytes, Zip64Locator{.end_offset = end_ + end.directory_size});
    const auto records =
        static_cast<std::uint16_t>(std::min<std::uint64_t>(records_, kZip64ShortMarker));
    append_structure(bytes, ZipEnd{.records_here = records,
                                   .records = records,
                                   .directory_size = short_form(end.directory_size),
                                   .directory_offset = short_form(end.directory_offset)});
    append(bytes);
    return pieces_;
  }

 private:
  void append(std::string_view piece) {
    pieces_.push_back(piece);
    end_ += piece.size();
  }

  /// Padding after `begin` bytes and the extra field so far.
  static void append_padding(std::string& extra, std::uint64_t begin) {
    const std::uint64_t padded = begin + extra.size() + sizeof(ZipExtra);
    const std::uint64_t padding =
        (kContentAlignment - padded % kContentAlignment) % kContentAlignment;
    append_structure(extra, ZipExtra{ZipExtra::kPadding, static_cast<std::uint16_t>(padding)});
    extra.append(padding, '\0');
  }

  void list(const std::string& name, std::uint64_t offset, std::uint64_t size,
            std::uint32_t checksum) {
    std::vector<std::uint64_t> numbers;
    if (is_long(size)) {
      numbers = {size, size};
    }
    if (is_long(offset)) {
      numbers.push_back(offset);
    }
    const std::string extra = numbers.empty() ? "" : zip64_extra(numbers);
    ZipDirectoryEntry entry;
    entry.checksum = checksum;
    entry.size = entry.compressed_size = short_form(size);
    entry.name_size = static_cast<std::uint16_t>(name.size());
    entry.extra_size = static_cast<std::uint16_t>(extra.size());
    entry.offset = short_form(offset);
    append_structure(directory_, entry);
    directory_.append(name).append(extra);
    ++records_;
  }

  std::deque<std::string> texts_;  ///< what the pieces between the contents lie in
  std::vector<std::string_view> pieces_;
  std::string directory_;
  std::uint64_t records_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace

void write_zip(const std::filesystem::path& path, const std::vector<ZipRecord>& records) {
  ZipLayout layout;
  for (const ZipRecord& record : records) {
    layout.add(record);
  }
  write_file(path, layout.finish());
}

}  // namespace grapevine::io::detail
