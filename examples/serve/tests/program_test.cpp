#include <ATen/ops/arange.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "grapevine/datasets/arxiv_like.h"
#include "grapevine/io/ondisk.h"
#include "grapevine/nn/state_dict.h"
#include "grapevine/train/checkpoint.h"
#include "grapevine/train/prepare_graph.h"
#include "tests/support/http_client.h"
#include "tests/support/temporary_folder.h"

namespace serving {
namespace {

using namespace std::chrono_literals;
using namespace grapevine::testing_support;
namespace train = grapevine::train;

constexpr const char* kProgram = GRAPEVINE_BINARY_DIR "/examples/prediction_service";

/// The program as a process of its own, which does not outlive the test.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    output_ = ends[0];
    arguments.insert(arguments.begin(), kProgram);
    std::vector<char*> argv;
    for (std::string& argument : arguments) {
      argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::dup2(ends[1], STDERR_FILENO);
      ::execv(kProgram, argv.data());
      ::_exit(127);
    }
    ::close(ends[1]);
  }
  ~Program() {
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
    }
    ::close(output_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// The next line that it prints; empty if it ends or prints none for a minute.
  std::string read_line() {
    std::string line;
    char letter = 0;
    pollfd ready = {.fd = output_, .events = POLLIN, .revents = 0};
    while (::poll(&ready, 1, 60000) > 0 && ::read(output_, &letter, 1) == 1 && letter != '\n') {
      line += letter;
    }
    return line;
  }
  void signal(int number) const { ::kill(process_, number); }
  /// Its exit status; -1 if a signal ended it or it runs on for a minute.
  int wait() {
    for (int i = 0; i < 6000; ++i) {
      int status = 0;
      if (::waitpid(process_, &status, WNOHANG) == process_) {
        process_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      }
      std::this_thread::sleep_for(10ms);
    }
    return -1;
  }

 private:
  pid_t process_ = -1;
  int output_ = -1;
};

/// A small data set and a model for it, as files.
class PredictionServiceProgram : public testing::Test {
 protected:
  void SetUp() override {
    dataset_ = grapevine::datasets::arxiv_like(
        {.num_nodes = 200, .num_edges = 900, .num_features = 5, .num_classes = 4});
    grapevine::io::write_ondisk(dataset_, folder_ / "data");
    checkpoint_.description = {.in_feats = 5, .out_feats = 4, .options = {.hidden = 8}};
    const auto model = train::make_model(checkpoint_.description);
    checkpoint_.model = grapevine::nn::state_dict(model->module());
    train::save_checkpoint(folder_ / "model.pt", checkpoint_);
  }

  [[nodiscard]] std::vector<std::string> arguments(std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {"--checkpoint", (folder_ / "model.pt").string(),
                                    "--data",       (folder_ / "data").string(),
                                    "--port",       "0"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  /// The port of the line "serving ... at http://127.0.0.1:PORT".
  static int port_of(const std::string& line) {
    const std::string before = "at http://127.0.0.1:";
    const std::size_t place = line.find(before);
    EXPECT_NE(place, std::string::npos) << line;
    return place == std::string::npos ? 0 : std::atoi(line.c_str() + place + before.size());
  }

  TemporaryFolder folder_;
  grapevine::datasets::NodeClassificationDataset dataset_;
  train::Checkpoint checkpoint_;
};

TEST_F(PredictionServiceProgram, ServesTheModelWhileItsGraphGrows) {
  Program program(arguments({"--threads", "2", "--allow-append"}));
  HttpConnection connection(port_of(program.read_line()));
  nlohmann::json request = {{"ids", std::vector<std::int64_t>(200)}};
  for (std::int64_t id = 0; id < 200; ++id) {
    request["ids"][static_cast<std::size_t>(id)] = id;
  }
  const auto graph =
      train::prepare_graph(dataset_.graph, train::prepare_options(checkpoint_.description)).graph;
  const at::Tensor expected =
      train::predict_nodes(*train::restore_model(checkpoint_), checkpoint_.description, graph)
          .argmax(1);
  const HttpReply reply = connection.post("/predict", request.dump());
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto classes =
      nlohmann::json::parse(reply.body)["classes"].get<std::vector<std::int64_t>>();
  EXPECT_EQ(classes, std::vector<std::int64_t>(expected.const_data_ptr<std::int64_t>(),
                                               expected.const_data_ptr<std::int64_t>() + 200));
  EXPECT_EQ(connection.post("/predict", R"({"ids": [200]})").status, 400);
  const HttpReply grown = connection.post(
      "/graph/append", R"({"features": [[1, 2, 3, 4, 5]], "src": [0, 200], "dst": [200, 7]})");
  EXPECT_EQ(grown.status, 200) << grown.body;
  EXPECT_NE(grown.body.find("\"num_nodes\":201"), std::string::npos) << grown.body;
  EXPECT_EQ(connection.post("/predict", R"({"ids": [200]})").status, 200);
  EXPECT_EQ(connection.post("/graph/append", R"({"features": [[1, 2]]})").status, 400);
}

TEST_F(PredictionServiceProgram, StopsInOrderAtASignal) {
  for (const int number : {SIGTERM, SIGINT}) {
    Program program(arguments({"--fanout", "3", "--max-delay-ms", "1"}));
    HttpConnection connection(port_of(program.read_line()));
    EXPECT_EQ(connection.get("/ready").status, 200);
    EXPECT_EQ(connection.post("/graph/append", "{}").status, 404) << "unless it is allowed";
    program.signal(number);
    EXPECT_EQ(program.read_line(), "stopped");
    EXPECT_EQ(program.wait(), 0);
    EXPECT_TRUE(connection.is_closed_by_peer());
  }
}

TEST_F(PredictionServiceProgram, SaysInALineWhyItCannotStart) {
  Program without_data({"--checkpoint", "none.pt"});
  EXPECT_EQ(without_data.wait(), 2);
  Program without_file({"--checkpoint", (folder_ / "none.pt").string(), "--data", "arxiv-like"});
  const std::string line = without_file.read_line();
  EXPECT_TRUE(line.starts_with("prediction_service: error: ")) << line;
  EXPECT_NE(line.find("none.pt"), std::string::npos) << line;
  EXPECT_EQ(without_file.wait(), 1);
  Program wrong_fanout(arguments({"--fanout", "3,3,3"}));
  EXPECT_NE(wrong_fanout.read_line().find("fanouts: expected 2"), std::string::npos);
  EXPECT_EQ(wrong_fanout.wait(), 1);
}

}  // namespace
}  // namespace serving
