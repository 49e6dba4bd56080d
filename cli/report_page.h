#pragma once

#include <string>
#include <vector>

#include "run_file.h"

namespace grapevine::cli {

/// The most runs that a page tells apart.
inline constexpr std::size_t kMaxRuns = 8;

/// A page of HTML about one run, or several of them beside each other: at least 1, at most
/// `kMaxRuns`. It needs nothing but itself and says its numbers in tables too.
[[nodiscard]] std::string report_page(const std::vector<RunFile>& runs);

/// The page's style sheet and its script, which shows a chart's values under the pointer.
extern const char* const kReportStyle;
extern const char* const kReportScript;

}  // namespace grapevine::cli
