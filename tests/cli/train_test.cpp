#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "grapevine/io/ondisk.h"
#include "tests/cli/run_cli.h"
#include "tests/support/small_dataset.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class CliTrain : public CliTest {};

/// Ten cycles and ten stars of four nodes in the text format of the GIN paper.
std::string shapes() {
  std::string text = "20\n";
  for (int i = 0; i < 10; ++i) {
    text += "4 0\n0 2 1 3\n0 2 0 2\n0 2 1 3\n0 2 0 2\n";
    text += "4 1\n0 3 1 2 3\n0 1 0\n0 1 0\n0 1 0\n";
  }
  return text;
}

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

TEST_F(CliTrain, WritesALineOfJsonForTheConfigurationEachEpochAndTheTest) {
  const std::string json = (folder_ / "log.json").string();
  const Outcome outcome =
      run_cli("train --data '" + generate() + "' --hidden 8 --epochs 2 --json '" + json + "'");
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  const std::vector<std::string> lines = lines_of(io::read_file(json));
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_TRUE(nlohmann::json::parse(lines[0]).at("config").is_object());
  for (std::size_t epoch = 1; epoch <= 2; ++epoch) {
    const auto line = nlohmann::json::parse(lines[epoch]);
    EXPECT_EQ(line["epoch"], epoch);
    EXPECT_EQ(line.size(), 7U);
    for (const char* key : {"loss", "train_acc", "valid_acc", "seconds", "batches", "wait_share"}) {
      EXPECT_TRUE(line.at(key).is_number()) << key;
    }
  }
  const auto last = nlohmann::json::parse(lines[3]);
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
  EXPECT_EQ(expected.size(), 4U);
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

TEST_F(CliTrain, TakesOptionsOfTheModel) {
  const std::string data = "train --epochs 1 --hidden 8 --threads 1 --data '" + generate() + "' ";
  for (const char* options :
       {"--model gat --heads 2 --option attn_drop=0.6 --option out_heads=3 --activation elu",
        "--model sage --aggregator pool --norm batch --residual --input-dropout 0.2",
        "--precision bf16", "--model gatv2 --heads 2 --precision bfloat16 --full-graph",
        "--model gin --full-graph --norm layer --activation none --self-loops",
        "--model appnp --full-graph --option k=3", "--model tag --full-graph --precision bf16",
        "--model gcnii --full-graph --layers 4"}) {
    const Outcome outcome = run_cli(data + options);
    EXPECT_EQ(outcome.status, 0) << options << outcome.errors;
    EXPECT_THAT(outcome.output, HasSubstr("test_acc")) << options;
  }
  expect_failure(data + "--model appnp", 1, {"APPNP", "whole graph"});
  expect_failure(data + "--edge-feature nothing", 1, {"nothing"});
  expect_failure(data + "--model gat --heads 0", 2, {"heads", "0"});
  expect_failure(data + "--model gat --option attn_drop=x", 2, {"attn_drop", "x"});
  expect_failure(data + "--weight-decay-of layer9=0.1", 1, {"weight_decay_of", "layer9"});
  expect_failure(data + "--model gine", 2, {"edge features"});
}

TEST_F(CliTrain, ReportsTheEpochThatValidatesBest) {
  const std::string json = (folder_ / "log.json").string();
  const Outcome outcome =
      run_cli("train --data '" + generate() +
              "' --hidden 8 --epochs 40 --full-graph --select best-valid --patience 2 --json '" +
              json + "'");
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("best valid_acc in epoch "));
  const std::vector<std::string> lines = lines_of(io::read_file(json));
  const auto last = nlohmann::json::parse(lines.back());
  EXPECT_EQ(lines.size(), std::min<std::size_t>(last.at("epoch").get<std::size_t>() + 2, 40U) + 2);
}

