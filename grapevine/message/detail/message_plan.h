#pragma once

#include "grapevine/message/detail/message_scope.h"
#include "grapevine/message/function.h"

namespace grapevine::detail {

/// The functions of one call of message passing.
struct MessagePlan {
  const function::MessageFunction& message;
  const function::ReduceFunction& reduce;
  const function::ApplyFunction* apply = nullptr;
};

/// What the message function gives for each edge of the scope.
[[nodiscard]] FeatureMap send(const MessageScope& scope, const function::MessageFunction& message);

/// What the destination nodes of the scope get. A pair of built-in functions becomes one operator
/// that stores no messages; any other pair sends, then reduces.
[[nodiscard]] FeatureMap run(const MessageScope& scope, const MessagePlan& plan);

}  // namespace grapevine::detail
