#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "backend.h"
#include "grapevine/serve/request_queue.h"
#include "http_server.h"
#include "metrics.h"

namespace serving {

struct ServiceOptions {
  grapevine::serve::RequestQueueOptions queue{};
  std::chrono::milliseconds time_out{5000};  ///< for an answer, from when the request has arrived
  std::size_t max_ids = 1000;                ///< in a request
  bool allow_append = false;                 ///< whether there is POST /graph/append
  std::size_t max_append_bytes = std::size_t{64} << 20;
};

/// What the paths of the service answer:
/// - POST /predict `{"ids": [1, 2], "scores": true}`: the class of each node,
/// and, if asked for,
///   its scores; `version` tells of which state of the graph;
/// - POST /graph/append, if it is allowed: adds nodes (`features`, a row each)
/// and edges (`src`,
///   `dst`, `edge_features`) while predictions go on;
/// - GET /health: 200 while the process lives; GET /ready: 200 while it takes
/// requests;
/// - GET /metrics: for Prometheus.
///
/// 400 and 413 are the client's mistakes, 503 asks it to come again, 504 means
/// that it took too long. Each comes with `{"error": "a sentence"}`.
class Service {
 public:
  Service(Backend& backend, const ServiceOptions& options = {});

  /// They refer to this service, which must live longer than their server.
  [[nodiscard]] std::vector<Route> routes();
  /// Counts a response; for `HttpServerOptions::on_response`.
  void count_response(const std::string& path, int status) {
    metrics_.count_response(path, status);
  }
  /// Tells `/metrics` how many connections are open.
  void count_connections(std::function<std::size_t()> count) { connections_ = std::move(count); }
  /// From now on GET /ready answers 503.
  void set_not_ready() { ready_ = false; }
  /// Answers what waits, and no more.
  void drain() { queue_.drain(); }

 private:
  using Ids = std::vector<std::int64_t>;
  using Queue = grapevine::serve::RequestQueue<Ids, Scores>;

  [[nodiscard]] std::vector<Scores> answer_batch(const std::vector<Ids>& requests);
  [[nodiscard]] HttpResponse predict(const HttpRequest& request);
  [[nodiscard]] HttpResponse append(const HttpRequest& request);
  [[nodiscard]] HttpResponse ready() const;
  [[nodiscard]] HttpResponse metrics() const;

  Backend& backend_;
  const ServiceOptions options_;
  Metrics metrics_;
  std::function<std::size_t()> connections_;
  std::atomic<bool> ready_ = true;
  Queue queue_;  // last: its threads use the rest
};

}  // namespace serving
