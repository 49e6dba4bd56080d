#include "grapevine/ops/detail/fallback.h"

#include <atomic>

namespace grapevine::ops::detail {
namespace {

std::atomic<int> forced = 0;

}  // namespace

bool uses_fallback(const at::Tensor& tensor) {
  return !tensor.is_cpu() || forced.load(std::memory_order_relaxed) > 0;
}

ForceFallback::ForceFallback() { ++forced; }
ForceFallback::~ForceFallback() { --forced; }

}  // namespace grapevine::ops::detail
