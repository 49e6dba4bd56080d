#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/cli/run_cli.h"
#include "tests/support/small_planetoid.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class CliInfo : public CliTest {};

TEST_F(CliInfo, DescribesTheCoraGraph) {
  const std::filesystem::path cora =
      std::filesystem::path(GRAPEVINE_SOURCE_DIR) / "../shared/data/ondisk/cora";
  if (!std::filesystem::exists(cora)) {
    GTEST_SKIP() << cora << " is not there";
  }
  const Outcome outcome = run_cli("info '" + cora.string() + "'");
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  for (const char* line : {"nodes    2708\n", "edges    10556\n", "classes  7\n", "train    140\n",
                           "valid    500\n", "test     1000\n", "feat: float [2708, 1433]"}) {
    EXPECT_THAT(outcome.output, HasSubstr(line));
  }
}

TEST_F(CliInfo, TakesAPlanetoidDataSetByFolderAndName) {
  write_small_planetoid(folder_, "cora");
  const std::string folder = folder_.path().string();
  EXPECT_THAT(run_cli("info '" + folder + "'").output, HasSubstr("nodes    502\n"));
  write_small_planetoid(folder_, "citeseer");
  EXPECT_THAT(run_cli("info '" + folder + "/citeseer'").output, HasSubstr("name     citeseer\n"));
  expect_failure("info '" + folder + "'", 1, {"several data sets", "citeseer, cora"});
}

TEST_F(CliInfo, NamesTheFileThatIsBroken) {
  folder_.write("metadata.yaml", "graph: [unclosed");
  expect_failure("info '" + folder_.path().string() + "'", 1, {"metadata.yaml"});
  expect_failure("info arxiv-dislike", 1, {"arxiv-dislike", "arxiv-like"});
}

}  // namespace
}  // namespace grapevine
