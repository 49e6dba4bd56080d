#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace grapevine::testing_support {

struct HttpReply {
  int status = 0;  ///< 0: the connection was closed without a whole reply
  std::string headers;
  std::string body;
};

/// A connection to 127.0.0.1 on which a test may send what it likes. Waits are
/// bounded.
class HttpConnection {
 public:
  explicit HttpConnection(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval longest = {.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof(longest));
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof(longest));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_open_ = ::connect(socket_, static_cast<const sockaddr*>(static_cast<const void*>(&address)),
                         sizeof(address)) == 0;
  }
  ~HttpConnection() { close(); }
  HttpConnection(HttpConnection&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)),
        is_open_(other.is_open_),
        received_(std::move(other.received_)) {}
  HttpConnection& operator=(HttpConnection&&) = delete;

  [[nodiscard]] bool is_open() const { return is_open_; }
  void close() {
    if (socket_ >= 0) {
      ::close(std::exchange(socket_, -1));
    }
  }

  /// False if the peer does not take it.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) {
        return false;
      }
      num_sent_ += static_cast<std::size_t>(count);
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// Bytes so far.
  [[nodiscard]] std::size_t num_sent() const { return num_sent_; }

  /// The next reply.
  [[nodiscard]] HttpReply receive() {
    std::size_t end = std::string::npos;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive_more()) {
        return {};
      }
    }
    HttpReply reply = {
        .status = std::atoi(received_.c_str() + std::string_view("HTTP/1.1 ").size()),
        .headers = received_.substr(0, end + 2)};
    const std::string name = "Content-Length: ";
    const std::size_t at = reply.headers.find(name);
    const std::size_t length =
        at == std::string::npos
            ? 0
            : std::strtoull(reply.headers.c_str() + at + name.size(), nullptr, 10);
    while (received_.size() < end + 4 + length) {
      if (!receive_more()) {
        return {};
      }
    }
    reply.body = received_.substr(end + 4, length);
    received_.erase(0, end + 4 + length);
    return reply;
  }

  /// Whether the peer closes the connection, after whatever it still sends.
  [[nodiscard]] bool is_closed_by_peer() {
    while (receive_more()) {
    }
    return is_at_end_;
  }

  [[nodiscard]] HttpReply get(const std::string& path) {
    send("GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n");
    return receive();
  }
  [[nodiscard]] HttpReply post(const std::string& path, const std::string& body) {
    send(post_text(path, body));
    return receive();
  }
  [[nodiscard]] static std::string post_text(const std::string& path, const std::string& body) {
    return "POST " + path +
           " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }

 private:
  bool receive_more() {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    is_at_end_ = count == 0 || (count < 0 && errno == ECONNRESET);
    if (count > 0) {
      received_.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return count > 0;
  }

  int socket_;
  bool is_open_ = false;
  bool is_at_end_ = false;
  std::size_t num_sent_ = 0;
  std::string received_;
};

}  // namespace grapevine::testing_support
