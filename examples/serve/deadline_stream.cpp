#include "deadline_stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace serving {
namespace {

using Clock = DeadlineStream::Clock;

constexpr auto kGlance = std::chrono::milliseconds(20);
constexpr auto kLinger = std::chrono::milliseconds(300);
constexpr std::size_t kLingerBytes = std::size_t{1} << 20;

/// Whether the socket is ready for `events` before `until`.
bool ready(int socket, short events, Clock::time_point until) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    pollfd descriptor = {.fd = socket, .events = events, .revents = 0};
    const int count =
        ::poll(&descriptor, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (count >= 0 || errno != EINTR) {
      return count > 0;
    }
  }
}

}  // namespace

bool DeadlineStream::wait_for_request(const std::function<bool()>& give_up) {
  while (begin_ == end_ && !ready(socket_, POLLIN, Clock::now() + kGlance)) {
    if (give_up()) {
      return false;
    }
  }
  return true;
}

void DeadlineStream::begin_request(Clock::time_point deadline, std::uint64_t max_bytes) {
  deadline_ = deadline;
  allowed_ = max_bytes;
  num_read_ = 0;
  problem_ = Problem::kNone;
  written_.clear();
}

bool DeadlineStream::is_readable() const {
  return begin_ < end_ || ready(socket_, POLLIN, deadline_);
}

ssize_t DeadlineStream::read(char* data, std::size_t size) {
  if (problem_ != Problem::kNone) {
    return -1;
  }
  if (begin_ == end_) {
    flush(deadline_);  // a "100 Continue", for which the peer waits
    // A deadline that has passed counts even if there is more to read.
    if (Clock::now() >= deadline_ || !ready(socket_, POLLIN, deadline_)) {
      problem_ = Problem::kTimeOut;
      return -1;
    }
    const ssize_t count = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (count <= 0) {
      problem_ = Problem::kClosed;
      return count;
    }
    begin_ = 0;
    end_ = static_cast<std::size_t>(count);
  }
  const std::size_t count = std::min(size, end_ - begin_);
  if (count > allowed_) {
    problem_ = Problem::kTooLong;
    return -1;
  }
  std::memcpy(data, buffer_.data() + begin_, count);
  begin_ += count;
  allowed_ -= count;
  num_read_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t DeadlineStream::write(const char* data, std::size_t size) {
  written_.append(data, size);
  return static_cast<ssize_t>(size);
}

int DeadlineStream::written_status() const {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  std::size_t begin = 0;
  int status = 0;
  do {  // a "100 Continue" may stand before the response
    status = std::atoi(written_.c_str() + std::min(begin + kVersion.size(), written_.size()));
    begin = written_.find("\r\n\r\n", begin) + 4;
  } while (status == 100);
  return status;
}

bool DeadlineStream::flush(Clock::time_point deadline) {
  std::size_t sent = 0;
  while (sent < written_.size()) {
    const ssize_t count = ::send(socket_, written_.data() + sent, written_.size() - sent,
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
    } else if ((errno != EAGAIN && errno != EINTR) || !ready(socket_, POLLOUT, deadline)) {
      return false;
    }
  }
  written_.clear();
  return true;
}

void DeadlineStream::linger() {
  ::shutdown(socket_, SHUT_WR);
  const auto until = Clock::now() + kLinger;
  std::size_t dropped = 0;
  while (dropped < kLingerBytes && ready(socket_, POLLIN, until)) {
    const ssize_t count = ::recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count <= 0) {
      return;
    }
    dropped += static_cast<std::size_t>(count);
  }
}

void DeadlineStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();  // which nothing here asks for
  port = 0;
}

void DeadlineStream::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace serving
