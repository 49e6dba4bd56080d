#include "grapevine/serve/detail/single_thread.h"

// MKL's own function, which torch's libraries export if they have MKL. It returns the number from
// before, where 0 stands for the process's.
extern "C" __attribute__((weak)) int MKL_Set_Num_Threads_Local(int num_threads);

namespace grapevine::serve::detail {
namespace {

int set_mkl_threads(int num_threads) {
  return MKL_Set_Num_Threads_Local == nullptr ? 0 : MKL_Set_Num_Threads_Local(num_threads);
}

}  // namespace

// After `serial_`, whose first use on a thread sets MKL's number, too.
SingleThread::SingleThread() : previous_mkl_threads_(set_mkl_threads(1)) {}
SingleThread::~SingleThread() { set_mkl_threads(previous_mkl_threads_); }

}  // namespace grapevine::serve::detail
