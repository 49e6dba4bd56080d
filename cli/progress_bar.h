#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace grapevine::cli {

/// One line on a terminal that shows how far a loop is: batches, batches a second and a note such
/// as the loss, or another unit than batches. Silent when standard error is not a terminal.
class ProgressBar {
 public:
  ProgressBar();
  /// Starts anew, with `title` before the bar and `unit` as what is counted.
  void start(std::string title, std::string unit = "it");
  /// Redraws, at most ten times a second, and always for the last of `total`.
  void show(std::int64_t done, std::int64_t total, std::string_view note);
  /// Removes the line.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool enabled_;
  bool shown_ = false;
  std::string title_;
  std::string unit_;
  Clock::time_point start_;
  Clock::time_point drawn_;
};

}  // namespace grapevine::cli
