#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/run_cli.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;
using testing::Not;

class CliConfig : public CliTest {
 protected:
  /// The arguments that read this file.
  [[nodiscard]] std::string config(const std::string& text) const {
    return "train --config '" + folder_.write("run.yaml", text).string() + "' ";
  }

  /// What --print-config prints.
  static std::string printed(const std::string& arguments) {
    const Outcome outcome = run_cli(arguments + " --print-config");
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    return outcome.output;
  }

  void expect_refusal(const std::string& text, const std::vector<std::string>& words) const {
    std::vector<std::string> all{"run.yaml: "};
    all.insert(all.end(), words.begin(), words.end());
    expect_failure(config(text) + "--print-config", 2, all);
  }
};

TEST_F(CliConfig, ReadsOptionsByTheirNames) {
  const std::string text = printed(
      config("# how to train\nmodel: gat\nlayers: 3\nfanout: [5, -1, 2]\nbatch_size: 64\nlr: 1e-2\n"
             "residual: true\nself-loops: no\nselect: best-valid\nprecision: bf16\n"
             "option: {heads: 2, attn_drop: 0.5}\nweight-decay-of:\n  conv: 0.5\n  out: 1\n"
             "checkpoint: \"a b: c.pt\"\nseed: 7\n"));
  for (const char* line :
       {"model: gat\n", "layers: 3\n", "fanout: [5, -1, 2]\n", "batch-size: 64\n", "lr: 0.01\n",
        "residual: true\n", "self-loops: false\n", "select: best-valid\n", "precision: bf16\n",
        "option:\n  heads: 2\n  attn_drop: 0.5\n", "weight-decay-of:\n  conv: 0.5\n  out: 1\n",
        "checkpoint: \"a b: c.pt\"\n", "seed: 7\n", "task: nodes\n", "hidden: 128\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(CliConfig, ReadsWhatItPrints) {
  for (const std::string arguments :
       {"train", "train --model gat --option heads=3 --fanout 7,8 --lr 0.5 --data 0012",
        "train --keep-best --checkpoint true --json \"it's \\\"1\\\"\" --full-graph",
        "train --task graph --data x --folds 4 --fold 2 --dropout 0.25",
        "train --weight-decay-of conv=0.5 --weight-decay-of conv2=1 --select best-valid"}) {
    const std::string text = printed(arguments);
    EXPECT_EQ(printed(config(text)), text) << arguments;
  }
  EXPECT_THAT(printed("train"), HasSubstr("fanout: [4, 4]\n"));
  EXPECT_THAT(printed("train --task graph"), Not(HasSubstr("fanout")));
  EXPECT_THAT(printed("train --task graph"), HasSubstr("layers: 4\n"));
}

TEST_F(CliConfig, LetsTheCommandLineWin) {
  const std::string arguments = config("lr: 0.5\nfanout: [9, 9, 9]\noption: {heads: 2}\n");
  const std::string text =
      printed(arguments + "--lr 0.25 --fanout 3,4 --model gat --option attn_drop=0.5");
  EXPECT_THAT(text, HasSubstr("lr: 0.25\n"));
  EXPECT_THAT(text, HasSubstr("fanout: [3, 4]\n"));
  EXPECT_THAT(text, HasSubstr("option:\n  attn_drop: 0.5\n"));
  EXPECT_THAT(text, Not(HasSubstr("heads")));
}

TEST_F(CliConfig, TakesAnEmptyFileForNoOptions) {
  const std::string defaults = printed("train");
  EXPECT_EQ(printed(config("")), defaults);
  EXPECT_EQ(printed(config("# nothing\n")), defaults);
  EXPECT_EQ(printed(config("{}")), defaults);
}

TEST_F(CliConfig, TrainsAsTheCommandLineDoes) {
  const std::string data = "'" + generate() + "'";
  const std::string json = (folder_ / "run.json").string();
  const auto losses = [&](const std::string& arguments) {
    const Outcome outcome = run_cli(arguments + " --json '" + json + "'");
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    std::vector<double> values;
    for (const std::string& line : lines_of(io::read_file(json))) {
      const auto entry = nlohmann::json::parse(line);
      if (entry.contains("loss")) {
        values.push_back(entry["loss"]);
      }
    }
    return values;
  };
  const std::vector<double> expected =
      losses("train --data " + data + " --epochs 2 --hidden 8 --fanout 3,5 --threads 1");
  ASSERT_EQ(expected.size(), 2U);
  EXPECT_EQ(
      losses(config("data: " + data + "\nepochs: 2\nhidden: 8\nfanout: [3, 5]\nthreads: 1\n")),
      expected);
}

TEST_F(CliConfig, SaysInWhichLineAFileIsWrong) {
  expect_refusal("lr: 0.1\nbatchsize: 3\n", {"line 2", "batchsize", "did you mean batch-size?"});
  expect_refusal("--lr: 0.1\n", {"line 1", "--lr", "did you mean lr?"});
  expect_refusal("quite-another-thing: 1\n", {"line 1", "quite-another-thing"});
  expect_refusal("config: other.yaml\n", {"line 1", "config"});
  expect_refusal("help: true\n", {"line 1", "help"});
  expect_refusal("lr: 0.1\nlr: 0.2\n", {"line 2", "lr", "twice", "line 1"});
  expect_refusal("batch-size: 1\n\nbatch_size: 1\n", {"line 3", "batch_size", "twice", "line 1"});
  expect_refusal("\nlr: 0\n", {"line 2", "lr", "positive", "0"});
  expect_refusal("lr: fast\n", {"line 1", "lr", "fast"});
  expect_refusal("lr: true\n", {"line 1", "lr", "true"});
  expect_refusal("lr:\n", {"line 1", "lr", "nothing"});
  expect_refusal("lr: [1, 2]\n", {"line 1", "lr", "a list"});
  expect_refusal("lr: {a: 1}\n", {"line 1", "lr", "a mapping"});
  expect_refusal("layers: 2.5\n", {"line 1", "layers", "whole number", "2.5"});
  expect_refusal("seed: -1\n", {"line 1", "seed", "-1"});
  expect_refusal("residual: 2\n", {"line 1", "residual", "true or false", "2"});
  expect_refusal("fanout: []\n", {"line 1", "fanout", "empty"});
  expect_refusal("fanout:\n  - 3\n  - x\n", {"fanout", "x"});
  expect_refusal("fanout:\n  - 3\n  - [1]\n", {"line 3", "fanout", "a list"});
  expect_refusal("model: sages\n", {"line 1", "model", "sages"});
  expect_refusal("task: edges\n", {"line 1", "task", "edges"});
  expect_refusal("option: heads\n", {"line 1", "option", "heads"});
  expect_refusal("option:\n  heads: [1]\n", {"line 2", "option"});
  expect_refusal("weight-decay-of:\n  conv: -1\n", {"line 2", "weight-decay-of", "conv=-1"});
  expect_refusal("- lr\n", {"line 1", "mapping"});
  expect_refusal("[a]: 1\n", {"line 1", "name"});
  expect_refusal("lr: 1\n---\nlr: 2\n", {"line 3", "one YAML document"});
  expect_refusal("lr: 1\n  b: c: d\n", {"malformed YAML"});
  expect_refusal("lr: " + std::string(100000, '['), {"malformed YAML"});
  expect_refusal(std::string("lr: \0\x01", 6), {"run.yaml"});
}

TEST_F(CliConfig, SaysWhichFileCannotBeRead) {
  expect_failure("train --config /nonexistent/run.yaml", 1, {"/nonexistent/run.yaml"});
  expect_failure("train --config '" + folder_.path().string() + "'", 1, {folder_.path().string()});
  expect_failure(config("task: graph\nfanout: [1]\n"), 2, {"--fanout", "--task graph"});
  expect_failure(config("keep-best: true\n"), 2, {"--keep-best", "--checkpoint"});
}

}  // namespace
}  // namespace grapevine
