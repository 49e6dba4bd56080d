#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace grapevine::ops {

/// Where an operand of a message lives: DGL's u, v and e.
enum class Target { kSrc, kDst, kEdge };

/// How a message is made of its operands.
enum class BinaryOp { kCopyLhs, kAdd, kSub, kMul, kDiv, kDot };

/// How the messages that reach a node are combined.
enum class Reduce { kSum, kMean, kMax, kMin };

/// One operand: features `[num_src | num_dst | num_edges, *feature_shape]`, float32, float64,
/// bfloat16 or float16. Half precision is storage: operators compute in float32 and round once.
/// The two of a message have one dtype; under autocast they are brought to the wider one.
struct Operand {
  Target target = Target::kSrc;
  at::Tensor data;
};

[[nodiscard]] std::string_view name(Target target);  ///< "u", "v", "e"
[[nodiscard]] std::string_view name(BinaryOp op);    ///< "copy", "add", ...
[[nodiscard]] std::string_view name(Reduce reduce);  ///< "sum", ...

}  // namespace grapevine::ops
