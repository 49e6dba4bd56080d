#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/run_cli.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class CliTrain : public CliTest {};

TEST_F(CliTrain, PrintsTheDataEveryEpochAndTheTestAccuracy) {
  const Outcome outcome =
      run_cli("train --data '" + generate() + "' --hidden 8 --batch-size 64 --epochs 3");
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_EQ(outcome.errors, "");
  const std::vector<std::string> lines = lines_of(outcome.output);
  ASSERT_EQ(lines.size(), 6U) << outcome.output;
  EXPECT_THAT(lines[0], HasSubstr("300 nodes, 1500 edges, 8 features, 4 classes"));
  EXPECT_THAT(lines[1], HasSubstr("3000 edges after adding reverse edges"));
  EXPECT_THAT(lines[4], HasSubstr("epoch 3/3  loss "));
  EXPECT_THAT(lines[5], testing::StartsWith("test_acc "));
}

TEST_F(CliTrain, WritesALineOfJsonForEachEpochAndOneForTheTest) {
  const std::string json = (folder_ / "log.json").string();
  const Outcome outcome =
      run_cli("train --data '" + generate() + "' --hidden 8 --epochs 2 --json '" + json + "'");
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  const std::vector<std::string> lines = lines_of(io::read_file(json));
  ASSERT_EQ(lines.size(), 3U);
  for (std::size_t epoch = 0; epoch < 2; ++epoch) {
    const auto line = nlohmann::json::parse(lines[epoch]);
    EXPECT_EQ(line["epoch"], epoch + 1);
    EXPECT_EQ(line.size(), 7U);
    for (const char* key : {"loss", "train_acc", "valid_acc", "seconds", "batches", "wait_share"}) {
      EXPECT_TRUE(line.at(key).is_number()) << key;
    }
  }
  const auto last = nlohmann::json::parse(lines[2]);
  EXPECT_TRUE(last.at("test_acc").is_number());
}

TEST_F(CliTrain, GivesTheSameLossesForAnyNumberOfWorkers) {
  const std::string data = generate();
  const auto losses = [&](const std::string& workers) {
    const std::string json = (folder_ / (workers + ".json")).string();
    EXPECT_EQ(
        run_cli("train --data '" + data + "' --hidden 8 --batch-size 32 --epochs 2 --num-workers " +
                workers + " --json '" + json + "'")
            .status,
        0);
    std::vector<double> result;
    for (const std::string& line : lines_of(io::read_file(json))) {
      result.push_back(nlohmann::json::parse(line).value("loss", 0.0));
    }
    return result;
  };
  const std::vector<double> expected = losses("0");
  EXPECT_EQ(expected.size(), 3U);
  EXPECT_EQ(losses("2"), expected);
}

TEST_F(CliTrain, TrainsEveryModelOnBothFormats) {
  EXPECT_EQ(
      run_cli("train --data '" + generate("ogb") + "' --model mlp --epochs 1 --threads 1").status,
      0);
  const Outcome gcn = run_cli("train --data '" + generate() +
                              "' --model gcn --full-graph --epochs 1 --dropout 0.5");
  EXPECT_EQ(gcn.status, 0) << gcn.errors;
  EXPECT_THAT(gcn.output, HasSubstr("reverse edges and self-loops"));
  const Outcome deep =
      run_cli("train --data '" + generate() + "' --layers 3 --fanout 5,-1,2 --epochs 1");
  EXPECT_EQ(deep.status, 0) << deep.errors;
}

TEST_F(CliTrain, TakesABadValueForAUsageError) {
  expect_failure("train --model gatt", 2, {"--model", "gatt"});
  expect_failure("train --fanout x", 2, {"--fanout", "x"});
  expect_failure("train --fanout 4,-2", 2, {"--fanout", "-2"});
  expect_failure("train --layers 3 --fanout 4,4", 2, {"--fanout", "3", "4,4"});
  expect_failure("train --layers 0", 2, {"--layers", "0"});
  expect_failure("train --epochs -1", 2, {"--epochs", "-1"});
  expect_failure("train --lr 0", 2, {"--lr"});
  expect_failure("train --dropout 1", 2, {"--dropout"});
  expect_failure("train --seed -1", 2, {"--seed"});
  expect_failure("train --device toaster", 2, {"--device", "toaster"});
}

TEST_F(CliTrain, TakesMissingThingsForFailures) {
  expect_failure("train --data /nonexistent/folder", 1, {"/nonexistent/folder"});
  expect_failure("train --json /nonexistent/folder/log.json", 1,
                 {"--json", "/nonexistent/folder/log.json"});
  expect_failure("train --json '" + folder_.path().string() + "'", 1, {"--json"});
}

}  // namespace
}  // namespace grapevine
