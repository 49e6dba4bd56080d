#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "grapevine/sampling/detail/candidates.h"
#include "grapevine/util/random.h"

namespace grapevine::sampling::detail {

/// What to pick from one relation.
struct PickTask {
  const Candidates& candidates;
  const at::Tensor& nodes;  ///< contiguous, in range
  const std::vector<std::uint32_t>&
      occurrences;  ///< how often each node came before; empty if never
  std::int64_t fanout;
  bool replace;
  RandomKey key;                ///< of the relation
  bool positions_only = false;  ///< leave edge ids to whoever asks for them
};

/// Picked edges, node after node.
struct Picks {
  at::Tensor offsets;    ///< `[num_nodes + 1]`, int64
  at::Tensor neighbors;  ///< `[num_picked]`, the ends opposite to the nodes, in the graph's id type
  at::Tensor edge_ids;   ///< `[num_picked]`, likewise; undefined with `positions`
  at::Tensor positions = {};  ///< with `positions_only`, where they stand in the candidates' rows
};

/// Picks for every node from a stream of its own, on torch's thread pool. Without `prob` or `mask`
/// the time is O(nodes + picks).
[[nodiscard]] Picks pick_neighbors(const PickTask& task);

/// For `PickTask::occurrences`: empty if all `nodes` differ. O(nodes).
[[nodiscard]] std::vector<std::uint32_t> count_occurrences(const at::Tensor& nodes);

}  // namespace grapevine::sampling::detail
