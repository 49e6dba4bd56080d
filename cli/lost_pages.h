#pragma once

namespace grapevine::cli {

/// From now on, a page of a mapped file that is no more there (the file was shortened, or its disk
/// has failed) ends the program with a line of complaint and status 1, and not by a signal.
void report_lost_pages();

}  // namespace grapevine::cli
