#include "grapevine/train/metrics.h"

#include <cstdint>
#include <limits>

#include "grapevine/util/error.h"

namespace grapevine::train {

double accuracy(const at::Tensor& scores, const at::Tensor& labels) {
  check(scores.dim() == 2 && scores.size(1) > 0,
        "accuracy: scores: expected shape [n, num_classes], got [{}]",
        fmt::join(scores.sizes(), ", "));
  check(labels.dim() == 1 && labels.size(0) == scores.size(0),
        "accuracy: labels: expected shape [{}], got [{}]", scores.size(0),
        fmt::join(labels.sizes(), ", "));
  if (labels.size(0) == 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const auto correct = scores.argmax(1).eq(labels).sum().item<std::int64_t>();
  return static_cast<double>(correct) / static_cast<double>(labels.size(0));
}

}  // namespace grapevine::train
