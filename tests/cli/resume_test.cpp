#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "grapevine/io/file.h"
#include "grapevine/train/checkpoint.h"
#include "grapevine/util/random.h"
#include "tests/cli/run_cli.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class CliResume : public CliTest {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  /// Training that draws random numbers in every batch.
  [[nodiscard]] std::vector<std::string> arguments(const std::string& data, const std::string& name,
                                                   int epochs) const {
    return {"train",
            "--data",
            data,
            "--hidden",
            "16",
            "--batch-size",
            "16",
            "--dropout",
            "0.5",
            "--threads",
            "1",
            "--epochs",
            std::to_string(epochs),
            "--checkpoint",
            path(name + ".pt"),
            "--json",
            path(name + ".json"),
            "--checkpoint-every",
            "0"};
  }

  [[nodiscard]] static std::string joined(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) {
      line += "'" + word + "' ";
    }
    return line;
  }

  /// Starts the program itself, so that signals reach it and no shell.
  [[nodiscard]] static pid_t start(const std::vector<std::string>& words) {
    std::vector<std::string> all = {GRAPEVINE_BINARY_DIR "/bin/grapevine"};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> pointers;
    for (std::string& word : all) {
      pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      const int null = ::open("/dev/null", O_RDWR);
      ::dup2(null, 1);
      ::dup2(null, 2);
      ::execv(pointers.front(), pointers.data());
      ::_exit(127);
    }
    return child;
  }

  static int wait_for(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }

  /// Waits until the file is there or the program has ended; whether it runs.
  static bool wait_for_file(pid_t child, const std::string& file) {
    for (int i = 0; i < 6000; ++i) {
      if (std::filesystem::exists(file)) {
        return true;
      }
      if (::waitpid(child, nullptr, WNOHANG) != 0) {
        return false;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  /// The losses of all epochs in a file of --json.
  [[nodiscard]] std::vector<double> losses(const std::string& name) const {
    std::vector<double> result;
    for (const std::string& line : lines_of(io::read_file(path(name + ".json")))) {
      const auto json = nlohmann::json::parse(line);
      if (json.contains("loss")) {
        result.push_back(json.at("loss").get<double>());
      }
    }
    return result;
  }
};

TEST_F(CliResume, SurvivesAHundredKillsAndEndsAsIfThereHadBeenNone) {
#ifdef __SANITIZE_ADDRESS__
  constexpr int kKills = 10;  // each start takes seconds there
  constexpr int kEpochs = 20;
#else
  constexpr int kKills = 100;
  constexpr int kEpochs = 400;
#endif
  constexpr std::uint64_t kLongestUs = 330'000;
  const std::string data = generate();
  const std::vector<std::string> train = arguments(data, "killed", kEpochs);
  std::vector<std::string> resume = train;
  resume.emplace_back("--resume");
  const std::string file = path("killed.pt");
  const RandomKey key(11);
  std::int64_t done = -1;
  for (int kill = 0; kill < kKills; ++kill) {
    const pid_t child = start(resume);
    ASSERT_GT(child, 0);
    ASSERT_TRUE(wait_for_file(child, file)) << "kill " << kill;
    // From before it has read the checkpoint to the middle of writing another.
    const std::uint64_t microseconds =
        key.stream(static_cast<std::uint64_t>(kill)).below(kLongestUs);
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
    ::kill(child, SIGKILL);
    wait_for(child);
    const train::Checkpoint checkpoint = train::load_checkpoint(file);
    ASSERT_TRUE(checkpoint.run.has_value());
    const auto epochs = static_cast<std::int64_t>(checkpoint.run->state.epochs.size());
    const std::int64_t batches = epochs * 1000 + checkpoint.run->state.totals.batches;
    EXPECT_GE(batches, done) << "kill " << kill << " lost what was saved";
    done = batches;
  }
  EXPECT_GT(done, 0);
  EXPECT_LT(done, kEpochs * 1000) << "the last kills found nothing to kill";
  const Outcome finished = run_cli(joined(resume));
  EXPECT_EQ(finished.status, 0) << finished.errors;
  EXPECT_THAT(finished.output, HasSubstr("resume  after "));
  const Outcome uninterrupted = run_cli(joined(arguments(data, "whole", kEpochs)));
  EXPECT_EQ(uninterrupted.status, 0) << uninterrupted.errors;
  EXPECT_EQ(losses("killed").size(), static_cast<std::size_t>(kEpochs));
  EXPECT_EQ(losses("killed"), losses("whole"));
  EXPECT_EQ(lines_of(finished.output).back(), lines_of(uninterrupted.output).back());
}

TEST_F(CliResume, GoesOnWithinTheEpochThatASignalHasStopped) {
  const std::string data = generate();
  std::vector<std::string> train = arguments(data, "stopped", 400);
  const pid_t child = start(train);
  ASSERT_TRUE(wait_for_file(child, path("stopped.pt")));
  ::kill(child, SIGTERM);
  const int status = wait_for(child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 143);
  const auto state = train::load_checkpoint(path("stopped.pt")).run.value().state;
  // As many epochs as it had begun, so that the rest is short.
  const int epochs = static_cast<int>(state.epochs.size()) + 1;
  train = arguments(data, "stopped", epochs);
  train.emplace_back("--resume");
  const Outcome rest = run_cli(joined(train));
  EXPECT_EQ(rest.status, 0) << rest.errors;
  EXPECT_EQ(run_cli(joined(arguments(data, "whole", epochs))).status, 0);
  EXPECT_EQ(losses("stopped"), losses("whole"));
}

TEST_F(CliResume, BeginsWhereThereIsNoFileAndEndsAtOnceWhereAllIsDone) {
  const std::string data = generate();
  std::vector<std::string> train = arguments(data, "run", 2);
  train.emplace_back("--resume");
  const Outcome first = run_cli(joined(train));
  EXPECT_EQ(first.status, 0) << first.errors;
  EXPECT_THAT(first.output, HasSubstr("yet; the run begins"));
  const Outcome again = run_cli(joined(train));
  EXPECT_EQ(again.status, 0) << again.errors;
  EXPECT_THAT(again.output, HasSubstr("resume  after 2 epochs and 0 batches"));
  EXPECT_EQ(lines_of(again.output).back(), lines_of(first.output).back());
}

TEST_F(CliResume, RefusesAnotherRun) {
  const std::string data = generate();
  const std::vector<std::string> train = arguments(data, "run", 1);
  ASSERT_EQ(run_cli(joined(train)).status, 0);
  expect_failure(joined(train) + "--lr 0.5 --resume", 1,
                 {"run.pt", "another run", "lr: 0.003 there, 0.5 now"});
  EXPECT_EQ(losses("run").size(), 1U) << "a run that was refused has emptied the file of another";
  expect_failure(joined(train) + "--self-loops --resume", 1, {"edges: ", "content: "});
  expect_failure(joined(train) + "--model gcn --resume", 1, {"model: sage there, gcn now"});
  expect_failure("train --data '" + data + "' --resume", 2, {"--resume", "--checkpoint"});
  train::Checkpoint checkpoint = train::load_checkpoint(path("run.pt"));
  checkpoint.run.reset();
  train::save_checkpoint(path("run.pt"), checkpoint);
  expect_failure(joined(train) + "--resume", 1, {"run.pt", "no run to go on with"});
}

}  // namespace
}  // namespace grapevine
