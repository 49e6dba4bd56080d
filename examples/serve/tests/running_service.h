#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "examples/serve/backend.h"
#include "examples/serve/http_server.h"
#include "examples/serve/service.h"
#include "grapevine/util/error.h"
#include "tests/support/http_client.h"

namespace serving {

/// A graph of 100 nodes (more when nodes are appended) whose node `id` has the
/// scores `id` and `100 - id`. Predictions can be held back.
class FakeBackend final : public Backend {
 public:
  [[nodiscard]] Scores predict(const std::vector<std::int64_t>& ids) const override {
    std::unique_lock lock(mutex_);
    ++num_begun_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !held_; });
    Scores scores = {.num_classes = 2, .version = size_.version};
    for (const std::int64_t id : ids) {
      if (id == 66) {
        throw std::runtime_error("secret");
      }
      grapevine::check(id >= 0 && id < size_.num_nodes, "node {} is out of range [0, {})", id,
                       size_.num_nodes);
      scores.values.push_back(static_cast<float>(id));
      scores.values.push_back(static_cast<float>(100 - id));
    }
    return scores;
  }
  [[nodiscard]] GraphSize size() const override {
    const std::lock_guard lock(mutex_);
    return size_;
  }
  GraphSize append(const Addition& addition) override {
    const std::lock_guard lock(mutex_);
    grapevine::check(addition.src.size() == addition.dst.size(), "as many dst as src");
    size_.num_nodes += static_cast<std::int64_t>(addition.num_nodes);
    size_.num_edges += static_cast<std::int64_t>(addition.src.size());
    ++size_.version;
    return size_;
  }

  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  void wait_until_begun(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return num_begun_ >= count; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::size_t num_begun_ = 0;
  bool held_ = false;
  GraphSize size_{.num_nodes = 100, .num_edges = 7};
};

/// The service at a port of its own.
class RunningService {
 public:
  explicit RunningService(const ServiceOptions& options = {}, HttpServerOptions server_options = {})
      : service_(backend, options), server_(service_.routes(), counted(server_options)) {
    service_.count_connections([this] { return server_.num_connections(); });
    port_ = server_.bind("127.0.0.1", 0);
    answering_ = std::thread([this] { server_.run(); });
  }
  ~RunningService() {
    backend.hold(false);
    stop();
  }

  void begin_stop() {
    service_.set_not_ready();
    server_.stop();
  }
  void stop() {
    begin_stop();
    if (answering_.joinable()) {
      answering_.join();
    }
    service_.drain();
  }

  [[nodiscard]] grapevine::testing_support::HttpConnection connect() const {
    return grapevine::testing_support::HttpConnection(port_);
  }
  [[nodiscard]] grapevine::testing_support::HttpReply predict(const std::string& body) const {
    return connect().post("/predict", body);
  }
  /// A line of /metrics, without its name.
  [[nodiscard]] std::string metric(const std::string& name) const {
    const std::string text = connect().get("/metrics").body;
    const std::size_t begin = text.find("\n" + name + " ");
    if (begin == std::string::npos) {
      return "none";
    }
    const std::size_t value = begin + name.size() + 2;
    return text.substr(value, text.find('\n', value) - value);
  }
  [[nodiscard]] std::size_t num_connections() const { return server_.num_connections(); }

  FakeBackend backend;

 private:
  HttpServerOptions& counted(HttpServerOptions& options) {
    options.on_response = [this](const std::string& path, int status) {
      service_.count_response(path, status);
    };
    return options;
  }

  Service service_;
  HttpServer server_;
  int port_ = 0;
  std::thread answering_;
};

}  // namespace serving
