#include <gtest/gtest.h>

#include <filesystem>

#include "tests/cli/run_cli.h"

namespace grapevine {
namespace {

using namespace testing_support;

constexpr const char* kProgram = "examples/01_message_passing_on_blocks";

class MessagePassingOnBlocksExample : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    if (!std::filesystem::exists(std::string(GRAPEVINE_BINARY_DIR "/") + kProgram)) {
      GTEST_SKIP() << kProgram << " is not built";
    }
  }
};

TEST_F(MessagePassingOnBlocksExample, RunsToTheLineThatItsHeaderPromises) {
  const Outcome outcome = run_program(kProgram, "--data '" + generate() + "' --epochs 2");
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_NE(outcome.output.find("destinations come first: true\n"), std::string::npos)
      << outcome.output;
  ASSERT_FALSE(outcome.output.empty());
  EXPECT_EQ(lines_of(outcome.output).back(), "full graph and blocks agree: true");
}

TEST_F(MessagePassingOnBlocksExample, FailsOnBadArguments) {
  const Outcome outcome = run_program(kProgram, "--nodes");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.errors.find("usage: "), std::string::npos);
}

}  // namespace
}  // namespace grapevine
