#include "grapevine/io/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "grapevine/io/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

using testing_support::TemporaryFolder;

/// What goes into an archive.
struct PackedEntry {
  std::string name;
  std::string content;
  unsigned type = AE_IFREG;  ///< of the file
  std::string link;          ///< target of a symbolic link
  std::string hard_link = "";
};

enum class Form { kZip, kTar, kTarGz };

void pack(const std::filesystem::path& path, const std::vector<PackedEntry>& entries,
          Form form = Form::kZip) {
  const std::unique_ptr<archive, decltype(&archive_write_free)> out(archive_write_new(),
                                                                    archive_write_free);
  if (form == Form::kZip) {
    archive_write_set_format_zip(out.get());
  } else {
    archive_write_set_format_pax_restricted(out.get());
    if (form == Form::kTarGz) {
      archive_write_add_filter_gzip(out.get());
    }
  }
  ASSERT_EQ(archive_write_open_filename(out.get(), path.c_str()), ARCHIVE_OK);
  for (const PackedEntry& packed : entries) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                              archive_entry_free);
    archive_entry_set_pathname(entry.get(), packed.name.c_str());
    archive_entry_set_filetype(entry.get(), packed.type);
    archive_entry_set_perm(entry.get(), 0777);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(packed.content.size()));
    if (!packed.link.empty()) {
      archive_entry_set_symlink(entry.get(), packed.link.c_str());
    }
    if (!packed.hard_link.empty()) {
      archive_entry_set_hardlink(entry.get(), packed.hard_link.c_str());
    }
    ASSERT_EQ(archive_write_header(out.get(), entry.get()), ARCHIVE_OK)
        << archive_error_string(out.get());
    ASSERT_EQ(archive_write_data(out.get(), packed.content.data(), packed.content.size()),
              static_cast<la_ssize_t>(packed.content.size()));
  }
  ASSERT_EQ(archive_write_close(out.get()), ARCHIVE_OK);
}

class Unpack : public testing::Test {
 protected:
  /// Names of what is in the folder beside the archive, sorted.
  [[nodiscard]] std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  /// Expects that an archive is refused with these words and that nothing is left of it.
  void expect_refused(const std::vector<PackedEntry>& entries,
                      const std::vector<std::string>& words, const UnpackOptions& options = {},
                      Form form = Form::kZip) {
    pack(archive_, entries, form);
    expect_refused_file(words, options);
  }

  void expect_refused_file(std::vector<std::string> words, const UnpackOptions& options = {}) {
    words.push_back("data.archive");
    testing_support::expect_error(
        __FILE__, __LINE__, [&] { unpack(archive_, out_, options); }, words);
    EXPECT_THAT(left(), testing::ElementsAre("data.archive"));
  }

  TemporaryFolder folder_;
  std::filesystem::path archive_ = folder_ / "data.archive";
  std::filesystem::path out_ = folder_ / "out";
};

const std::vector<PackedEntry> kGood = {{"top/", "", AE_IFDIR},
                                        {"top/raw/edge.csv", "0,1\n"},
                                        {"top/empty", ""},
                                        {"top/raw/large", std::string(1 << 20, 'x')},
                                        {"README", "read me"}};

