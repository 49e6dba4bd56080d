#include "grapevine/train/training_state.h"

#include <cstddef>

namespace grapevine::train {

std::int64_t best_epoch(const std::vector<EpochReport>& epochs) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < epochs.size(); ++i) {
    if (epochs[i].valid_acc > epochs[best].valid_acc) {
      best = i;
    }
  }
  return epochs.empty() ? 0 : epochs[best].epoch;
}

}  // namespace grapevine::train
