#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/run_cli.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class CliMain : public CliTest {};

TEST_F(CliMain, ShowsHelpForEveryCommand) {
  const Outcome outcome = run_cli("--help");
  EXPECT_EQ(outcome.status, 0);
  for (const std::string command :
       {"train", "evaluate", "predict", "report", "sample", "generate", "info", "models"}) {
    EXPECT_THAT(outcome.output, HasSubstr(command));
    const Outcome help = run_cli(command + " --help");
    EXPECT_EQ(help.status, 0) << command;
    EXPECT_THAT(help.output, HasSubstr("Usage: grapevine " + command));
  }
}

TEST_F(CliMain, NamesEveryOptionOfTrain) {
  const std::string help = run_cli("train --help").output;
  for (const char* option :
       {"--data",          "--model",      "--layers",      "--hidden",       "--fanout",
        "--batch-size",    "--epochs",     "--lr",          "--weight-decay", "--dropout",
        "--full-graph",    "--seed",       "--num-workers", "--threads",      "--device",
        "--json",          "--task",       "--option",      "--heads",        "--aggregator",
        "--input-dropout", "--activation", "--norm",        "--residual",     "--edge-feature",
        "--self-loops",    "--select",     "--patience",    "--folds",        "--fold",
        "--pooling",       "--checkpoint", "--keep-best",   "--precision",    "--config",
        "--print-config",  "--logdir"}) {
    EXPECT_THAT(help, HasSubstr(option));
  }
}

TEST_F(CliMain, RejectsUnknownCommandsAndOptions) {
  expect_failure("", 2, {"subcommand"});
  expect_failure("trian", 2, {"trian"});
  expect_failure("train --epoch 3", 2, {"--epoch"});
  expect_failure("info", 2, {"data", "required"});
}

}  // namespace
}  // namespace grapevine
