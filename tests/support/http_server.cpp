#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "grapevine/util/error.h"

namespace grapevine::testing_support {
namespace {

constexpr int kPatience = 5000;  // milliseconds that a client may take

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

HttpServerRequest parse_request(const std::string& head) {
  std::istringstream lines(head);
  std::string method;
  HttpServerRequest request;
  lines >> method >> request.path;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line != "\r") {
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos) {
      const std::size_t begin = line.find_first_not_of(' ', colon + 1);
      const std::size_t end = line.find_last_not_of("\r ");
      request.headers[lower(line.substr(0, colon))] = line.substr(begin, end - begin + 1);
    }
  }
  return request;
}

std::string etag_of(const HttpServerAnswer& answer) {
  for (const std::string& header : answer.headers) {
    if (header.starts_with("ETag: ")) {
      return header.substr(6);
    }
  }
  return "";
}

/// Makes a whole answer the one to a request of a range, where that is due.
void apply_range(const HttpServerRequest& request, HttpServerAnswer& answer) {
  const auto range = request.headers.find("range");
  const auto condition = request.headers.find("if-range");
  if (answer.status != 200 || !answer.ranges || range == request.headers.end() ||
      (condition != request.headers.end() && condition->second != etag_of(answer))) {
    return;
  }
  const std::size_t size = answer.body.size();
  const std::size_t first = std::strtoull(range->second.c_str() + 6, nullptr, 10);
  if (first >= size) {
    answer.status = 416;
    answer.headers.push_back(fmt::format("Content-Range: bytes */{}", size));
    answer.body.clear();
    return;
  }
  answer.status = 206;
  answer.headers.push_back(fmt::format("Content-Range: bytes {}-{}/{}", first, size - 1, size));
  answer.body.erase(0, first);
}

}  // namespace

HttpServer::HttpServer(Handler handler) : handler_(std::move(handler)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  check(listener_ >= 0 && ::bind(listener_, generic, sizeof address) == 0 &&
            ::listen(listener_, 16) == 0 && ::getsockname(listener_, generic, &length) == 0,
        "no socket on 127.0.0.1");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

HttpServer::~HttpServer() {
  stop_ = true;
  thread_.join();
  ::close(listener_);
}

std::string HttpServer::url(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

std::vector<HttpServerRequest> HttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool HttpServer::wait_for(int descriptor, short events, int milliseconds) const {
  constexpr int kStep = 20;
  for (int waited = 0; !stop_ && waited < milliseconds; waited += kStep) {
    pollfd poll_for = {.fd = descriptor, .events = events, .revents = 0};
    if (::poll(&poll_for, 1, kStep) > 0) {
      return true;
    }
  }
  return false;
}

void HttpServer::serve() {
  while (!stop_) {
    if (wait_for(listener_, POLLIN, kPatience)) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection >= 0) {
        answer(connection);
        ::close(connection);
      }
    }
  }
}

std::string HttpServer::read_head(int connection) const {
  std::string head;
  char buffer[4096];
  while (head.find("\r\n\r\n") == std::string::npos) {
    if (head.size() > 65536 || !wait_for(connection, POLLIN, kPatience)) {
      return "";
    }
    const ssize_t count = ::recv(connection, buffer, sizeof buffer, 0);
    if (count <= 0) {
      return "";
    }
    head.append(buffer, static_cast<std::size_t>(count));
  }
  return head;
}

bool HttpServer::send_all(int connection, const std::string& bytes) const {
  for (std::size_t sent = 0; sent < bytes.size();) {
    if (!wait_for(connection, POLLOUT, kPatience)) {
      return false;
    }
    const ssize_t count =
        ::send(connection, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count <= 0) {
      return false;
    }
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

void HttpServer::answer(int connection) {
  const std::string head = read_head(connection);
  if (head.empty()) {
    return;
  }
  HttpServerRequest request = parse_request(head);
  {
    const std::lock_guard lock(mutex_);
    request.number = static_cast<int>(std::count_if(
        requests_.begin(), requests_.end(),
        [&](const HttpServerRequest& earlier) { return earlier.path == request.path; }));
    requests_.push_back(request);
  }
  HttpServerAnswer answer = handler_(request);
  apply_range(request, answer);
  std::string text = fmt::format("HTTP/1.1 {} Answer\r\nConnection: close\r\n", answer.status);
  for (const std::string& header : answer.headers) {
    text += header + "\r\n";
  }
  if (answer.claimed_size != -2) {
    text += fmt::format("Content-Length: {}\r\n",
                        answer.claimed_size >= 0 ? answer.claimed_size
                                                 : static_cast<std::int64_t>(answer.body.size()));
  }
  const std::size_t sent = std::min({answer.cut_after, answer.stall_after, answer.body.size()});
  if (send_all(connection, text + "\r\n" + answer.body.substr(0, sent)) &&
      sent == answer.stall_after) {
    // Until the client has enough of it and closes.
    static_cast<void>(wait_for(connection, POLLIN, 2 * kPatience));
  }
}

}  // namespace grapevine::testing_support
