#include "progress_bar.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace grapevine::cli {

namespace {
constexpr std::int64_t kWidth = 30;
constexpr std::chrono::milliseconds kInterval{100};
}  // namespace

ProgressBar::ProgressBar() : enabled_(isatty(STDERR_FILENO) == 1) {}

void ProgressBar::start(std::string title, std::string unit) {
  title_ = std::move(title);
  unit_ = std::move(unit);
  start_ = Clock::now();
  drawn_ = {};
}

void ProgressBar::show(std::int64_t done, std::int64_t total, std::string_view note) {
  const auto now = Clock::now();
  if (!enabled_ || (done < total && now - drawn_ < kInterval)) {
    return;
  }
  drawn_ = now;
  shown_ = true;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const auto filled =
      static_cast<std::size_t>(kWidth * std::min(done, total) / std::max<std::int64_t>(total, 1));
  fmt::print(stderr, "\r\033[K{} |{:<{}}| {}/{} [{:.1f} {}/s{}{}]", title_,
             std::string(filled, '#'), kWidth, done, total,
             seconds > 0 ? static_cast<double>(done) / seconds : 0.0, unit_,
             note.empty() ? "" : ", ", note);
  std::fflush(stderr);
}

void ProgressBar::clear() {
  if (shown_) {
    fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
    shown_ = false;
  }
}

}  // namespace grapevine::cli
