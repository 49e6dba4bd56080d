#pragma once

#include <string>
#include <utility>

#include "grapevine/message/user_function.h"
#include "grapevine/ops/message_ops.h"

/// Message, reduce and apply functions for `Graph::update_all`, `Graph::apply_edges` and their kin:
/// DGL's built-in ones (`dgl.function`) and the caller's own, in any mix. In the names of the
/// built-in ones u is the source node of an edge, v its destination node, e the edge.
///
///     g.update_all(function::u_mul_e("h", "w", "m"), function::sum("m", "h_new"));
///     g.update_all(function::copy_u("h", "m"), [](const NodeBatch& nodes) -> FeatureMap {
///       return {{"h_new", nodes.mailbox["m"].logsumexp(1)}};
///     });
///
/// A pair of built-in functions stores no message per edge; a function of the caller's own sees
/// stored ones.
namespace grapevine::function {

/// One input of a message: a feature of the source node, the destination node or the edge.
struct Field {
  ops::Target target = ops::Target::kSrc;
  std::string name;
};

/// What an edge sends: `lhs op rhs` under the name `out`, dtypes and feature shapes as in
/// `ops::gspmm`; or what a function of the caller's own returns for a batch of edges.
class MessageFunction {
 public:
  /// A copy of `field`.
  MessageFunction(Field field, std::string out);
  /// `lhs op rhs`; throws `Error` if both stand on the same target.
  MessageFunction(ops::BinaryOp op, Field lhs, Field rhs, std::string out);
  /// A function of the caller's own; throws `Error` if it is empty.
  MessageFunction(EdgeFunction function);  // NOLINT(google-explicit-constructor)
  template <CallableOn<EdgeBatch> Callable>
  MessageFunction(Callable callable)  // NOLINT(google-explicit-constructor)
      : MessageFunction(EdgeFunction(std::move(callable))) {}

  [[nodiscard]] bool is_builtin() const { return !function_; }
  /// The caller's own function; empty for a built-in one, as the rest is for the caller's own.
  [[nodiscard]] const EdgeFunction& function() const { return function_; }
  [[nodiscard]] ops::BinaryOp op() const { return op_; }
  [[nodiscard]] const Field& lhs() const { return lhs_; }
  /// Without meaning for a copy.
  [[nodiscard]] const Field& rhs() const { return rhs_; }
  [[nodiscard]] const std::string& out() const { return out_; }
  /// As in DGL: "copy_u", "u_mul_e"; "user function" for the caller's own.
  [[nodiscard]] std::string name() const;

 private:
  ops::BinaryOp op_ = ops::BinaryOp::kCopyLhs;
  Field lhs_;
  Field rhs_;
  std::string out_;
  EdgeFunction function_;
};

/// How a node combines the messages `msg_field` that reach it, into its feature `out`; or a
/// function of the caller's own, which is called once for each in-degree and must return the same
/// features every time. A node without in-edges gets 0.
class ReduceFunction {
 public:
  ReduceFunction(ops::Reduce reduce, std::string msg_field, std::string out)
      : reduce_(reduce), msg_field_(std::move(msg_field)), out_(std::move(out)) {}
  /// A function of the caller's own; throws `Error` if it is empty.
  ReduceFunction(NodeFunction function);  // NOLINT(google-explicit-constructor)
  template <CallableOn<NodeBatch> Callable>
  ReduceFunction(Callable callable)  // NOLINT(google-explicit-constructor)
      : ReduceFunction(NodeFunction(std::move(callable))) {}

  [[nodiscard]] bool is_builtin() const { return !function_; }
  /// The caller's own function; empty for a built-in one, as the rest is for the caller's own.
  [[nodiscard]] const NodeFunction& function() const { return function_; }
  [[nodiscard]] ops::Reduce reduce() const { return reduce_; }
  [[nodiscard]] const std::string& msg_field() const { return msg_field_; }
  [[nodiscard]] const std::string& out() const { return out_; }
  /// As in DGL: "sum"; "user function" for the caller's own.
  [[nodiscard]] std::string name() const;

 private:
  ops::Reduce reduce_ = ops::Reduce::kSum;
  std::string msg_field_;
  std::string out_;
  NodeFunction function_;
};

/// What is done to nodes last: a function of the caller's own that sees their features, those just
/// reduced included, and returns the features to store.
class ApplyFunction {
 public:
  /// Throws `Error` if the function is empty.
  ApplyFunction(NodeFunction function);  // NOLINT(google-explicit-constructor)
  template <CallableOn<NodeBatch> Callable>
  ApplyFunction(Callable callable)  // NOLINT(google-explicit-constructor)
      : ApplyFunction(NodeFunction(std::move(callable))) {}

  [[nodiscard]] const NodeFunction& function() const { return function_; }

 private:
  NodeFunction function_;
};

/// The source node's feature `field` as the message `out`.
[[nodiscard]] MessageFunction copy_u(std::string field, std::string out);
/// The edge's feature `field` as the message `out`.
[[nodiscard]] MessageFunction copy_e(std::string field, std::string out);

// The binary messages: u_add_v(lhs, rhs, out) sends lhs of the source plus rhs of the destination,
// and so on for add, sub, mul, div, dot and every ordered pair of different targets.
#define GRAPEVINE_BINARY_MESSAGE(name, op, lhs, rhs)                                      \
  [[nodiscard]] inline MessageFunction name(std::string lhs_field, std::string rhs_field, \
                                            std::string out) {                            \
    return {ops::BinaryOp::op,                                                            \
            {ops::Target::lhs, std::move(lhs_field)},                                     \
            {ops::Target::rhs, std::move(rhs_field)},                                     \
            std::move(out)};                                                              \
  }
#define GRAPEVINE_BINARY_MESSAGES(name, op)               \
  GRAPEVINE_BINARY_MESSAGE(u_##name##_v, op, kSrc, kDst)  \
  GRAPEVINE_BINARY_MESSAGE(u_##name##_e, op, kSrc, kEdge) \
  GRAPEVINE_BINARY_MESSAGE(v_##name##_u, op, kDst, kSrc)  \
  GRAPEVINE_BINARY_MESSAGE(v_##name##_e, op, kDst, kEdge) \
  GRAPEVINE_BINARY_MESSAGE(e_##name##_u, op, kEdge, kSrc) \
  GRAPEVINE_BINARY_MESSAGE(e_##name##_v, op, kEdge, kDst)
GRAPEVINE_BINARY_MESSAGES(add, kAdd)
GRAPEVINE_BINARY_MESSAGES(sub, kSub)
GRAPEVINE_BINARY_MESSAGES(mul, kMul)
GRAPEVINE_BINARY_MESSAGES(div, kDiv)
GRAPEVINE_BINARY_MESSAGES(dot, kDot)
#undef GRAPEVINE_BINARY_MESSAGES
#undef GRAPEVINE_BINARY_MESSAGE

/// The sum of the messages.
[[nodiscard]] ReduceFunction sum(std::string msg_field, std::string out);
/// Their sum divided by their number.
[[nodiscard]] ReduceFunction mean(std::string msg_field, std::string out);
/// The largest message, for each feature.
[[nodiscard]] ReduceFunction max(std::string msg_field, std::string out);
/// The smallest message, for each feature.
[[nodiscard]] ReduceFunction min(std::string msg_field, std::string out);

}  // namespace grapevine::function
