#pragma once

#include <vector>

#include "grapevine/dataloading/data_loader.h"

namespace grapevine::testing_support {

/// All batches of an epoch.
inline std::vector<sampling::MiniBatch> collect(dataloading::DataLoader& loader) {
  std::vector<sampling::MiniBatch> batches;
  for (sampling::MiniBatch& batch : loader) {
    batches.push_back(batch);
  }
  return batches;
}

}  // namespace grapevine::testing_support
