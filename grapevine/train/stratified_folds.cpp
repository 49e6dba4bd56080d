#include "grapevine/train/stratified_folds.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include "grapevine/util/error.h"
#include "grapevine/util/random.h"

namespace grapevine::train {

at::Tensor stratified_folds(const at::Tensor& labels, std::int64_t num_folds, std::uint64_t seed) {
  check(labels.defined() && labels.dim() == 1 && labels.scalar_type() == at::kLong,
        "stratified_folds: labels: expected an int64 tensor of one dimension");
  const std::int64_t count = labels.numel();
  check(num_folds >= 2, "folds: expected 2 or more, got {}", num_folds);
  check(count >= num_folds, "folds: expected {} examples or more, one for each, got {}", num_folds,
        count);
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  RandomStream stream = RandomKey(seed).stream(0);
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    std::swap(order[i], order[stream.below(i + 1)]);
  }
  // Dealt out class after class, so that sizes are even within each class and in all.
  const at::Tensor rows = labels.cpu().contiguous();
  const auto* label = rows.const_data_ptr<std::int64_t>();
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t left, std::int64_t right) {
    return label[left] < label[right];
  });
  const at::Tensor folds = at::empty({count}, at::kLong);
  auto* fold = folds.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < count; ++i) {
    fold[order[static_cast<std::size_t>(i)]] = i % num_folds;
  }
  return folds;
}

}  // namespace grapevine::train
