#include "grapevine/io/csv.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "grapevine/io/file.h"
#include "grapevine/io/gzip.h"
#include "grapevine/util/random.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

using testing_support::TemporaryFolder;

TEST(Csv, ReadsNumbers) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.csv", "1,-2.5\n 3e2 ,+4\r\n5,\t.25\n\n");
  const at::Tensor expected =
      at::tensor({1.0, -2.5, 300.0, 4.0, 5.0, 0.25}, at::kDouble).reshape({3, 2});
  EXPECT_TRUE(read_csv(file, {.dtype = at::kDouble}).equal(expected));
  EXPECT_TRUE(read_csv(file).equal(expected.to(at::kFloat)));
}

TEST(Csv, ReadsIntegersExactly) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.csv", "9223372036854775807\n-9223372036854775808");
  const at::Tensor got = read_csv(file, {.dtype = at::kLong});
  EXPECT_EQ(got[0][0].item<std::int64_t>(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(got[1][0].item<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
}

TEST(Csv, SkipsAHeaderAndTakesADelimiter) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.csv", "src;dst\n0;1\n");
  const at::Tensor got =
      read_csv(file, {.dtype = at::kLong, .columns = 2, .header = true, .delimiter = ';'});
  EXPECT_TRUE(got.equal(at::arange(2).unsqueeze(0)));
}

TEST(Csv, ReadsMissingValuesAsNanWhenAllowed) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.csv", "1,\n\"\",nan\n");
  const at::Tensor got = read_csv(file, {.dtype = at::kDouble, .allow_missing = true});
  EXPECT_EQ(got.isnan().sum().item<std::int64_t>(), 3);
  EXPECT_ERROR(read_csv(file), "a.csv", "line 1, column 2", "is not a number");
}

TEST(Csv, AnEmptyFileHasNoRows) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_csv(folder.write("a.csv", "")).sizes(), (std::vector<std::int64_t>{0, 0}));
  EXPECT_EQ(read_csv(folder.write("a.csv.gz", gzip_compress("\n")), {.columns = 3}).sizes(),
            (std::vector<std::int64_t>{0, 3}));
}

TEST(Csv, TakesFloatsThatAreTooSmallAndRefusesThoseTooLarge) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_csv(folder.write("a.csv", "1e-300")).item<float>(), 0.0F);
  EXPECT_ERROR(read_csv(folder.write("a.csv", "1e300")), "line 1, column 1", "1e300");
}

TEST(Csv, NamesFileLineAndColumn) {
  const TemporaryFolder folder;
  const auto expect = [&](const std::string& content, std::vector<std::string> words,
                          CsvOptions options = {}) {
    words.emplace_back("bad.csv");
    const auto file = folder.write("bad.csv", content);
    testing_support::expect_error(
        __FILE__, __LINE__, [&] { static_cast<void>(read_csv(file, options)); }, words);
  };
  expect("1,2\n3,4\n5\n6,7\n", {"line 3: expected 2 values, got 1"});
  expect("1,2\n3,4,5\n", {"line 2: expected 2 values, got 3"});
  expect("1,2\n3,abc\n", {"line 2, column 2: \"abc\" is not a number"});
  expect("1\n\n3\n", {"line 2: expected values, got an empty line"});
  expect("1.5\n", {"line 1, column 1: \"1.5\" is not an integer"}, {.dtype = at::kLong});
  expect("9223372036854775808\n", {"line 1", "not an integer"}, {.dtype = at::kLong});
  expect("1,2,3\n", {"line 1: expected 2 values, got 3"}, {.columns = 2});
  expect("a,b\n1,x\n", {"line 2, column 2"}, {.header = true});
  expect(std::string("1\0,2\n", 5), {"line 1, column 1", "1?"});
  expect("1,--2\n", {"column 2: \"--2\""});
  expect(std::string(100, 'x') + "\n", {"line 1", "xxx..."});
  EXPECT_ERROR(read_csv("/no/such/a.csv"), "/no/such/a.csv", "No such file");
  EXPECT_ERROR(read_csv(folder.write("a.csv", "1"), {.dtype = at::kShort}), "dtype", "Short");
}

TEST(Csv, DoesNotTrustTheFirstLineAboutMemory) {
  const TemporaryFolder folder;
  std::string content(std::size_t{2} << 20, ',');
  content += "\n";
  for (int i = 0; i < 1 << 20; ++i) {
    content += "1\n";
  }
  EXPECT_ERROR(read_csv(folder.write("wide.csv", content)), "wide.csv",
               "line 2: expected 2097153 values, got 1");
}

TEST(Csv, ReportsTheFirstBadLineOfManyBlocks) {
  const TemporaryFolder folder;
  std::string content;
  for (int i = 0; i < 1500000; ++i) {
    content += i == 1400000 || i == 1400005 ? "oops,1\n" : "12345,6\n";
  }
  ASSERT_GT(content.size(), std::size_t{9} << 20);
  EXPECT_ERROR(read_csv(folder.write("a.csv.gz", gzip_compress(content))),
               "line 1400001, column 1");
}

TEST(Csv, RoundTripsFloatsExactly) {
  const TemporaryFolder folder;
  RandomStream stream = RandomKey(3).stream(0);
  at::Tensor table = at::arange(70000, at::kFloat).reshape({10000, 7});
  float* values = table.mutable_data_ptr<float>();
  for (int i = 0; i < 70000; ++i) {
    values[i] = static_cast<float>(stream.normal() *
                                   std::pow(10.0, static_cast<double>(stream.below(60)) - 30));
  }
  for (const char* name : {"a.csv", "a.csv.gz"}) {
    write_csv(folder / name, table);
    EXPECT_TRUE(read_csv(folder / name).equal(table)) << name;
  }
  write_csv(folder / "b.csv", at::arange(4));
  EXPECT_EQ(read_file(folder / "b.csv"), "0\n1\n2\n3\n");
}

}  // namespace
}  // namespace grapevine::io
