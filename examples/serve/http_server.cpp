#include "http_server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "connection_threads.h"
#include "deadline_stream.h"
#include "grapevine/util/error.h"

namespace serving {
namespace {

using Clock = DeadlineStream::Clock;
using HandlerResponse = httplib::Server::HandlerResponse;

constexpr std::uint64_t kMaxHeaderBytes = 32768;
constexpr int kBacklog = 512;
/// An idle connection is closed after this long when others wait for its
/// thread.
constexpr auto kIdleWhenCrowded = std::chrono::milliseconds(100);

const char* reason(int status) {
  switch (status) {
    case 408:
      return "Request Timeout";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Service Unavailable";
  }
}

/// A whole response, for where httplib cannot make one.
std::string response_text(int status, const std::string& message) {
  const std::string body = error_response(status, message).body;
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: "
      "application/json\r\nContent-Length: {}\r\n{}"
      "Connection: close\r\n\r\n{}",
      status, reason(status), body.size(), status == 503 ? "Retry-After: 1\r\n" : "", body);
}

void fill_response(const HttpResponse& from, httplib::Response& to) {
  to.status = from.status;
  to.set_content(from.body, from.content_type.c_str());
  for (const auto& [name, value] : from.headers) {
    to.set_header(name, value);
  }
}

HttpResponse answer(const Route& route, HttpRequest request) {
  try {
    return route.answer(request);
  } catch (const std::exception& error) {
    fmt::print(stderr, "prediction_service: {}: {}\n", route.path, error.what());
  } catch (...) {
    fmt::print(stderr, "prediction_service: {}: an exception of unknown type\n", route.path);
  }
  return error_response(500, "the request failed for a reason that is not its own");
}

HttpResponse too_large(const Route& route) {
  return error_response(413, fmt::format("the body is larger than {} bytes, the most for {}",
                                         route.max_body, route.path));
}

std::string message_for(int status) {
  switch (status) {
    case 400:
      return "this is not an HTTP request that can be read";
    case 404:
      return "there is nothing at this path";
    case 414:
      return "the path is too long";
    default:
      return "the request cannot be answered";
  }
}

}  // namespace

