#include "grapevine/util/parallel.h"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace grapevine {

// OpenMP keeps the team size per thread, so this reaches neither other threads nor torch's own
// setting. Asking torch first makes it write its default now rather than over ours later; it keeps
// one note of having done so for its own code and one for at::parallel_for in ours.
SerialRegion::SerialRegion() : previous_threads_(at::get_num_threads()) {
  at::internal::lazy_init_num_threads();
#ifdef _OPENMP
  omp_set_num_threads(1);
#endif
}

SerialRegion::~SerialRegion() {
#ifdef _OPENMP
  omp_set_num_threads(previous_threads_);
#endif
}

}  // namespace grapevine
