#include "predictor_backend.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

namespace serving {

Scores PredictorBackend::predict(const std::vector<std::int64_t>& ids) const {
  const auto [scores, version] = predictor_.predict(ids);
  const at::Tensor values = scores.contiguous();
  const auto* begin = values.const_data_ptr<float>();
  return {.values = std::vector<float>(begin, begin + values.numel()),
          .num_classes = static_cast<std::size_t>(values.size(1)),
          .version = version};
}

GraphSize PredictorBackend::size() const {
  return {.num_nodes = predictor_.num_nodes(),
          .num_edges = predictor_.num_edges(),
          .version = predictor_.version()};
}

GraphSize PredictorBackend::append(const Addition& addition) {
  grapevine::serve::GraphAddition tensors = {.src = at::tensor(addition.src, at::kLong),
                                             .dst = at::tensor(addition.dst, at::kLong)};
  if (addition.num_nodes > 0) {
    tensors.feat =
        at::tensor(addition.feat).view({static_cast<std::int64_t>(addition.num_nodes), -1});
  }
  if (!addition.edge_feat.empty()) {
    tensors.edge_feat = at::tensor(addition.edge_feat);
  }
  predictor_.append(tensors);
  return size();
}

}  // namespace serving
