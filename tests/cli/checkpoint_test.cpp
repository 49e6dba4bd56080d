#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <tuple>

#include "grapevine/io/csv.h"
#include "grapevine/io/npy.h"
#include "grapevine/io/state_file.h"
#include "tests/cli/run_cli.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class CliCheckpoint : public CliTest {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  /// Trains with `options` and returns what the program printed.
  [[nodiscard]] std::string train(const std::string& data, const std::string& options) const {
    const Outcome outcome =
        run_cli("train --data '" + data + "' --hidden 8 --threads 1 --checkpoint '" +
                path("model.pt") + "' " + options);
    EXPECT_EQ(outcome.status, 0) << options << outcome.errors;
    return outcome.output;
  }

  [[nodiscard]] std::string use(const std::string& command, const std::string& data) const {
    return command + " --threads 1 --checkpoint '" + path("model.pt") + "' --data '" + data + "' ";
  }
};

TEST_F(CliCheckpoint, EvaluatesToWhatTrainingPrinted) {
  const std::string data = generate();
  for (const char* options :
       {"--model sage --epochs 3", "--model gcn --full-graph --epochs 3 --norm batch",
        "--model gat --heads 2 --epochs 2 --residual", "--model appnp --full-graph --epochs 2",
        "--model sage --full-graph --epochs 30 --lr 0.05 --keep-best"}) {
    const std::vector<std::string> trained = lines_of(train(data, options));
    const Outcome outcome = run_cli(use("evaluate", data));
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    const std::vector<std::string> lines = lines_of(outcome.output);
    EXPECT_THAT(lines[0], HasSubstr("2 layers, 8 features, 4 classes, epoch ")) << options;
    EXPECT_EQ(lines.back(), trained.back()) << options;
  }
}

TEST_F(CliCheckpoint, IsWrittenWhenASignalEndsTraining) {
  const std::string data = generate();
  const std::string log = path("log");
  for (const auto& [signal, status, options] :
       {std::tuple{"INT", 130, ""}, {"TERM", 143, "--keep-best"}, {"TERM", 143, "--full-graph"}}) {
    std::filesystem::remove(path("model.pt"));
    std::ofstream(log, std::ios::trunc).close();  // of what the last one printed
    // Job control, because a shell without it makes programs in the background ignore SIGINT.
    std::ofstream(path("script")) << "set -m; '" GRAPEVINE_BINARY_DIR
                                     "/bin/grapevine' train --data '"
                                  << data
                                  << "' --hidden 8 --threads 1 --epochs 1000000 --checkpoint '"
                                  << path("model.pt") << "' " << options << " >'" << log << "' 2>'"
                                  << log << "2' & until grep -q 'epoch .*3/1000000' '" << log
                                  << "' || ! kill -0 $!; do sleep 0.02; done; kill -" << signal
                                  << " $!; wait $!";
    const int result = std::system(("bash '" + path("script") + "'").c_str());
    ASSERT_TRUE(WIFEXITED(result));
    EXPECT_EQ(WEXITSTATUS(result), status) << io::read_file(log + "2");
    EXPECT_THAT(io::read_file(log + "2"), HasSubstr(std::string("stopped by SIG") + signal));
    EXPECT_THAT(io::read_file(log + "2"), HasSubstr("model.pt"));
    const Outcome outcome = run_cli(use("evaluate", data));
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    EXPECT_THAT(outcome.output, HasSubstr("test_acc"));
  }
}

TEST_F(CliCheckpoint, KeepsTheEpochThatValidatesBest) {
  const std::string data = generate();
  const std::string json = path("log.jsonl");
  static_cast<void>(
      train(data, "--full-graph --epochs 30 --lr 0.05 --keep-best --json '" + json + "'"));
  double best = 0;
  std::int64_t epoch = 0;
  for (const std::string& line : lines_of(io::read_file(json))) {
    const auto report = nlohmann::json::parse(line);
    if (report.value("valid_acc", -1.0) > best) {
      best = report["valid_acc"];
      epoch = report["epoch"];
    }
  }
  const io::StateValue state = io::load_state(path("model.pt"));
  const auto& root = *state.get_if<io::StateDict>();
  EXPECT_EQ(*root.find("epoch")->get_if<std::int64_t>(), epoch);
  const auto& metrics = *root.find("metrics")->get_if<io::StateDict>();
  EXPECT_EQ(*metrics.find("valid_acc")->get_if<double>(), best);
  const std::string out = path("evaluated.json");
  EXPECT_EQ(run_cli(use("evaluate", data) + "--json '" + out + "'").status, 0);
  EXPECT_NEAR(nlohmann::json::parse(io::read_file(out)).at("valid_acc").get<double>(), best, 1e-9);
}

