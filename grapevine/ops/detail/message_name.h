#pragma once

#include <string>
#include <string_view>

#include "grapevine/ops/message_ops.h"

// How messages, reducers and targets are spelt in the schemas of operators: as in DGL.
namespace grapevine::ops::detail {

/// "u_mul_e", "copy_u": any operation of `BinaryOp` between any two of u, v and e.
struct MessageName {
  BinaryOp op = BinaryOp::kCopyLhs;
  Target lhs = Target::kSrc;
  Target rhs = Target::kEdge;  ///< without meaning for a copy
};

/// "u_mul_e->sum_v": a message, what becomes of several and where.
struct Formula {
  MessageName message;
  Reduce reduce = Reduce::kSum;
  Target out = Target::kDst;
};

[[nodiscard]] std::string to_string(const MessageName& message);
[[nodiscard]] std::string to_string(const Formula& formula);

// The other way; each throws `Error` with what was expected and what came.
[[nodiscard]] MessageName parse_message(std::string_view text);
[[nodiscard]] Reduce parse_reduce(std::string_view text);
[[nodiscard]] Formula parse_formula(std::string_view text);

}  // namespace grapevine::ops::detail
