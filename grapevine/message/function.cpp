#include "grapevine/message/function.h"

#include <fmt/format.h>

#include "grapevine/util/error.h"

namespace grapevine::function {
namespace {

using ops::BinaryOp;
using ops::Reduce;
using ops::Target;

// Targets under the letters by which the functions' names call them.
constexpr Target kTarget_u = Target::kSrc;
constexpr Target kTarget_v = Target::kDst;
constexpr Target kTarget_e = Target::kEdge;
constexpr BinaryOp kOp_add = BinaryOp::kAdd;
constexpr BinaryOp kOp_sub = BinaryOp::kSub;
constexpr BinaryOp kOp_mul = BinaryOp::kMul;
constexpr BinaryOp kOp_div = BinaryOp::kDiv;
constexpr BinaryOp kOp_dot = BinaryOp::kDot;

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

#define GRAPEVINE_BINARY_MESSAGE(lhs_letter, op_name, rhs_letter)                                 \
  MessageFunction lhs_letter##_##op_name##_##rhs_letter(std::string lhs_field,                    \
                                                        std::string rhs_field, std::string out) { \
    return {kOp_##op_name,                                                                        \
            {kTarget_##lhs_letter, std::move(lhs_field)},                                         \
            {kTarget_##rhs_letter, std::move(rhs_field)},                                         \
            std::move(out)};                                                                      \
  }
#define GRAPEVINE_BINARY_MESSAGES(op_name) \
  GRAPEVINE_BINARY_MESSAGE(u, op_name, v)  \
  GRAPEVINE_BINARY_MESSAGE(u, op_name, e)  \
  GRAPEVINE_BINARY_MESSAGE(v, op_name, u)  \
  GRAPEVINE_BINARY_MESSAGE(v, op_name, e)  \
  GRAPEVINE_BINARY_MESSAGE(e, op_name, u)  \
  GRAPEVINE_BINARY_MESSAGE(e, op_name, v)
GRAPEVINE_BINARY_MESSAGES(add)
GRAPEVINE_BINARY_MESSAGES(sub)
GRAPEVINE_BINARY_MESSAGES(mul)
GRAPEVINE_BINARY_MESSAGES(div)
GRAPEVINE_BINARY_MESSAGES(dot)
#undef GRAPEVINE_BINARY_MESSAGES
#undef GRAPEVINE_BINARY_MESSAGE

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
