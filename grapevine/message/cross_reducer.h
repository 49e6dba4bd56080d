#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "grapevine/graph/graph_types.h"
#include "grapevine/message/function.h"

namespace grapevine::function {

/// One relation's part in `Graph::multi_update_all`.
struct EtypeUpdate {
  EtypeKey etype;
  MessageFunction message;
  ReduceFunction reduce;
  std::optional<ApplyFunction> apply = std::nullopt;
};

/// The same feature from several relations, each `[num_dst, *feature_shape]`.
using FeatureList = std::vector<at::Tensor>;

/// Anything that can be called on a list of tensors and returns one.
template <typename Callable>
concept FeatureMerger = std::is_invocable_r_v<at::Tensor, Callable&, const FeatureList&>;

/// How `Graph::multi_update_all` merges what several relations bring to one node type: "sum",
/// "mean", "max", "min", "stack" (along a new dimension 1, in the order of the graph's relations),
/// or a function of the list of tensors `[num_dst, *feature_shape]`, in the order of the updates.
/// What a single relation brings is only stacked, otherwise kept as it is.
class CrossReducer {
 public:
  using Function = std::function<at::Tensor(const FeatureList&)>;
  enum class Kind { kSum, kMean, kMax, kMin, kStack, kFunction };

  /// Throws `Error` that lists the names there are.
  CrossReducer(const std::string& name);  // NOLINT(google-explicit-constructor)
  CrossReducer(const char* name);         // NOLINT(google-explicit-constructor)
  /// Throws `Error` if the function is empty.
  CrossReducer(Function function);  // NOLINT(google-explicit-constructor)
  template <FeatureMerger Callable>
  CrossReducer(Callable callable)  // NOLINT(google-explicit-constructor)
      : CrossReducer(Function(std::move(callable))) {}

  [[nodiscard]] Kind kind() const { return kind_; }
  /// Empty unless `kind()` is `kFunction`.
  [[nodiscard]] const Function& function() const { return function_; }

 private:
  Kind kind_;
  Function function_;
};

}  // namespace grapevine::function
