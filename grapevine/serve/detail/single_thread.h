#pragma once

#include "grapevine/util/parallel.h"

namespace grapevine::serve::detail {

/// While it lives, everything that is computed on this thread is computed by it alone: torch's
/// loops, ours, and the products of matrices that MKL computes, for which torch tells each thread
/// a number of its own that stands above OpenMP's.
class SingleThread {
 public:
  SingleThread();
  ~SingleThread();
  SingleThread(const SingleThread&) = delete;
  SingleThread& operator=(const SingleThread&) = delete;

 private:
  SerialRegion serial_;
  int previous_mkl_threads_ = 0;
};

}  // namespace grapevine::serve::detail
