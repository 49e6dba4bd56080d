#include "grapevine/ops/detail/message_name.h"

#include <array>
#include <optional>

#include "grapevine/util/error.h"

namespace grapevine::ops::detail {
namespace {

constexpr std::string_view kCopy = "copy_";
constexpr std::string_view kArrow = "->";

template <typename Value, std::size_t kCount>
std::optional<Value> find(std::string_view text, const std::array<Value, kCount>& values) {
  for (const Value value : values) {
    if (name(value) == text) {
      return value;
    }
  }
  return std::nullopt;
}

std::optional<Target> find_target(std::string_view text) {
  return find(text, std::array{Target::kSrc, Target::kDst, Target::kEdge});
}

std::optional<BinaryOp> find_binary(std::string_view text) {
  return find(text, std::array{BinaryOp::kAdd, BinaryOp::kSub, BinaryOp::kMul, BinaryOp::kDiv,
                               BinaryOp::kDot});
}

std::optional<Reduce> find_reduce(std::string_view text) {
  return find(text, std::array{Reduce::kSum, Reduce::kMean, Reduce::kMax, Reduce::kMin});
}

std::optional<MessageName> find_message(std::string_view text) {
  if (text.starts_with(kCopy)) {
    const std::optional<Target> target = find_target(text.substr(kCopy.size()));
    return target ? std::optional(MessageName{.lhs = *target}) : std::nullopt;
  }
  const std::size_t first = text.find('_');
  const std::size_t last = text.rfind('_');
  if (first == last) {
    return std::nullopt;
  }
  const std::optional<Target> lhs = find_target(text.substr(0, first));
  const std::optional<BinaryOp> op = find_binary(text.substr(first + 1, last - first - 1));
  const std::optional<Target> rhs = find_target(text.substr(last + 1));
  return lhs && op && rhs ? std::optional(MessageName{*op, *lhs, *rhs}) : std::nullopt;
}

}  // namespace

std::string to_string(const MessageName& message) {
  std::string text;
  if (message.op == BinaryOp::kCopyLhs) {
    return text.append(kCopy).append(name(message.lhs));
  }
  return text.append(name(message.lhs))
      .append("_")
      .append(name(message.op))
      .append("_")
      .append(name(message.rhs));
}

std::string to_string(const Formula& formula) {
  return to_string(formula.message)
      .append(kArrow)
      .append(name(formula.reduce))
      .append("_")
      .append(name(formula.out));
}

MessageName parse_message(std::string_view text) {
  const std::optional<MessageName> message = find_message(text);
  check(message.has_value(),
        "message: expected copy_x or x_op_y, with u, v or e for x and y and add, sub, mul, div or "
        "dot for op, got \"{}\"",
        text);
  return *message;
}

Reduce parse_reduce(std::string_view text) {
  const std::optional<Reduce> reduce = find_reduce(text);
  check(reduce.has_value(), "reduce: expected sum, mean, max or min, got \"{}\"", text);
  return *reduce;
}

Formula parse_formula(std::string_view text) {
  const std::size_t arrow = text.find(kArrow);
  const std::size_t gap = text.rfind('_');
  if (arrow != std::string_view::npos && gap != std::string_view::npos && gap > arrow) {
    const std::size_t second = arrow + kArrow.size();
    const std::optional<MessageName> message = find_message(text.substr(0, arrow));
    const std::optional<Reduce> reduce =
        gap > second ? find_reduce(text.substr(second, gap - second)) : std::nullopt;
    const std::optional<Target> out = find_target(text.substr(gap + 1));
    if (message && reduce && out) {
      return {*message, *reduce, *out};
    }
  }
  fail("formula: expected one like u_mul_e->sum_v, got \"{}\"", text);
}

}  // namespace grapevine::ops::detail
