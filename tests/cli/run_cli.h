#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "grapevine/io/file.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::testing_support {

/// What a program left behind.
struct Outcome {
  int status = -1;
  std::string output;
  std::string errors;
};

/// Runs a program of the build folder with arguments that the shell reads.
inline Outcome run_program(const std::string& program, const std::string& arguments) {
  const TemporaryFolder folder;
  const std::string errors = (folder / "errors").string();
  const std::string command =
      "'" GRAPEVINE_BINARY_DIR "/" + program + "' " + arguments + " 2>'" + errors + "' </dev/null";
  Outcome outcome;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) {
    return outcome;
  }
  std::array<char, 4096> buffer{};
  for (std::size_t size = 0; (size = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    outcome.output.append(buffer.data(), size);
  }
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  outcome.errors = io::read_file(errors);
  return outcome;
}

/// Runs `grapevine`.
inline Outcome run_cli(const std::string& arguments) {
  return run_program("bin/grapevine", arguments);
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// Tests of the command line: skipped where it is not built, with a small generated data set
/// otherwise.
class CliTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(GRAPEVINE_BINARY_DIR "/bin/grapevine")) {
      GTEST_SKIP() << "bin/grapevine is not built";
    }
  }

  /// Writes a data set of 300 nodes and returns its folder.
  [[nodiscard]] std::string generate(const std::string& format = "ondisk") const {
    const std::string path = (folder_ / format).string();
    const Outcome outcome = run_cli("generate arxiv-like --out '" + path + "' --format " + format +
                                    " --nodes 300 --edges 1500 --features 8 --classes 4 --seed 3");
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    return path;
  }

  /// Expects the exit status and one line of complaint with every one of the words.
  static void expect_failure(const std::string& arguments, int status,
                             const std::vector<std::string>& words) {
    const Outcome outcome = run_cli(arguments);
    EXPECT_EQ(outcome.status, status) << arguments;
    ASSERT_EQ(lines_of(outcome.errors).size(), 1U) << arguments << ": " << outcome.errors;
    EXPECT_EQ(outcome.errors.rfind("grapevine: error: ", 0), 0U) << outcome.errors;
    for (const std::string& word : words) {
      EXPECT_NE(outcome.errors.find(word), std::string::npos) << word << " in " << outcome.errors;
    }
  }

  TemporaryFolder folder_;
};

}  // namespace grapevine::testing_support
