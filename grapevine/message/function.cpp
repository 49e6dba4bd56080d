#include "grapevine/message/function.h"

#include <fmt/format.h>

#include "grapevine/util/error.h"

namespace grapevine::function {
namespace {

using ops::BinaryOp;
using ops::Reduce;
using ops::Target;

constexpr const char* kUserFunction = "user function";

template <typename Function>
Function checked(Function function, const char* kind) {
  check(static_cast<bool>(function), "{} function: expected a function, got an empty one", kind);
  return function;
}

}  // namespace

MessageFunction::MessageFunction(Field field, std::string out)
    : lhs_(std::move(field)), out_(std::move(out)) {}

MessageFunction::MessageFunction(BinaryOp op, Field lhs, Field rhs, std::string out)
    : op_(op), lhs_(std::move(lhs)), rhs_(std::move(rhs)), out_(std::move(out)) {
  check(op == BinaryOp::kCopyLhs || lhs_.target != rhs_.target,
        "{}: expected two different targets among u, v and e", name());
}

MessageFunction::MessageFunction(EdgeFunction function)
    : function_(checked(std::move(function), "message")) {}

ReduceFunction::ReduceFunction(NodeFunction function)
    : function_(checked(std::move(function), "reduce")) {}

ApplyFunction::ApplyFunction(NodeFunction function)
    : function_(checked(std::move(function), "apply")) {}

std::string ReduceFunction::name() const {
  return is_builtin() ? std::string(ops::name(reduce_)) : kUserFunction;
}

std::string MessageFunction::name() const {
  if (!is_builtin()) {
    return kUserFunction;
  }
  return op_ == BinaryOp::kCopyLhs ? fmt::format("copy_{}", ops::name(lhs_.target))
                                   : fmt::format("{}_{}_{}", ops::name(lhs_.target), ops::name(op_),
                                                 ops::name(rhs_.target));
}

MessageFunction copy_u(std::string field, std::string out) {
  return {{Target::kSrc, std::move(field)}, std::move(out)};
}

MessageFunction copy_e(std::string field, std::string out) {
  return {{Target::kEdge, std::move(field)}, std::move(out)};
}

ReduceFunction sum(std::string msg_field, std::string out) {
  return {Reduce::kSum, std::move(msg_field), std::move(out)};
}

ReduceFunction mean(std::string msg_field, std::string out) {
  return {Reduce::kMean, std::move(msg_field), std::move(out)};
}

ReduceFunction max(std::string msg_field, std::string out) {
  return {Reduce::kMax, std::move(msg_field), std::move(out)};
}

ReduceFunction min(std::string msg_field, std::string out) {
  return {Reduce::kMin, std::move(msg_field), std::move(out)};
}

}  // namespace grapevine::function
