#pragma once

#include <httplib.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace serving {

/// A connection as httplib reads requests from it, with one deadline and a most
/// number of bytes for each. What is written is kept until `flush`, so that a
/// response leaves in one piece.
class DeadlineStream final : public httplib::Stream {
 public:
  using Clock = std::chrono::steady_clock;
  /// Why reading has failed.
  enum class Problem { kNone, kClosed, kTimeOut, kTooLong };

  explicit DeadlineStream(int socket) : socket_(socket) {}

  /// Waits for a first byte until `give_up()`, which is asked every few
  /// milliseconds.
  [[nodiscard]] bool wait_for_request(const std::function<bool()>& give_up);
  /// From now on a request of at most `max_bytes` may be read until `deadline`.
  void begin_request(Clock::time_point deadline, std::uint64_t max_bytes);
  /// Lets the request go on for that many bytes from here.
  void allow(std::uint64_t max_bytes) { allowed_ = max_bytes; }
  /// Bytes that were read of this request.
  [[nodiscard]] std::uint64_t num_read() const { return num_read_; }
  [[nodiscard]] Problem problem() const { return problem_; }

  /// Puts `response` in the place of what was written.
  void replace_written(std::string response) { written_ = std::move(response); }
  /// The status of the response that was written.
  [[nodiscard]] int written_status() const;
  /// Sends what was written; false if the peer does not take it until
  /// `deadline`.
  bool flush(Clock::time_point deadline);
  /// Closes the sending side, then reads for a moment: a peer that is still
  /// sending would otherwise lose the response.
  void linger();

  ssize_t read(char* data, std::size_t size) override;
  ssize_t write(const char* data, std::size_t size) override;
  using httplib::Stream::write;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }
  // Some are pure in httplib 0.11, others in 0.20; so none says `override`.
  bool is_readable() const;
  bool is_writable() const { return true; }
  bool wait_readable() const { return is_readable(); }
  bool wait_writable() const { return true; }
  time_t duration() const { return 0; }

 private:
  int socket_;
  Clock::time_point deadline_{};
  std::uint64_t allowed_ = 0;
  std::uint64_t num_read_ = 0;
  Problem problem_ = Problem::kNone;
  std::array<char, 16384> buffer_{};
  std::size_t begin_ = 0;  // of what the buffer holds
  std::size_t end_ = 0;
  std::string written_;
};

}  // namespace serving
