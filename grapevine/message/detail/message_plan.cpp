#include "grapevine/message/detail/message_plan.h"

#include <ATen/ops/arange.h>

#include <utility>
#include <vector>

#include "grapevine/message/detail/user_calls.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::detail {
namespace {

using function::ApplyFunction;
using function::Field;
using function::MessageFunction;
using function::ReduceFunction;

const Frame& frame_of(const MessageScope& scope, ops::Target target) {
  switch (target) {
    case ops::Target::kSrc:
      return *scope.src;
    case ops::Target::kDst:
      return *scope.dst;
    case ops::Target::kEdge:
      break;
  }
  return *scope.edges;
}

ops::Operand read(const MessageScope& scope, const MessageFunction& message, const Field& field) {
  const Frame& frame = frame_of(scope, field.target);
  check(frame.contains(field.name),
        "{} on {}: there is no {} feature \"{}\" (\"{}\" in the name); there are: {}",
        message.name(), to_string(scope.etype), frame.entity(), field.name, ops::name(field.target),
        frame.columns().empty() ? "none" : fmt::format("{}", fmt::join(frame.names(), ", ")));
  return {field.target, frame.get(field.name)};
}

struct Operands {
  ops::Operand lhs;
  ops::Operand rhs;
};

Operands read_operands(const MessageScope& scope, const MessageFunction& message) {
  Operands operands{read(scope, message, message.lhs()), {}};
  if (message.op() != ops::BinaryOp::kCopyLhs) {
    operands.rhs = read(scope, message, message.rhs());
  }
  return operands;
}

/// A built-in reducer on what a function of the caller's own sent.
at::Tensor reduce_sent(const MessageScope& scope, const ReduceFunction& reduce,
                       const FeatureMap& sent) {
  std::vector<std::string> names;
  for (const auto& [name, data] : sent) {
    names.push_back(name);
  }
  const auto found = sent.find(reduce.msg_field());
  check(found != sent.end(),
        "invalid message (user function) and reduce ({}) function pair: the message writes [{}] "
        "but the reducer reads \"{}\"",
        reduce.name(), fmt::join(names, ", "), reduce.msg_field());
  return ops::gspmm(scope.adjacency, ops::BinaryOp::kCopyLhs, reduce.reduce(),
                    {ops::Target::kEdge, found->second});
}

FeatureMap receive(const MessageScope& scope, const MessageFunction& message,
                   const ReduceFunction& reduce) {
  if (!reduce.is_builtin()) {
    return call_on_mailboxes(scope, reduce.function(), send(scope, message));
  }
  if (!message.is_builtin()) {
    return {{reduce.out(), reduce_sent(scope, reduce, send(scope, message))}};
  }
  check(message.out() == reduce.msg_field(),
        "invalid message ({}) and reduce ({}) function pair: the message writes \"{}\" but the "
        "reducer reads \"{}\"",
        message.name(), reduce.name(), message.out(), reduce.msg_field());
  const Operands operands = read_operands(scope, message);
  return {{reduce.out(),
           ops::gspmm(scope.adjacency, message.op(), reduce.reduce(), operands.lhs, operands.rhs)}};
}

/// The nodes' own features and, before them, those just reduced.
FeatureMap apply(const MessageScope& scope, const ApplyFunction& function,
                 const FeatureMap& received) {
  const auto features =
      std::make_shared<Frame>(scope.dst->num_rows(), scope.dst->entity(), scope.dst->device());
  features->set_columns(scope.dst->columns());
  for (const auto& [name, data] : received) {
    features->set(name, data);
  }
  const at::Tensor ids =
      scope.dst_ids.defined()
          ? scope.dst_ids
          : at::arange(scope.dst->num_rows(),
                       at::TensorOptions(scope.adjacency->idtype()).device(scope.dst->device()));
  return call_on_nodes({features, ids, scope.etype.dst}, function.function());
}

}  // namespace

FeatureMap send(const MessageScope& scope, const MessageFunction& message) {
  if (!message.is_builtin()) {
    return call_on_edges(scope, message.function());
  }
  const Operands operands = read_operands(scope, message);
  return {{message.out(), ops::gsddmm(scope.adjacency, message.op(), operands.lhs, operands.rhs)}};
}

FeatureMap run(const MessageScope& scope, const MessagePlan& plan) {
  FeatureMap result = receive(scope, plan.message, plan.reduce);
  return plan.apply == nullptr ? result : apply(scope, *plan.apply, result);
}

}  // namespace grapevine::detail
