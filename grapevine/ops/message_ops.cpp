#include "grapevine/ops/message_ops.h"

#include <array>
#include <cstddef>

namespace grapevine::ops {

std::string_view name(Target target) {
  constexpr std::array<std::string_view, 3> kNames = {"u", "v", "e"};
  return kNames.at(static_cast<std::size_t>(target));
}

std::string_view name(BinaryOp op) {
  constexpr std::array<std::string_view, 6> kNames = {"copy", "add", "sub", "mul", "div", "dot"};
  return kNames.at(static_cast<std::size_t>(op));
}

std::string_view name(Reduce reduce) {
  constexpr std::array<std::string_view, 4> kNames = {"sum", "mean", "max", "min"};
  return kNames.at(static_cast<std::size_t>(reduce));
}

}  // namespace grapevine::ops