HttpResponse error_response(int status, const std::string& message) {
  const nlohmann::json body = {{"error", message}};
  return {.status = status,
          .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

/// httplib's server with connections of our own.
class HttpServer::Connections final : public httplib::Server {
 public:
  Connections(std::vector<Route> routes, HttpServerOptions options)
      : routes_(std::move(routes)), options_(std::move(options)) {
    set_keep_alive_timeout(std::chrono::duration_cast<std::chrono::seconds>(options_.idle).count());
    set_keep_alive_max_count(1U << 30U);  // only what the Keep-Alive header says
    set_idle_interval(0, 100000);
    new_task_queue = [this] {
      // Should `stop` have come before the port was served, it is heard here.
      return new ConnectionThreads(options_.max_connections, [this] { stop_if_asked(); });
    };
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      return refuse_unread(request, response);
    });
    set_expect_100_continue_handler(
        [this](const httplib::Request& request, httplib::Response& response) {
          const bool refused = refuse_unread(request, response) == HandlerResponse::Handled;
          return refused ? response.status : 100;
        });
    set_error_handler([](const httplib::Request&, httplib::Response& response) {
      if (response.body.empty()) {
        fill_response(error_response(response.status, message_for(response.status)), response);
      }
    });
    for (const Route& route : routes_) {
      add(route);
    }
  }

  int bind(const std::string& host, int port) {
    const int bound = port == 0 ? bind_to_any_port(host) : (bind_to_port(host, port) ? port : -1);
    grapevine::check(bound > 0, "cannot listen at {}:{}", host, port);
    ::listen(svr_sock_, kBacklog);  // httplib's own backlog is 5
    return bound;
  }

  void run() {
    accepting_thread_ = std::this_thread::get_id();
    listen_after_bind();
    grapevine::check(stopping_, "the port was lost");
  }

  void ask_to_stop() {
    stopping_ = true;
    stop_if_asked();
  }

  [[nodiscard]] std::size_t num_connections() const { return num_connections_; }

 private:
  /// Once, and not before httplib runs.
  void stop_if_asked() {
    const std::lock_guard lock(closing_);
    if (stopping_ && is_running() && !closed_) {
      closed_ = true;
      stop();
    }
  }

  void report(const std::string& path, int status) const {
    if (options_.on_response) {
      options_.on_response(path, status);
    }
  }

  [[nodiscard]] const Route* find_route(const httplib::Request& request) const {
    const auto found = std::find_if(routes_.begin(), routes_.end(), [&](const Route& route) {
      return route.path == request.path && route.method == request.method;
    });
    return found == routes_.end() ? nullptr : &*found;
  }

  void add(const Route& route) {
    if (route.method == "GET") {
      Get(route.path, [&route](const httplib::Request& request, httplib::Response& response) {
        fill_response(answer(route, {.path = request.path}), response);
      });
      return;
    }
    Post(route.path, [&route](const httplib::Request& request, httplib::Response& response,
                              const httplib::ContentReader& read_body) {
      std::string body;
      bool fits = true;
      const bool is_whole = read_body([&](const char* data, std::size_t size) {
        fits = size <= route.max_body - body.size();
        if (fits) {
          body.append(data, size);
        }
        return fits;
      });
      fill_response(!fits       ? too_large(route)
                    : !is_whole ? error_response(400, "the body cannot be read")
                                : answer(route, {.path = request.path, .body = std::move(body)}),
                    response);
    });
  }

  /// Answers what need not be read further.
  HandlerResponse refuse_unread(const httplib::Request& request,
                                httplib::Response& response) const {
    const Route* route = find_route(request);
    std::optional<HttpResponse> refusal;
    if (route == nullptr) {
      refusal = error_response(404, message_for(404));
      for (const Route& each : routes_) {
        if (each.path == request.path) {
          refusal = error_response(405, fmt::format("{} answers {}", each.path, each.method));
          refusal->headers.emplace_back("Allow", each.method);
        }
      }
    } else if (route->method == "POST") {
      if (!request.has_header("Content-Length") && !request.has_header("Transfer-Encoding")) {
        refusal = error_response(411, "the body must have a Content-Length");
      } else if (content_length(request) > route->max_body) {
        refusal = too_large(*route);
      } else if (request.is_multipart_form_data()) {
        refusal = error_response(415, "the body must be JSON");
      }
    }
    if (!refusal) {
      return HandlerResponse::Unhandled;
    }
    fill_response(*refusal, response);
    return HandlerResponse::Handled;
  }

  /// Of a header that is no number: more than any.
  static std::uint64_t content_length(const httplib::Request& request) {
    if (!request.has_header("Content-Length")) {
      return 0;
    }
    const std::string text = request.get_header_value("Content-Length");
    const bool is_number = !text.empty() && text.size() < 19 &&
                           text.find_first_not_of("0123456789") == std::string::npos;
    return is_number ? std::stoull(text) : UINT64_MAX;
  }

  bool process_and_close_socket(socket_t socket) override {
    if (std::this_thread::get_id() == accepting_thread_) {
      refuse(socket);
    } else {
      ++num_connections_;
      serve(socket);
      --num_connections_;
    }
    ::close(socket);
    return true;
  }

  /// Without waiting, since nobody is accepted meanwhile.
  void refuse(int socket) const {
    std::array<char, 4096> ignored{};
    const std::string text = response_text(503, "there are too many connections");
    static_cast<void>(::recv(socket, ignored.data(), ignored.size(), MSG_DONTWAIT));
    static_cast<void>(::send(socket, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    ::shutdown(socket, SHUT_WR);
    static_cast<void>(::recv(socket, ignored.data(), ignored.size(), MSG_DONTWAIT));
    report("", 503);
  }

  void serve(int socket) {
    DeadlineStream stream(socket);
    while (wait_for_request(stream) && serve_request(stream)) {
    }
  }

  [[nodiscard]] bool wait_for_request(DeadlineStream& stream) const {
    const auto since = Clock::now();
    return stream.wait_for_request([&] {
      const bool crowded = num_connections_ >= options_.max_connections;
      const auto idle = std::min(options_.idle, crowded ? kIdleWhenCrowded : options_.idle);
      return stopping_ || Clock::now() - since >= idle;
    });
  }

  /// Whether the connection is good for another one.
  bool serve_request(DeadlineStream& stream) {
    stream.begin_request(Clock::now() + options_.time_out, kMaxHeaderBytes);
    std::string path;
    bool asked_to_close = false;
    bool has_headers = false;
    std::uint64_t end = UINT64_MAX;  // of the request, in bytes of the stream
    const bool done = process(*this, stream, asked_to_close, [&](httplib::Request& request) {
      path = request.path;
      has_headers = true;
      request.ranges.clear();  // responses come whole
      const bool is_chunked = request.has_header("Transfer-Encoding");
      const Route* route = find_route(request);
      const std::uint64_t most = route == nullptr ? 0 : route->max_body;
      const std::uint64_t length = content_length(request);
      if (is_chunked || length > most || stopping_) {
        request.headers.erase("Connection");
        request.set_header("Connection", "close");  // for the response's own
        asked_to_close = true;
      }
      if (!is_chunked && length <= most) {
        end = stream.num_read() + length;
      }
      stream.allow(is_chunked ? 8 * most + kMaxHeaderBytes : most);  // chunks have headers
    });
    using Problem = DeadlineStream::Problem;
    if (stream.problem() == Problem::kClosed) {
      return false;
    }
    if (stream.problem() == Problem::kTimeOut) {
      stream.replace_written(response_text(408, "the request took too long to arrive"));
    } else if (stream.problem() == Problem::kTooLong && !has_headers) {
      stream.replace_written(response_text(431, "the headers are too long"));
    }
    report(path, stream.written_status());
    const bool sent = stream.flush(Clock::now() + options_.time_out);
    const bool is_read = stream.num_read() == end;
    if (!is_read) {
      stream.linger();
    }
    return done && sent && is_read && !asked_to_close;
  }

  /// httplib's reading, routing and writing of one request, whose parameters
  /// differ by version.
  template <typename Self, typename SetUp>
  static bool process(Self& self, httplib::Stream& stream, bool& asked_to_close,
                      const SetUp& set_up) {
    const bool close = self.stopping_;
    if constexpr (requires { self.process_request(stream, close, asked_to_close, set_up); }) {
      return self.process_request(stream, close, asked_to_close, set_up);
    } else {
      return self.process_request(stream, "", 0, "", 0, close, asked_to_close, set_up);
    }
  }

  const std::vector<Route> routes_;
  const HttpServerOptions options_;
  std::thread::id accepting_thread_;
  std::atomic<bool> stopping_ = false;
  std::mutex closing_;
  bool closed_ = false;
  std::atomic<std::size_t> num_connections_ = 0;
};

HttpServer::HttpServer(std::vector<Route> routes, HttpServerOptions options)
    : connections_(std::make_unique<Connections>(std::move(routes), std::move(options))) {}
HttpServer::~HttpServer() = default;
int HttpServer::bind(const std::string& host, int port) { return connections_->bind(host, port); }
void HttpServer::run() { connections_->run(); }
void HttpServer::stop() { connections_->ask_to_stop(); }
std::size_t HttpServer::num_connections() const { return connections_->num_connections(); }

}  // namespace serving