TEST_F(CliCheckpoint, PredictsAllNodesAndThoseOfAFile) {
  const std::string data = generate();
  static_cast<void>(train(data, "--epochs 1"));
  const Outcome all = run_cli(use("predict", data) + "--out '" + path("all.npy") + "'");
  EXPECT_EQ(all.status, 0) << all.errors;
  EXPECT_THAT(all.output, HasSubstr("scores of 300 nodes for 4 classes"));
  const at::Tensor scores = io::read_npy(path("all.npy"));
  EXPECT_EQ(scores.sizes(), at::IntArrayRef({300, 4}));
  EXPECT_EQ(scores.scalar_type(), at::kFloat);

  const std::string ids = folder_.write("ids.txt", "7\n299\n7\n").string();
  const Outcome some = run_cli(use("predict", data) + "--batch-size 17 --nodes '" + ids +
                               "' --out '" + path("some.csv") + "'");
  EXPECT_EQ(some.status, 0) << some.errors;
  const at::Tensor expected =
      at::cat({scores.slice(0, 7, 8), scores.slice(0, 299), scores.slice(0, 7, 8)});
  EXPECT_TRUE(io::read_csv(path("some.csv")).allclose(expected, 1e-5, 1e-6));
}

TEST_F(CliCheckpoint, RefusesDataThatDoNotFit) {
  const std::string data = generate();
  static_cast<void>(train(data, "--epochs 1"));
  const auto other = [&](const std::string& name, const std::string& sizes) {
    EXPECT_EQ(run_cli("generate arxiv-like --nodes 300 --edges 900 --format ondisk --out '" +
                      path(name) + "' " + sizes)
                  .status,
              0);
    return path(name);
  };
  expect_failure(use("evaluate", other("wide", "--features 9 --classes 4")), 1,
                 {"has 9 values a node", "reads 8"});
  expect_failure(use("evaluate", other("many", "--features 8 --classes 5")), 1,
                 {"has 5 classes", "knows 4"});
  const std::string out = "--out '" + path("out.npy") + "' ";
  const std::string ids = folder_.write("ids.txt", "7\n300\n").string();
  expect_failure(use("predict", data) + out + "--nodes '" + ids + "'", 1,
                 {"ids.txt", "line 2", "300", "[0, 300)"});
  const std::string words = folder_.write("words.txt", "7\nseven\n").string();
  expect_failure(use("predict", data) + out + "--nodes '" + words + "'", 1,
                 {"words.txt", "line 2"});
  EXPECT_FALSE(std::filesystem::exists(path("out.npy")));
}

TEST_F(CliCheckpoint, RefusesFilesThatAreNoCheckpoints) {
  const std::string data = generate();
  folder_.write("model.pt", "not a checkpoint");
  expect_failure(use("evaluate", data), 1, {"model.pt", "zip archive"});
  static_cast<void>(train(data, "--epochs 1"));
  const std::string bytes = io::read_file(path("model.pt"));
  folder_.write("model.pt", bytes.substr(0, bytes.size() / 2));
  expect_failure(use("evaluate", data), 1, {"model.pt", "damaged"});
  io::save_state(path("model.pt"), io::StateDict{{"weights", 1}});
  expect_failure(use("evaluate", data), 1, {"model.pt", "has no \"description\""});
}

TEST_F(CliCheckpoint, ChecksTheCommandLineBeforeTheWork) {
  const std::string data = "--data '" + generate() + "' ";
  expect_failure("train " + data + "--checkpoint '" + path("no/model.pt") + "'", 1,
                 {"no/model.pt", "cannot be written"});
  expect_failure("train " + data + "--checkpoint '" + folder_.path().string() + "'", 1, {"folder"});
  expect_failure("train " + data + "--keep-best", 2, {"--keep-best", "--checkpoint"});
  expect_failure("train " + data + "--keep-best --select last --checkpoint '" + path("m.pt") + "'",
                 2, {"--keep-best", "--select last"});
  expect_failure("train --task graph --checkpoint '" + path("m.pt") + "'", 2,
                 {"--checkpoint", "not an option of --task graph"});
  expect_failure("evaluate " + data, 2, {"--checkpoint"});
  expect_failure("predict " + data + "--checkpoint '" + path("m.pt") + "'", 2, {"--out"});
  expect_failure("predict " + data + "--checkpoint '" + path("m.pt") + "' --out scores.txt", 2,
                 {"--out", ".npy or .csv", "scores.txt"});
  expect_failure("evaluate " + data + "--checkpoint '" + path("m.pt") + "'", 1,
                 {"m.pt", "cannot be read"});
}

}  // namespace
}  // namespace grapevine
