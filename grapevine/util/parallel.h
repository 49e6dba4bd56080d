#pragma once

#include <ATen/Parallel.h>

#include <cstdint>

namespace grapevine {

/// Runs `body(begin, end)` over `[begin, end)` in chunks of at least `grain` on torch's thread
/// pool; serially below one grain, inside another parallel loop, and on a thread that holds a
/// `SerialRegion`.
template <typename Body>
void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain, const Body& body) {
  if (begin < end) {
    at::parallel_for(begin, end, grain, body);
  }
}

/// While it lives, torch's and our parallel loops run serially on this thread. Loader workers hold
/// one, so that a worker never starts a team of its own.
class SerialRegion {
 public:
  SerialRegion();
  ~SerialRegion();
  SerialRegion(const SerialRegion&) = delete;
  SerialRegion& operator=(const SerialRegion&) = delete;

 private:
  int previous_threads_;
};

}  // namespace grapevine
