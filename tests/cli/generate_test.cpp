#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/cli/run_cli.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class CliGenerate : public CliTest {};

TEST_F(CliGenerate, WritesWhatInfoReads) {
  for (const std::string format : {"ogb", "ondisk"}) {
    const Outcome info = run_cli("info '" + generate(format) + "'");
    EXPECT_EQ(info.status, 0) << info.errors;
    for (const char* line :
         {"nodes    300\n", "edges    1500\n", "classes  4\n", "feat: float [300, 8]",
          "train    161\n", "label", "year", "Graph(num_nodes=300, num_edges=1500"}) {
      EXPECT_THAT(info.output, HasSubstr(line)) << format;
    }
  }
}

TEST_F(CliGenerate, WritesTheSameForTheSameSeed) {
  const std::string first = generate();
  const std::string again = (folder_ / "again").string();
  const std::string sizes = " --nodes 300 --edges 1500 --features 8 --classes 4";
  EXPECT_EQ(
      run_cli("generate arxiv-like --out '" + again + "' --format ondisk --seed 3" + sizes).status,
      0);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(first)) {
    if (entry.is_regular_file()) {
      const auto twin =
          std::filesystem::path(again) / std::filesystem::relative(entry.path(), first);
      EXPECT_EQ(io::read_file(entry.path()), io::read_file(twin)) << twin;
      ++files;
    }
  }
  EXPECT_GT(files, 3U);
}

TEST_F(CliGenerate, RejectsBadValuesAndImpossibleSizes) {
  expect_failure("generate cora --out x --format ogb", 2, {"cora"});
  expect_failure("generate arxiv-like --format ogb", 2, {"--out"});
  expect_failure("generate arxiv-like --out x --format csv", 2, {"--format", "csv"});
  expect_failure("generate arxiv-like --out x --format ogb --nodes 0", 2, {"--nodes"});
  const std::string out = (folder_ / "full").string();
  expect_failure("generate arxiv-like --out '" + out + "' --format ogb --nodes 20 --edges 1000", 1,
                 {"edges", "1000"});
  EXPECT_FALSE(std::filesystem::exists(out));
}

}  // namespace
}  // namespace grapevine
