#pragma once

#include <array>
#include <string>

#include "grapevine/ops/message_ops.h"
#include "grapevine/util/error.h"

/// The enumerations of the operators by the names that DGL gives them.
namespace grapevine::python {

template <typename Enum, std::size_t size>
Enum from_name(const std::string& text, const std::array<Enum, size>& values, const char* what) {
  for (const Enum value : values) {
    if (ops::name(value) == text) {
      return value;
    }
  }
  fail("{}: unknown name \"{}\"", what, text);
}

/// "u", "v" or "e"
inline ops::Target target_from(const std::string& text) {
  using enum ops::Target;
  return from_name(text, std::array{kSrc, kDst, kEdge}, "target");
}

/// "copy", "add", "sub", "mul", "div" or "dot"
inline ops::BinaryOp binary_op_from(const std::string& text) {
  using enum ops::BinaryOp;
  return from_name(text, std::array{kCopyLhs, kAdd, kSub, kMul, kDiv, kDot}, "operation");
}

/// "sum", "mean", "max" or "min"
inline ops::Reduce reduce_from(const std::string& text) {
  using enum ops::Reduce;
  return from_name(text, std::array{kSum, kMean, kMax, kMin}, "reducer");
}

}  // namespace grapevine::python
