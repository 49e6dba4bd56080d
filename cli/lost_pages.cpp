#include "lost_pages.h"

#include <unistd.h>

#include <csignal>
#include <string_view>

namespace grapevine::cli {
namespace {

constexpr std::string_view kMessage =
    "grapevine: error: a file that is mapped into memory has become shorter, or cannot be read any "
    "more\n";

/// Calls only what a signal handler may call.
extern "C" void end_at_lost_page(int /*signal*/) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  ::_exit(1);
}

}  // namespace

void report_lost_pages() {
  struct sigaction action {};
  action.sa_handler = end_at_lost_page;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace grapevine::cli
