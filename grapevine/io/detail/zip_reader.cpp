#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "grapevine/io/detail/names.h"
#include "grapevine/io/detail/pickle_text.h"
#include "grapevine/io/detail/tensor_file.h"
#include "grapevine/io/detail/zip_archive.h"
#include "grapevine/io/detail/zip_format.h"
#include "grapevine/util/error.h"

namespace grapevine::io::detail {
namespace {

static_assert(std::endian::native == std::endian::little, "structures are read as they lie");

template <typename Structure>
Structure structure_at(const InputFile& file, std::uint64_t offset) {
  Structure structure;
  file.read_at(offset, &structure, sizeof structure);
  return structure;
}

/// The structure at the front of `bytes`, which loses it.
template <typename Structure>
Structure take_structure(std::string_view& bytes, const std::string& file) {
  Structure structure;
  check(bytes.size() >= sizeof structure, "{}: damaged: the zip directory is cut short", file);
  std::memcpy(&structure, bytes.data(), sizeof structure);
  bytes.remove_prefix(sizeof structure);
  return structure;
}

std::string_view take_bytes(std::string_view& bytes, std::size_t count, const std::string& file) {
  check(bytes.size() >= count, "{}: damaged: the zip directory is cut short", file);
  const std::string_view result = bytes.substr(0, count);
  bytes.remove_prefix(count);
  return result;
}

/// Numbers of 64 bits in the place of those that are marked.
void complete_from_extra(std::string_view extra, const std::string& file,
                         std::initializer_list<std::uint64_t*> numbers) {
  if (std::none_of(numbers.begin(), numbers.end(),
                   [](const std::uint64_t* number) { return *number == kZip64Marker; })) {
    return;
  }
  while (!extra.empty()) {
    const auto [kind, size] = take_structure<ZipExtra>(extra, file);
    std::string_view part = take_bytes(extra, size, file);
    if (kind != ZipExtra::kZip64) {
      continue;
    }
    for (std::uint64_t* number : numbers) {
      if (*number == kZip64Marker) {
        *number = take_structure<std::uint64_t>(part, file);
      }
    }
    return;
  }
  fail("{}: damaged: the zip directory lacks a size of 64 bits", file);
}

}  // namespace

ZipReader::ZipReader(const std::filesystem::path& path) : file_(path) {
  const bool is_zip =
      file_.size() >= sizeof(ZipLocalHeader) + sizeof(ZipEnd) &&
      structure_at<ZipLocalHeader>(file_, 0).signature == ZipLocalHeader::kSignature;
  check(is_zip, "{}: not a file of torch.save: expected a zip archive", file());
  read_directory(find_directory());
  check_overlaps();
}

ZipReader::Directory ZipReader::find_directory() const {
  // PyTorch writes no comment behind the end, so it is where the file ends.
  const std::uint64_t end_at = file_.size() - sizeof(ZipEnd);
  const auto end = structure_at<ZipEnd>(file_, end_at);
  check(end.signature == ZipEnd::kSignature && end.comment_size == 0,
        "{}: damaged: the end of the zip archive is missing", file());
  Directory directory = {end.directory_offset, end.directory_size, end.records};
  std::uint64_t limit = end_at;
  if (end_at >= sizeof(Zip64Locator) + sizeof(Zip64End)) {
    const auto locator = structure_at<Zip64Locator>(file_, end_at - sizeof(Zip64Locator));
    if (locator.signature == Zip64Locator::kSignature) {
      check(locator.end_offset <= end_at - sizeof(Zip64Locator) - sizeof(Zip64End),
            "{}: damaged: the end of the zip archive is at byte {} of {}", file(),
            locator.end_offset, file_.size());
      const auto long_end = structure_at<Zip64End>(file_, locator.end_offset);
      check(long_end.signature == Zip64End::kSignature,
            "{}: damaged: the end of the zip archive is missing", file());
      directory = {long_end.directory_offset, long_end.directory_size, long_end.records};
      limit = locator.end_offset;
    }
  }
  check(directory.size <= limit && directory.offset <= limit - directory.size &&
            directory.records <= directory.size / sizeof(ZipDirectoryEntry),
        "{}: damaged: a zip directory of {} records in {} bytes at byte {} of {}", file(),
        directory.records, directory.size, directory.offset, file_.size());
  return directory;
}

void ZipReader::read_directory(const Directory& directory) {
  std::string bytes(directory.size, '\0');
  file_.read_at(directory.offset, bytes.data(), bytes.size());
  std::string_view rest = bytes;
  for (std::uint64_t i = 0; i < directory.records; ++i) {
    const auto entry = take_structure<ZipDirectoryEntry>(rest, file());
    check(entry.signature == ZipDirectoryEntry::kSignature,
          "{}: damaged: record {} of the zip directory is none", file(), i);
    const std::string name(take_bytes(rest, entry.name_size, file()));
    const std::string_view extra = take_bytes(rest, entry.extra_size, file());
    take_bytes(rest, entry.comment_size, file());
    // Records are never written to where their names point; a name that points elsewhere is refused
    // all the same, as no honest file has one.
    check(is_plain_path(name), "{}: the record name \"{}\" is refused", file(), printable(name));
    check(entry.method == 0 && (entry.flags & kZipRefusedFlags) == 0,
          "{}: record \"{}\": expected it stored as it is, not compressed or encrypted", file(),
          printable(name));
    Place place = {.header = entry.offset, .size = entry.size, .checksum = entry.checksum};
    std::uint64_t compressed = entry.compressed_size;
    complete_from_extra(extra, file(), {&place.size, &compressed, &place.header});
    check(compressed == place.size, "{}: record \"{}\": damaged: sizes {} and {}", file(),
          printable(name), place.size, compressed);
    find_content(name, place, directory.offset);
    check(places_.emplace(name, place).second, "{}: record \"{}\" occurs twice", file(),
          printable(name));
  }
}

void ZipReader::find_content(const std::string& name, Place& place, std::uint64_t limit) const {
  const bool has_header =
      limit >= sizeof(ZipLocalHeader) && place.header <= limit - sizeof(ZipLocalHeader);
  check(has_header, "{}: record \"{}\": damaged: begins at byte {} of {}", file(), printable(name),
        place.header, limit);
  const auto header = structure_at<ZipLocalHeader>(file_, place.header);
  check(header.signature == ZipLocalHeader::kSignature && header.name_size == name.size(),
        "{}: record \"{}\": damaged: no such record at byte {}", file(), printable(name),
        place.header);
  place.offset = place.header + sizeof header + header.name_size + header.extra_size;
  check(place.offset <= limit && place.size <= limit - place.offset,
        "{}: record \"{}\": damaged: {} bytes at byte {} of {}", file(), printable(name),
        place.size, place.offset, limit);
  std::string name_here(name.size(), '\0');
  file_.read_at(place.header + sizeof header, name_here.data(), name_here.size());
  check(name_here == name, "{}: record \"{}\": damaged: its name is also \"{}\"", file(),
        printable(name), printable(name_here));
}

void ZipReader::check_overlaps() const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const auto& [name, place] : places_) {
    ranges.emplace_back(place.header, place.offset + place.size);
  }
  std::sort(ranges.begin(), ranges.end());
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    check(ranges[i - 1].second <= ranges[i].first,
          "{}: damaged: two records of the zip archive overlap at byte {}", file(),
          ranges[i].first);
  }
}

std::vector<std::string> ZipReader::names() const {
  std::vector<std::string> result;
  for (const auto& [name, place] : places_) {
    result.push_back(name);
  }
  return result;
}

bool ZipReader::contains(const std::string& record) const { return places_.contains(record); }

const ZipReader::Place& ZipReader::place(const std::string& record) const {
  const auto found = places_.find(record);
  check(found != places_.end(), "{}: has no record \"{}\"", file(), printable(record));
  return found->second;
}

std::uint64_t ZipReader::size(const std::string& record) const { return place(record).size; }

void ZipReader::read(const std::string& record, void* buffer) const {
  const Place& where = place(record);
  file_.read_at(where.offset, buffer, where.size);
  check(where.checksum == 0 ||
            where.checksum == checksum_of({static_cast<const char*>(buffer), where.size}),
        "{}: record \"{}\": damaged: its checksum is wrong", file(), printable(record));
}

std::string ZipReader::read(const std::string& record) const {
  std::string content(size(record), '\0');
  read(record, content.data());
  return content;
}

}  // namespace grapevine::io::detail
