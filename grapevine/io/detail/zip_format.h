#pragma once

#include <cstdint>

// The structures of a zip archive (PKWARE, APPNOTE.TXT), as they lie in the file.
namespace grapevine::io::detail {

#pragma pack(push, 1)

/// Before the content of each record.
struct ZipLocalHeader {
  static constexpr std::uint32_t kSignature = 0x04034b50;
  std::uint32_t signature = kSignature;
  std::uint16_t version = 45;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint16_t time = 0;
  std::uint16_t date = 0x21;  ///< 1 January 1980
  std::uint32_t checksum = 0;
  std::uint32_t compressed_size = 0;
  std::uint32_t size = 0;
  std::uint16_t name_size = 0;
  std::uint16_t extra_size = 0;
};
static_assert(sizeof(ZipLocalHeader) == 30);

/// One for each record, in the directory after all records.
struct ZipDirectoryEntry {
  static constexpr std::uint32_t kSignature = 0x02014b50;
  std::uint32_t signature = kSignature;
  std::uint16_t made_by = 45;
  std::uint16_t version = 45;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint16_t time = 0;
  std::uint16_t date = 0x21;
  std::uint32_t checksum = 0;
  std::uint32_t compressed_size = 0;
  std::uint32_t size = 0;
  std::uint16_t name_size = 0;
  std::uint16_t extra_size = 0;
  std::uint16_t comment_size = 0;
  std::uint16_t disk = 0;
  std::uint16_t internal_attributes = 0;
  std::uint32_t external_attributes = 0;
  std::uint32_t offset = 0;
};
static_assert(sizeof(ZipDirectoryEntry) == 46);

/// Where the directory is.
struct Zip64End {
  static constexpr std::uint32_t kSignature = 0x06064b50;
  std::uint32_t signature = kSignature;
  std::uint64_t rest = 44;  ///< bytes of this structure after this field
  std::uint16_t made_by = 45;
  std::uint16_t version = 45;
  std::uint32_t disk = 0;
  std::uint32_t directory_disk = 0;
  std::uint64_t records_here = 0;
  std::uint64_t records = 0;
  std::uint64_t directory_size = 0;
  std::uint64_t directory_offset = 0;
};
static_assert(sizeof(Zip64End) == 56);

/// Where the structure before is.
struct Zip64Locator {
  static constexpr std::uint32_t kSignature = 0x07064b50;
  std::uint32_t signature = kSignature;
  std::uint32_t disk = 0;
  std::uint64_t end_offset = 0;
  std::uint32_t disks = 1;
};
static_assert(sizeof(Zip64Locator) == 20);

/// At the end of the file, with the numbers that fit.
struct ZipEnd {
  static constexpr std::uint32_t kSignature = 0x06054b50;
  std::uint32_t signature = kSignature;
  std::uint16_t disk = 0;
  std::uint16_t directory_disk = 0;
  std::uint16_t records_here = 0;
  std::uint16_t records = 0;
  std::uint32_t directory_size = 0;
  std::uint32_t directory_offset = 0;
  std::uint16_t comment_size = 0;
};
static_assert(sizeof(ZipEnd) == 22);

/// Begins each part of an extra field.
struct ZipExtra {
  static constexpr std::uint16_t kZip64 = 1;
  static constexpr std::uint16_t kPadding = 0x4246;  ///< "FB", as PyTorch pads
  std::uint16_t kind = 0;
  std::uint16_t size = 0;
};
static_assert(sizeof(ZipExtra) == 4);

#pragma pack(pop)

/// In a field of 32 bits: the number is in the zip64 extra field.
inline constexpr std::uint32_t kZip64Marker = 0xFFFFFFFF;
inline constexpr std::uint16_t kZip64ShortMarker = 0xFFFF;

/// Flags of a record whose content needs more than to be copied: encryption, patches, strong
/// encryption, masked headers.
inline constexpr std::uint16_t kZipRefusedFlags = 0x2061;

}  // namespace grapevine::io::detail
