#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "grapevine/io/file.h"
#include "grapevine/train/checkpoint.h"
#include "tests/cli/run_cli.h"

namespace grapevine {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class CliBrokenDisk : public CliTest {
 protected:
  [[nodiscard]] std::string train(const std::string& options) const {
    return "train --threads 1 --hidden 16 --data '" + data_ + "' " + options;
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return "'" + (folder_ / name).string() + "'";
  }
  void SetUp() override {
    CliTest::SetUp();
    if (!IsSkipped()) {
      data_ = generate();
    }
  }

  std::string data_;
};

/// A small disk of its own.
class CliSmallDisk : public CliBrokenDisk {
 protected:
  void SetUp() override {
    CliBrokenDisk::SetUp();
    if (IsSkipped()) {
      return;
    }
    std::filesystem::create_directory(disk_);
    is_mounted_ = ::mount("tmpfs", disk_.c_str(), "tmpfs", 0, "size=256k") == 0;
    if (!is_mounted_) {
      GTEST_SKIP() << "no file system can be mounted here: " << std::strerror(errno);
    }
  }
  void TearDown() override {
    if (is_mounted_) {
      ::umount(disk_.c_str());
    }
  }

  /// Leaves `room` bytes and a little.
  void fill(std::uintmax_t room) const {
    std::filesystem::remove(disk_ / "fill");
    const auto available = std::filesystem::space(disk_).available;
    std::ofstream(disk_ / "fill") << std::string(available > room ? available - room : 0, 'x');
  }

  std::filesystem::path disk_ = folder_ / "disk";
  bool is_mounted_ = false;
};

TEST_F(CliSmallDisk, FullIsASentenceAndLosesNothing) {
  const std::string checkpoint = path("disk/model.pt");
  ASSERT_EQ(run_cli(train("--epochs 2 --checkpoint " + checkpoint)).status, 0);
  const std::string evaluate =
      "evaluate --threads 1 --data '" + data_ + "' --checkpoint " + checkpoint;
  const std::string expected = run_cli(evaluate).output;
  fill(8192);
  expect_failure(train("--epochs 2 --checkpoint " + checkpoint), 1,
                 {"model.pt", "cannot be written", "No space left"});
  EXPECT_EQ(run_cli(evaluate).output, expected);
  const std::string predict =
      "predict --threads 1 --data '" + data_ + "' --checkpoint " + checkpoint + " --batch-size 50";
  fill(4096);
  expect_failure(predict + " --out " + path("disk/scores.npy"), 1, {"disk", "No space left"});
  expect_failure("convert --data '" + data_ + "' --format binary --out " + path("disk/data.gv"), 1,
                 {"data.gv", "No space left"});
  expect_failure("convert --data '" + data_ + "' --format ogb --out " + path("disk/ogb"), 1,
                 {"disk/ogb", "No space left"});
  for (const auto& entry : std::filesystem::directory_iterator(disk_)) {
    EXPECT_FALSE(entry.path().string().ends_with(".tmp")) << entry.path();
  }
}

TEST_F(CliSmallDisk, ReadOnlyIsASentenceBeforeTheWorkBegins) {
  ASSERT_EQ(::mount("tmpfs", disk_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr), 0);
  const Outcome outcome = run_cli(train("--epochs 1 --checkpoint " + path("disk/model.pt")));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("Read-only file system"));
  EXPECT_EQ(outcome.output, "");
  expect_failure(train("--epochs 1 --json " + path("disk/run.json")), 1, {"run.json"});
}

TEST_F(CliBrokenDisk, AMappedFileThatShrinksIsASentenceAndLosesNothing) {
  const std::filesystem::path metadata = std::filesystem::path(data_) / "metadata.yaml";
  std::string text = io::read_file(metadata);
  const std::size_t place = text.find("in_memory: true");
  ASSERT_NE(place, std::string::npos);
  text.replace(place, 15, "in_memory: false");
  io::write_file(metadata, {text});
  Outcome outcome;
  std::thread training(
      [&] { outcome = run_cli(train("--epochs 30000 --checkpoint " + path("model.pt"))); });
  const std::filesystem::path checkpoint = folder_ / "model.pt";
  for (int i = 0; i < 6000 && !std::filesystem::exists(checkpoint); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::filesystem::resize_file(std::filesystem::path(data_) / "feat.npy", 0);
  training.join();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.errors.rfind("grapevine: error: ", 0), 0U) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("shorter"));
  EXPECT_GT(train::load_checkpoint(checkpoint).epoch, 0);
}

}  // namespace
}  // namespace grapevine