TEST_F(Unpack, GivesBackFoldersAndFiles) {
  for (const Form form : {Form::kZip, Form::kTar, Form::kTarGz}) {
    pack(archive_, kGood, form);
    unpack(archive_, out_, {.max_ratio = 10'000});
    EXPECT_EQ(read_file(out_ / "top/raw/edge.csv"), "0,1\n");
    EXPECT_EQ(read_file(out_ / "top/empty"), "");
    EXPECT_EQ(read_file(out_ / "top/raw/large"), std::string(1 << 20, 'x'));
    EXPECT_EQ(read_file(out_ / "README"), "read me");
    EXPECT_THAT(left(), testing::ElementsAre("data.archive", "out"));
    const auto mode = std::filesystem::status(out_ / "README").permissions();
    EXPECT_EQ(mode & std::filesystem::perms::owner_exec, std::filesystem::perms::none);
    std::filesystem::remove_all(out_);
  }
}

TEST_F(Unpack, TakesOneFolderOfTheArchive) {
  pack(archive_, kGood);
  unpack(archive_, out_, {.max_ratio = 10'000, .subfolder = "top"});
  EXPECT_EQ(read_file(out_ / "raw/edge.csv"), "0,1\n");
  EXPECT_FALSE(std::filesystem::exists(out_ / "README"));
  EXPECT_FALSE(std::filesystem::exists(out_ / "top"));
  std::filesystem::remove_all(out_);
  expect_refused(kGood, {"no folder \"to\""}, {.max_ratio = 10'000, .subfolder = "to"});
}

TEST_F(Unpack, LeavesAFolderThatIsThereAlone) {
  pack(archive_, {{"a", "new"}});
  folder_.write("out/a", "old");
  EXPECT_ERROR(unpack(archive_, out_), "out", "is there already");
  EXPECT_EQ(read_file(out_ / "a"), "old");
  EXPECT_THAT(left(), testing::ElementsAre("data.archive", "out"));
}

TEST_F(Unpack, RefusesNamesThatAreNoPlainPaths) {
  for (const char* name :
       {"../evil", "a/../../evil", "/etc/evil", "a//b", "a/./b", "..", "C:evil", "a\nb"}) {
    const testing::ScopedTrace trace(__FILE__, __LINE__, name);
    expect_refused({{"fine", "x"}, {name, "evil"}}, {"is refused"}, {}, Form::kTar);
    expect_refused({{"fine", "x"}, {name, "evil"}}, {"is refused"}, {.subfolder = "fine"});
  }
  expect_refused({{"a\\b", "evil"}}, {"is refused"}, {}, Form::kTar);
  EXPECT_FALSE(std::filesystem::exists(folder_.path().parent_path() / "evil"));
}

TEST_F(Unpack, RefusesLinksAndDevices) {
  expect_refused({{"a", "", AE_IFLNK, "/etc/passwd"}}, {"\"a\"", "neither a file nor a folder"});
  expect_refused({{"a", "x"}, {"b", "", AE_IFLNK, "a"}}, {"\"b\"", "neither"}, {}, Form::kTar);
  expect_refused({{"a", "x"}, {.name = "b", .content = "", .link = "", .hard_link = "a"}},
                 {"\"b\"", "neither"}, {}, Form::kTar);
  for (const unsigned type : {AE_IFIFO, AE_IFCHR, AE_IFBLK}) {
    expect_refused({{"a", "", type}}, {"\"a\"", "neither"}, {}, Form::kTar);
  }
}

TEST_F(Unpack, RefusesAHardLinkThatBringsContent) {
  pack(archive_, {{"a", "1"}, {"b", "2"}}, Form::kTar);
  std::string bytes = read_file(archive_);
  constexpr std::size_t kType = 156;  // where a header of 512 bytes has it; the target follows
  constexpr std::size_t kChecksum = 148;
  char* header = bytes.data() + bytes.find(std::string("b\0", 2));
  header[kType] = '1';
  header[kType + 1] = 'a';
  std::fill_n(header + kChecksum, 8, ' ');
  int sum = 0;
  for (int i = 0; i < 512; ++i) {
    sum += static_cast<unsigned char>(header[i]);
  }
  const std::string digits = fmt::format("{:06o}", sum) + '\0' + ' ';
  std::copy(digits.begin(), digits.end(), header + kChecksum);
  write_file(archive_, {bytes});
  expect_refused_file({"\"b\"", "neither a file nor a folder"});
}

TEST_F(Unpack, RefusesNamesThatOccurTwice) {
  expect_refused({{"a", "1"}, {"a", "2"}}, {"\"a\" occurs twice"});
  expect_refused({{"a", "1"}, {"a/b", "2"}}, {"\"a/b\"", "its folder cannot be made"});
  expect_refused({{"a/b", "1"}, {"a", "2"}}, {"\"a\" occurs twice"});
}

TEST_F(Unpack, StopsAtTheLimits) {
  const std::string zeros(1 << 20, '\0');
  expect_refused({{"a", zeros}}, {"\"a\"", "max_ratio 200"});
  expect_refused({{"a", zeros}}, {"\"a\"", "max_ratio 200"}, {}, Form::kTarGz);
  expect_refused({{"a", "123"}, {"b", "45678"}}, {"\"b\"", "more than 7 bytes"}, {.max_bytes = 7});
  expect_refused({{"a", "123"}, {"b", "45678"}}, {"\"b\"", "more than 7 bytes"},
                 {.max_bytes = 7, .subfolder = "c"});
  expect_refused({{"a", "1"}, {"b", "2"}, {"c", "3"}}, {"more than 2 files"}, {.max_files = 2});
  pack(archive_, {{"a", "123"}, {"b", "4567"}});
  unpack(archive_, out_, {.max_bytes = 7, .max_files = 2});
  EXPECT_EQ(read_file(out_ / "b"), "4567");
}

TEST_F(Unpack, RefusesAnArchiveThatWasCutOrChanged) {
  std::string noise(20'000, '\0');
  for (std::size_t i = 0; i < noise.size(); ++i) {
    noise[i] = static_cast<char>(i * i * 2654435761U >> 13U);
  }
  for (const Form form : {Form::kZip, Form::kTarGz}) {
    pack(archive_, {{"a", noise}, {"b", noise}}, form);
    const std::string bytes = read_file(archive_);
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{3}, bytes.size() / 3, bytes.size() / 2, bytes.size() - 30}) {
      write_file(archive_, {bytes.substr(0, size)});
      expect_refused_file({});
    }
  }
  pack(archive_, {{"a", noise}});
  std::string bytes = read_file(archive_);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] + 1);
  write_file(archive_, {bytes});
  expect_refused_file({"damaged"});
  write_file(archive_, {"<html>no archive</html>"});
  expect_refused_file({"not a zip or tar archive"});
}

TEST_F(Unpack, StopsWhenToldTo) {
  pack(archive_, {{"a", "1"}, {"b", "2"}});
  int asked = 0;
  expect_refused_file({"cancelled"}, {.cancelled = [&] { return ++asked > 2; }});
}

TEST_F(Unpack, NamesWhatIsMissing) {
  EXPECT_ERROR(unpack(folder_ / "none.zip", out_), "none.zip", "cannot be read");
  pack(archive_, {{"a", "1"}});
  EXPECT_ERROR(unpack(archive_, folder_ / "no/out"), "no/out", "cannot be made");
  expect_refused({{"a/", "", AE_IFDIR}}, {"holds no files"});
}

}  // namespace
}  // namespace grapevine::io