TEST_F(CliTrain, ReadsAnEdgeFeatureOfTheDataset) {
  const std::string folder = (folder_ / "weighted").string();
  io::write_ondisk(small_dataset(), folder);
  const std::string data = "train --data '" + folder + "' --epochs 1 --hidden 4 ";
  for (const char* options :
       {"--edge-feature weight", "--edge-feature weight --model gine --full-graph",
        "--edge-feature weight --model gcn"}) {
    const Outcome outcome = run_cli(data + options);
    EXPECT_EQ(outcome.status, 0) << options << outcome.errors;
  }
}

TEST_F(CliTrain, ClassifiesGraphsInACrossValidation) {
  const std::string file = (folder_ / "shapes.txt").string();
  io::write_file(file, {shapes()});
  const std::string json = (folder_ / "log.json").string();
  const Outcome outcome = run_cli("train --task graph --data '" + file +
                                  "' --folds 2 --epochs 2 --hidden 8 --json '" + json + "'");
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  const std::vector<std::string> lines = lines_of(outcome.output);
  ASSERT_EQ(lines.size(), 5U) << outcome.output;
  EXPECT_THAT(lines[0], HasSubstr("20 graphs, 80 nodes, 140 edges, 2 classes"));
  EXPECT_THAT(lines[1], HasSubstr("fold 1/2  train 10  valid 10  epoch 2  loss "));
  EXPECT_THAT(lines[3], testing::StartsWith("best  epoch "));
  EXPECT_THAT(lines[4], testing::StartsWith("last  epoch 2  valid_acc "));
  const std::vector<std::string> log = lines_of(io::read_file(json));
  ASSERT_EQ(log.size(), 6U);
  EXPECT_EQ(nlohmann::json::parse(log[3]).at("fold"), 2);
  EXPECT_TRUE(nlohmann::json::parse(log[5]).at("best").at("mean").is_number());

  const Outcome one = run_cli("train --task graph --data '" + file +
                              "' --model sage --aggregator mean --folds 4 --fold 3 --epochs 1");
  EXPECT_EQ(one.status, 0) << one.errors;
  EXPECT_THAT(one.output, HasSubstr("fold 3/4"));
  expect_failure("train --task graph --data '" + file + "' --folds 4 --fold 5", 2,
                 {"--fold", "1 to 4", "5"});
  expect_failure("train --task graph --data /nonexistent/folder", 1, {"/nonexistent/folder"});
  expect_failure("train --task graph --fanout 3,3", 2, {"--fanout", "--task graph"});
  expect_failure("train --task graph --model appnp", 2, {"--model", "appnp"});
  expect_failure("train --folds 3", 2, {"--folds", "--task nodes"});
}

TEST_F(CliTrain, TakesABadValueForAUsageError) {
  expect_failure("train --option heads", 2, {"--option", "NAME=VALUE", "heads"});
  expect_failure("train --option =3", 2, {"--option", "NAME=VALUE"});
  expect_failure("train --model gat --option head=3", 2, {"--option", "gat", "head", "heads, "});
  expect_failure("train --model gcn --heads 3", 2, {"--heads", "gcn", "norm"});
  expect_failure("train --model gat --heads 3 --option heads=2", 2, {"--heads", "twice"});
  expect_failure("train --model gat --aggregator mean", 2, {"--aggregator", "gat"});
  expect_failure("train --precision float16", 2, {"--precision", "float16", "bf16"});
  expect_failure("train --task graph --precision bf16", 2, {"--precision"});
  expect_failure("train --weight-decay-of conv", 2, {"--weight-decay-of", "PREFIX=VALUE"});
  expect_failure("train --weight-decay-of conv=-1", 2, {"--weight-decay-of", "conv=-1"});
  expect_failure("train --norm graph", 2, {"--norm", "graph"});
  expect_failure("train --activation tanh", 2, {"--activation", "tanh"});
  expect_failure("train --select best", 2, {"--select", "best"});
  expect_failure("train --task edges", 2, {"--task", "edges"});
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
