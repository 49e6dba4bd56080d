#include "grapevine/io/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstddef>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

using testing_support::TemporaryFolder;

TEST(File, ReadsBackWhatWasWritten) {
  const TemporaryFolder folder;
  write_file(folder / "a.bin", {"one", std::string_view("\0two", 4), ""});
  EXPECT_EQ(read_file(folder / "a.bin"), std::string("one\0two", 7));
  write_file(folder / "a.bin", {"less"});
  EXPECT_EQ(read_file(folder / "a.bin"), "less");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1)
      << "a temporary file stays";
}

TEST(File, NamesWhatCannotBeReadOrWritten) {
  const TemporaryFolder folder;
  EXPECT_ERROR(read_file(folder / "missing.bin"), "missing.bin", "No such file");
  EXPECT_ERROR(read_file(folder.path()), folder.path().string(), "not a regular file");
  EXPECT_ERROR(write_file(folder / "no/such/a.bin", {"x"}), "a.bin", "cannot be written");
  folder.write("long.bin", "12345");
  EXPECT_ERROR(read_file(folder / "long.bin", 4), "long.bin", "at most 4 bytes, got 5");
}

TEST(File, RefusesANamedPipe) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_ERROR(read_file(folder / "pipe"), "pipe", "not a regular file");
}

TEST(InputFile, ReportsAnEndThatComesTooEarly) {
  const TemporaryFolder folder;
  const InputFile file(folder.write("a.bin", "0123456789"));
  char buffer[4] = {};
  file.read_at(3, buffer, 4);
  EXPECT_EQ(std::string(buffer, 4), "3456");
  EXPECT_ERROR(file.read_at(8, buffer, 4), "a.bin", "ends 2 bytes too early");
}

TEST(InputFile, MapsPrivately) {
  const TemporaryFolder folder;
  folder.write("a.bin", "abc");
  std::shared_ptr<std::byte> mapped = InputFile(folder / "a.bin").map();
  EXPECT_EQ(mapped.get()[1], std::byte{'b'});
  mapped.get()[1] = std::byte{'x'};
  EXPECT_EQ(read_file(folder / "a.bin"), "abc");
}

TEST(JoinInside, StaysInTheFolder) {
  const TemporaryFolder folder;
  folder.write("data/sub/a.npy", "");
  folder.write("data-other/a.npy", "");
  const std::filesystem::path home = folder / "data";
  EXPECT_EQ(read_file(join_inside(home, "sub/a.npy", "yaml")), "");
  EXPECT_EQ(read_file(join_inside(home, "sub/../sub/./a.npy", "yaml")), "");
  for (const char* path :
       {"../data-other/a.npy", "sub/../../data-other/a.npy", "..", "/etc/hostname"}) {
    EXPECT_ERROR(join_inside(home, path, "metadata.yaml: line 3"), "metadata.yaml: line 3", path,
                 "leaves the folder");
  }
  EXPECT_ERROR(join_inside(home, "", "yaml"), "yaml", "expected the path");
  EXPECT_ERROR(join_inside(home, std::string("a\0b", 3), "yaml"), "yaml", "expected the path");
}

TEST(JoinInside, FollowsSymbolicLinks) {
  const TemporaryFolder folder;
  folder.write("data/a.npy", "");
  folder.write("secret.npy", "");
  std::filesystem::create_symlink(folder / "secret.npy", folder / "data/out.npy");
  std::filesystem::create_symlink("a.npy", folder / "data/in.npy");
  EXPECT_EQ(join_inside(folder / "data", "in.npy", "yaml").filename(), "a.npy");
  EXPECT_ERROR(join_inside(folder / "data", "out.npy", "yaml"), "out.npy", "leaves the folder");
}

}  // namespace
}  // namespace grapevine::io
