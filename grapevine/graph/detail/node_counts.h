#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "grapevine/graph/graph.h"

namespace grapevine::detail {

/// How many nodes ids show to be there: one more than the largest. 0 for what are no ids, which
/// others refuse with better words; throws `Error` for the largest int64.
[[nodiscard]] std::int64_t nodes_shown_by(const at::Tensor& ids, const char* name);

/// Throws `Error` unless the count that somebody gave is one that the edges allow; `what` says of
/// which type, as in ` of node type "user"`.
void check_node_count(std::int64_t given, std::int64_t shown, const std::string& what);

/// The counts that were given, each checked, and for other types those that the edges show.
[[nodiscard]] NodeCounts complete_node_counts(NodeCounts shown, const NodeCounts& given);

}  // namespace grapevine::detail
