#include "grapevine/io/gzip.h"

#include <gtest/gtest.h>

#include "grapevine/io/file.h"
#include "grapevine/util/random.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

using testing_support::TemporaryFolder;

std::string random_text(std::size_t size) {
  RandomStream stream = RandomKey(1).stream(0);
  std::string text(size, ' ');
  for (char& character : text) {
    character = static_cast<char>('0' + stream.below(10));
  }
  return text;
}

TEST(Gzip, RoundTrips) {
  const TemporaryFolder folder;
  for (const std::size_t size : {0, 1, 1000, 1 << 20, 5 << 20}) {
    const std::string text = random_text(size);
    folder.write("a.gz", gzip_compress(text));
    EXPECT_TRUE(read_gzip(folder / "a.gz") == text) << size;
  }
}

TEST(Gzip, ReadsSeveralMembersAndZeroPadding) {
  const TemporaryFolder folder;
  folder.write("a.gz", gzip_compress("one ") + gzip_compress("") + gzip_compress("two") +
                           std::string(512, '\0'));
  EXPECT_EQ(read_gzip(folder / "a.gz"), "one two");
}

TEST(Gzip, NamesATruncatedFile) {
  const TemporaryFolder folder;
  const std::string whole = gzip_compress(random_text(5000));
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{5}, std::size_t{100}, whole.size() - 1}) {
    folder.write("cut.gz", whole.substr(0, size));
    EXPECT_ERROR(read_gzip(folder / "cut.gz"), "cut.gz", "truncated");
  }
}

TEST(Gzip, NamesACorruptFile) {
  const TemporaryFolder folder;
  std::string content = gzip_compress(random_text(5000));
  content[content.size() - 6] ^= 1;  // in the checksum
  folder.write("flipped.gz", content);
  EXPECT_ERROR(read_gzip(folder / "flipped.gz"), "flipped.gz", "corrupt");
  folder.write("plain.gz", "0,1\n2,3\n");
  EXPECT_ERROR(read_gzip(folder / "plain.gz"), "plain.gz", "corrupt");
  folder.write("more.gz", gzip_compress("one") + "and more");
  EXPECT_ERROR(read_gzip(folder / "more.gz"), "more.gz", "other bytes follow");
}

TEST(Gzip, StopsAtTheLimit) {
  const TemporaryFolder folder;
  folder.write("bomb.gz", gzip_compress(std::string(std::size_t{64} << 20, '0')));
  EXPECT_ERROR(read_gzip(folder / "bomb.gz", 1 << 20), "bomb.gz", "more than 1048576 bytes");
}

TEST(Gzip, NamesAMissingFile) {
  EXPECT_ERROR(read_gzip("/no/such/a.gz"), "/no/such/a.gz", "No such file");
}

}  // namespace
}  // namespace grapevine::io
