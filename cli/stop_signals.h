#pragma once

namespace grapevine::cli {

/// While it lives, Ctrl-C (SIGINT) and SIGTERM are noted instead of ending the program, so that it
/// can finish and save what it is at; a second one ends it. SIGINT stays ignored where it was, as a
/// shell does it for programs in the background. One at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// The signal that came, or 0.
  [[nodiscard]] int received() const;
};

}  // namespace grapevine::cli
