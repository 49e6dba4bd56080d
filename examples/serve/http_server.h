#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace serving {

/// A request that has arrived whole.
struct HttpRequest {
  std::string path;
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{};
};

/// `{"error": message}`.
[[nodiscard]] HttpResponse error_response(int status, const std::string& message);

/// What answers `method` ("GET" or "POST") at `path`. Called by many threads at
/// once.
struct Route {
  std::string method;
  std::string path;
  std::function<HttpResponse(const HttpRequest&)> answer;
  std::size_t max_body = 0;  ///< bytes, after decompression; for longer ones the answer is 413
};

struct HttpServerOptions {
  std::size_t max_connections = 256;         ///< at once, a thread each; more are answered 503
  std::chrono::milliseconds time_out{5000};  ///< for a request to arrive, and a response to leave
  std::chrono::milliseconds idle{5000};      ///< for the next request of a connection to begin
  /// Called for each response, from many threads; the path is empty for a
  /// request that has none.
  std::function<void(const std::string& path, int status)> on_response{};
};

/// HTTP/1.1 by cpp-httplib, with limits that httplib does not have: a request
/// has one time-out from its first byte to its last, headers and bodies have a
/// longest length before they are read, and connections beyond the most there
/// may be are answered 503 at once. So a client that sends a byte a second
/// holds one of many threads, and that not for long.
class HttpServer {
 public:
  explicit HttpServer(std::vector<Route> routes, HttpServerOptions options = {});
  /// `run` must have returned.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Listens at a port, at any free one for 0; returns the port. Throws
  /// `grapevine::Error` if that cannot be had.
  int bind(const std::string& host, int port);
  /// Answers until `stop`, and then until every request that has begun is
  /// answered. Throws `grapevine::Error` if the port is lost.
  void run();
  /// Any thread, any number of times, before or after `run`.
  void stop();
  /// Connections that are open.
  [[nodiscard]] std::size_t num_connections() const;

 private:
  class Connections;
  std::unique_ptr<Connections> connections_;
};

}  // namespace serving
