#pragma once

#include "grapevine/message/detail/message_scope.h"
#include "grapevine/message/user_function.h"

// Calls of user functions, with their batches made and their results checked. All throw `Error`
// when a function returns a tensor that has not one row for each member of its batch.
namespace grapevine::detail {

/// What `function` returns for all edges of the scope.
[[nodiscard]] FeatureMap call_on_edges(const MessageScope& scope, const EdgeFunction& function);

/// Calls `function` once for each in-degree above 0 and merges the results; nodes without in-edges
/// get 0. `messages` have one row for each edge. Without edges there is no call and no feature.
[[nodiscard]] FeatureMap call_on_mailboxes(const MessageScope& scope, const NodeFunction& function,
                                           const FeatureMap& messages);

/// The nodes an apply function is called on.
struct NodeScope {
  FramePtr features;  ///< one row for each node
  at::Tensor ids;     ///< the graph's ids
  std::string ntype;
};

/// What `function` returns for the nodes.
[[nodiscard]] FeatureMap call_on_nodes(const NodeScope& nodes, const NodeFunction& function);

}  // namespace grapevine::detail
