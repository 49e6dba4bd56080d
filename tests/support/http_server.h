#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace grapevine::testing_support {

/// What a client asks for.
struct HttpServerRequest {
  std::string path;                            ///< "/data.zip"
  std::map<std::string, std::string> headers;  ///< names in lower case
  int number = 0;                              ///< how many of that path came before
};

/// What the server does with it.
struct HttpServerAnswer {
  int status = 200;
  std::vector<std::string> headers;  ///< "ETag: \"1\""
  std::string body;
  bool ranges = true;  ///< whether it honours Range and If-Range, with the ETag
  std::int64_t claimed_size =
      -1;  ///< the Content-Length, right or not; -1: the right one, -2: none
  std::size_t cut_after = ~std::size_t{0};    ///< closes after so many bytes of the body
  std::size_t stall_after = ~std::size_t{0};  ///< sends no more after so many, until it stops
};

/// A server on 127.0.0.1 that answers one request a connection, in one thread, until it goes. It
/// can do all that a server should not.
class HttpServer {
 public:
  using Handler = std::function<HttpServerAnswer(const HttpServerRequest&)>;

  explicit HttpServer(Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// "http://127.0.0.1:PORT" and the path.
  [[nodiscard]] std::string url(const std::string& path = "") const;
  /// What was asked for so far.
  [[nodiscard]] std::vector<HttpServerRequest> requests() const;

 private:
  void serve();
  void answer(int connection);
  [[nodiscard]] bool wait_for(int descriptor, short events, int milliseconds) const;
  [[nodiscard]] bool send_all(int connection, const std::string& bytes) const;
  [[nodiscard]] std::string read_head(int connection) const;

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  std::vector<HttpServerRequest> requests_;
  std::thread thread_;
};

}  // namespace grapevine::testing_support
