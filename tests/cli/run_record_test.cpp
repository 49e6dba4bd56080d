#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "tests/cli/run_cli.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class CliRunRecord : public CliTest {
 protected:
  /// The lines of a run of two epochs.
  std::vector<nlohmann::json> record(const std::string& arguments) const {
    const std::string json = (folder_ / "run.json").string();
    const Outcome outcome =
        run_cli("train " + arguments + " --epochs 2 --hidden 8 --json '" + json + "'");
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    std::vector<nlohmann::json> lines;
    for (const std::string& line : lines_of(io::read_file(json))) {
      lines.push_back(nlohmann::json::parse(line));
    }
    return lines;
  }
};

TEST_F(CliRunRecord, BeginsWithWhatIsTrainedHowAndWhere) {
  const std::string data = generate();
  const auto lines = record("--data '" + data + "' --threads 2 --lr 0.5 --option aggregator=pool");
  ASSERT_EQ(lines.size(), 4U);
  const nlohmann::json& first = lines[0];
  EXPECT_EQ(first.at("run"), "train");
  EXPECT_EQ(first.at("threads"), 2);
  EXPECT_GE(first.at("cores"), 1);
  EXPECT_EQ(first.at("data").at("nodes"), 300);
  EXPECT_EQ(first.at("data").at("edges"), 3000);  // after adding reverse edges
  EXPECT_EQ(first.at("data").at("classes"), 4);
  const nlohmann::json& config = first.at("config");
  EXPECT_EQ(config.at("data"), data);
  EXPECT_EQ(config.at("lr"), 0.5);
  EXPECT_EQ(config.at("hidden"), 8);
  EXPECT_EQ(config.at("fanout"), nlohmann::json({4, 4}));
  EXPECT_EQ(config.at("residual"), false);
  EXPECT_EQ(config.at("option"), nlohmann::json({{"aggregator", "pool"}}));
  EXPECT_FALSE(config.contains("folds"));
}

TEST_F(CliRunRecord, EndsWithTheConfusionOfTheTestNodesAndTheDegrees) {
  const auto lines = record("--data '" + generate() + "'");
  const nlohmann::json& last = lines.back();
  const auto confusion = last.at("confusion").get<std::vector<std::vector<std::int64_t>>>();
  ASSERT_EQ(confusion.size(), 4U);
  std::int64_t right = 0;
  std::int64_t all = 0;
  for (std::size_t row = 0; row < 4; ++row) {
    ASSERT_EQ(confusion[row].size(), 4U);
    right += confusion[row][row];
    all += std::accumulate(confusion[row].begin(), confusion[row].end(), std::int64_t{0});
  }
  EXPECT_EQ(all, lines[0].at("data").at("test"));
  EXPECT_DOUBLE_EQ(last.at("test_acc"), static_cast<double>(right) / static_cast<double>(all));

  const auto degrees = last.at("in_degrees").get<std::vector<std::int64_t>>();
  EXPECT_EQ(std::accumulate(degrees.begin(), degrees.end(), std::int64_t{0}), 300);
  std::int64_t fewest = 0;
  for (std::size_t bin = 1; bin < degrees.size(); ++bin) {
    fewest += degrees[bin] * (std::int64_t{1} << (bin - 1));
  }
  EXPECT_LE(fewest, 3000);
  EXPECT_GT(2 * fewest, 3000 - 300);
}

TEST_F(CliRunRecord, BeginsACrossValidationToo) {
  std::string text = "8\n";
  for (int i = 0; i < 4; ++i) {
    text += "2 0\n0 1 1\n0 1 0\n2 1\n0 0\n0 0\n";
  }
  const std::string data = folder_.write("pairs.txt", text).string();
  const auto lines = record("--task graph --folds 2 --data '" + data + "'");
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0].at("data").at("graphs"), 8);
  EXPECT_EQ(lines[0].at("config").at("layers"), 4);
  EXPECT_EQ(lines[0].at("config").at("hidden"), 8);
  EXPECT_FALSE(lines[0].at("config").contains("fanout"));
}

TEST_F(CliRunRecord, MakesAPageOfARun) {
  record("--data '" + generate() + "'");
  const std::string out = (folder_ / "report.html").string();
  const Outcome outcome =
      run_cli("report '" + (folder_ / "run.json").string() + "' --out '" + out + "'");
  ASSERT_EQ(outcome.status, 0) << outcome.errors;
  const std::string html = io::read_file(out);
  for (const char* part : {"Training loss", "Accuracy", "Where the time went",
                           "Confusion on the test nodes", "In-degree", "<dt>batch-size</dt>"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
}

TEST_F(CliRunRecord, WritesEventsForTensorBoard) {
  const std::string logdir = (folder_ / "logs/run").string();
  record("--data '" + generate() + "' --logdir '" + logdir + "'");
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(logdir)) {
    files.push_back(entry.path().string());
  }
  ASSERT_EQ(files.size(), 1U);
  EXPECT_THAT(files[0], HasSubstr("/events.out.tfevents."));
  const std::string events = io::read_file(files[0]);
  for (const char* tag : {"brain.Event:2", "configuration/text_summary", "hidden: 8", "loss/train",
                          "accuracy/train", "accuracy/valid", "accuracy/test", "time/seconds"}) {
    EXPECT_THAT(events, HasSubstr(tag));
  }
  expect_failure("train --logdir /proc/nothing", 1, {"/proc/nothing"});
}

}  // namespace
}  // namespace grapevine
