#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/run_cli.h"
#include "tests/support/scoped_environment.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class CliSample : public CliTest {};

TEST_F(CliSample, PrintsTheSizeOfEachBlockAndTheSpeed) {
  const std::string json = (folder_ / "sample.json").string();
  const Outcome outcome =
      run_cli("sample --data '" + generate() +
              "' --fanout 3,2 --batch-size 50 --epochs 2 --json '" + json + "'");
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("batches_per_second "));
  const auto line = nlohmann::json::parse(io::read_file(json));
  EXPECT_EQ(line["batches"], 8);  // 161 training nodes in batches of 50, twice
  ASSERT_EQ(line["blocks"].size(), 2U);
  EXPECT_EQ(line["blocks"][0]["fanout"], 3);
  EXPECT_EQ(line["blocks"][0]["dst_nodes"], line["blocks"][1]["src_nodes"]);
  EXPECT_LE(line["blocks"][1]["edges"].get<double>(),
            2 * line["blocks"][1]["dst_nodes"].get<double>());
}

TEST_F(CliSample, HashesTheSameForAnyNumberOfWorkersAndThreads) {
  const std::string data = generate();
  const auto hash = [&data](const std::string& options) {
    const Outcome outcome =
        run_cli("sample --data '" + data + "' --batch-size 32 --epochs 2 --hash " + options);
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    const std::vector<std::string> lines = lines_of(outcome.output);
    return lines.empty() ? std::string() : lines.back();
  };
  const std::string expected = hash("--num-workers 0");
  EXPECT_THAT(expected, testing::MatchesRegex("hash [0-9a-f]+"));
  EXPECT_EQ(expected.size(), 5U + 16U);
  EXPECT_EQ(hash("--num-workers 1"), expected);
  EXPECT_EQ(hash("--num-workers 4"), expected);
  const ScopedEnvironment one_thread("OMP_NUM_THREADS", "1");
  EXPECT_EQ(hash("--num-workers 0"), expected);
  EXPECT_NE(hash("--seed 1"), expected);
  EXPECT_NE(hash("--fanout 4,3"), expected);
}

TEST_F(CliSample, RejectsBadValues) {
  expect_failure("sample --fanout 4,,x", 2, {"--fanout"});
  expect_failure("sample --num-workers -1", 2, {"--num-workers"});
  expect_failure("sample --data /nonexistent", 1, {"/nonexistent"});
}

}  // namespace
}  // namespace grapevine
