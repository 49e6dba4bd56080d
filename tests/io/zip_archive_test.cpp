#include "grapevine/io/detail/zip_archive.h"

#include <gtest/gtest.h>

#include <string>

#include "grapevine/io/detail/zip_format.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io::detail {
namespace {

using testing_support::TemporaryFolder;

class ZipArchive : public testing::Test {
 protected:
  /// An archive of two records.
  [[nodiscard]] std::string good() const {
    write_zip(path_, {{"top/a", "hello"}, {"top/b/c", std::string(1000, 'x')}});
    return read_file(path_);
  }

  /// Expects that an archive is refused with these words.
  void expect_refused(const std::string& bytes, const std::vector<std::string>& words) const {
    const auto file = folder_.write("bad.zip", bytes);
    for (const std::string& word : words) {
      EXPECT_ERROR(ZipReader(file), "bad.zip", word);
    }
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "a.zip";
};

/// Overwrites a field of the directory's entry number `entry`, or of another structure.
template <typename Field>
std::string with_field(std::string bytes, std::string_view signature, std::size_t entry,
                       std::size_t offset, Field value) {
  std::size_t at = bytes.find(signature);
  for (; entry > 0; --entry) {
    at = bytes.find(signature, at + 1);
  }
  return bytes.replace(at + offset, sizeof value, reinterpret_cast<const char*>(&value),
                       sizeof value);
}

constexpr std::string_view kLocal = "PK\3\4";
constexpr std::string_view kEntry = "PK\1\2";
constexpr std::string_view kLongEnd = "PK\6\6";
constexpr std::string_view kLocator = "PK\6\7";

TEST_F(ZipArchive, GivesBackWhatWasWritten) {
  const std::string bytes = good();
  const ZipReader reader(path_);
  EXPECT_EQ(reader.names(), (std::vector<std::string>{"top/a", "top/b/c"}));
  EXPECT_EQ(reader.read("top/a"), "hello");
  EXPECT_EQ(reader.size("top/b/c"), 1000U);
  EXPECT_EQ(reader.read("top/b/c"), std::string(1000, 'x'));
  EXPECT_TRUE(reader.contains("top/a"));
  EXPECT_FALSE(reader.contains("a"));
  EXPECT_ERROR(reader.read("../a"), "a.zip", "has no record \"../a\"");
  EXPECT_EQ(bytes.find("hello") % 64, 0U);
  EXPECT_EQ(bytes.find("xxx") % 64, 0U);
}

TEST_F(ZipArchive, ReadsAnEmptyRecordAndNoRecord) {
  write_zip(path_, {{"top/nothing", ""}});
  EXPECT_EQ(ZipReader(path_).read("top/nothing"), "");
}

TEST_F(ZipArchive, RefusesAFileThatWasCutAnywhere) {
  const std::string bytes = good();
  for (std::size_t size = 0; size < bytes.size(); size += 19) {
    expect_refused(bytes.substr(0, size), {""});
  }
  expect_refused("not an archive, but long enough to hold the headers of one, and then some more",
                 {"expected a zip archive"});
}

TEST_F(ZipArchive, RefusesNamesThatAreNoPlainPaths) {
  for (const std::string name : {"../evil", "top/../../evil", "/etc/passwd", "top//a", "top\\a",
                                 "C:evil", "top/.", "top/", ""}) {
    write_zip(path_, {{name, "x"}});
    EXPECT_ERROR(ZipReader(path_), "is refused");
  }
}

TEST_F(ZipArchive, RefusesRecordsThatAreNotStoredAsTheyAre) {
  expect_refused(with_field<std::uint16_t>(good(), kEntry, 0, 10, 8), {"not compressed"});
  expect_refused(with_field<std::uint16_t>(good(), kEntry, 1, 8, 1), {"top/b/c", "encrypted"});
  expect_refused(with_field<std::uint32_t>(good(), kEntry, 0, 20, 4), {"sizes 5 and 4"});
}

TEST_F(ZipArchive, RefusesRecordsThatReachBeyondTheirPlace) {
  std::string bytes = with_field<std::uint32_t>(good(), kEntry, 0, 24, 1U << 30);
  bytes = with_field<std::uint32_t>(bytes, kEntry, 0, 20, 1U << 30);
  expect_refused(bytes, {"top/a", "1073741824 bytes"});
  bytes = with_field<std::uint32_t>(good(), kEntry, 0, 24, 100);
  expect_refused(with_field<std::uint32_t>(bytes, kEntry, 0, 20, 100), {"overlap"});
  expect_refused(with_field<std::uint32_t>(good(), kEntry, 0, 42, 7), {"no such record at byte 7"});
  expect_refused(with_field<std::uint32_t>(good(), kEntry, 0, 42, 0xFFFFFFF0), {"begins at byte"});
  expect_refused(with_field<std::uint32_t>(good(), kEntry, 0, 42, 0xFFFFFFFF), {"64 bits"});
  expect_refused(with_field<std::uint16_t>(good(), kLocal, 0, 28, 60000), {"top/a", "damaged"});
}

TEST_F(ZipArchive, RefusesADirectoryThatLies) {
  expect_refused(with_field<std::uint64_t>(good(), kLongEnd, 0, 32, 1ULL << 40), {"records in"});
  expect_refused(with_field<std::uint64_t>(good(), kLongEnd, 0, 40, 1ULL << 62), {"directory of"});
  expect_refused(with_field<std::uint64_t>(good(), kLongEnd, 0, 48, ~0ULL), {"directory of"});
  expect_refused(with_field<std::uint64_t>(good(), kLocator, 0, 8, ~0ULL), {"is at byte"});
  expect_refused(with_field<std::uint64_t>(good(), kLocator, 0, 8, 3), {"is missing"});
  expect_refused(with_field<std::uint16_t>(good(), kEntry, 1, 28, 60000), {"cut short"});
}

TEST_F(ZipArchive, RefusesTwoRecordsOfOneName) {
  write_zip(path_, {{"top/a", "1"}, {"top/a", "2"}});
  EXPECT_ERROR(ZipReader(path_), "\"top/a\" occurs twice");
  std::string bytes = good();
  const std::size_t name = bytes.find("top/b/c");
  bytes[name + 4] = 'd';
  expect_refused(bytes, {"its name is also \"top/d/c\""});
}

TEST_F(ZipArchive, ChecksTheContent) {
  std::string bytes = good();
  bytes[bytes.find("hello")] = 'j';
  const auto file = folder_.write("bad.zip", bytes);
  EXPECT_ERROR(ZipReader(file).read("top/a"), "bad.zip", "top/a", "checksum");
  EXPECT_EQ(ZipReader(file).size("top/a"), 5U);
  const auto unchecked =
      folder_.write("unchecked.zip", with_field<std::uint32_t>(bytes, kEntry, 0, 16, 0));
  EXPECT_EQ(ZipReader(unchecked).read("top/a"), "jello");
}

}  // namespace
}  // namespace grapevine::io::detail
