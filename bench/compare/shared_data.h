#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "grapevine/graph/graph.h"

namespace grapevine::compare {

/// The graphs that compare.py wrote for all systems, one folder of .npy files each, read when they
/// are first asked for: `src` and `dst` `[e]`; for "arxiv" also `prob` `[e]`, `feat` `[n, f]`,
/// `label` `[n]` and `train`.
class SharedData {
 public:
  explicit SharedData(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The graph with all formats made, and its features.
  [[nodiscard]] const Graph& graph(const std::string& name) const;
  /// Ids of the training nodes of "arxiv".
  [[nodiscard]] const at::Tensor& train_nodes() const;
  [[nodiscard]] std::int64_t num_classes() const;

 private:
  std::filesystem::path folder_;
  mutable std::map<std::string, Graph> graphs_;
  mutable at::Tensor train_nodes_;
};

}  // namespace grapevine::compare
