#include "grapevine/ops/detail/contraction.h"

#include <gtest/gtest.h>

#include "grapevine/ops/detail/message_name.h"
#include "grapevine/util/error.h"
#include "grapevine/util/random.h"
#include "tests/support/graphs.h"
#include "tests/support/operators.h"
#include "tests/support/reference.h"

namespace grapevine::ops::detail {
namespace {

using namespace grapevine::testing_support;

/// Draws what Python might hand over: anything that a schema admits.
class RandomArguments {
 public:
  explicit RandomArguments(std::uint64_t seed) : stream_(RandomKey(seed).stream(0)) {}

  template <typename Value>
  Value one_of(const std::vector<Value>& values) {
    return values[static_cast<std::size_t>(stream_.below(values.size()))];
  }
  Target target() { return one_of<Target>({Target::kSrc, Target::kDst, Target::kEdge}); }
  /// Of `rank` sizes, or now and then of another number.
  Shape shape(std::size_t rank) {
    Shape result(stream_.below(16) == 0 ? rank + 1 : rank);
    for (std::int64_t& size : result) {
      size = one_of<std::int64_t>({0, 1, 1, 2, 2, 3});
    }
    return result;
  }
  std::size_t rank() { return static_cast<std::size_t>(stream_.below(4)); }

 private:
  RandomStream stream_;
};

at::Tensor features(const EdgeIndex& edges, Target target, Shape shape) {
  shape.insert(shape.begin(), target == Target::kSrc   ? edges.num_src()
                              : target == Target::kDst ? edges.num_dst()
                                                       : edges.num_edges());
  return random_values(1, shape, at::kDouble);
}

std::vector<c10::IValue> call_or_nothing(const char* name,
                                         const std::vector<c10::IValue>& arguments) {
  try {
    return call_boxed(name, arguments);
  } catch (const Error&) {
    return {};
  }
}

TEST(Contraction, ArgumentsThatAreNotRefusedGiveTheSameByKernelAndFallback) {
  const AdjacencyPtr edges = random_edges(1, {4, 3, 9});
  RandomArguments random(7);
  int accepted = 0;
  for (int round = 0; round < 6000; ++round) {
    const Formula formula{{random.one_of<BinaryOp>({BinaryOp::kCopyLhs, BinaryOp::kAdd,
                                                    BinaryOp::kMul, BinaryOp::kMul}),
                           random.target(), random.target()},
                          random.one_of(all_reduces()),
                          random.one_of<Target>({Target::kDst, random.target()})};
    const std::size_t rank = random.rank();
    const bool is_copy = formula.message.op == BinaryOp::kCopyLhs;
    const bool is_sum = formula.reduce == Reduce::kSum || formula.reduce == Reduce::kMean;
    std::vector<c10::IValue> arguments = {
        boxed(edges), to_string(formula), features(*edges, formula.message.lhs, random.shape(rank)),
        is_copy ? c10::IValue() : features(*edges, formula.message.rhs, random.shape(rank)),
        random.shape(rank)};
    if (!is_sum) {
      arguments.emplace_back(true);
    }
    const char* name = is_sum ? "contract" : "extremum";
    const std::vector<c10::IValue> fast = call_or_nothing(name, arguments);
    const ForceFallback fallback;
    const std::vector<c10::IValue> slow = call_or_nothing(name, arguments);
    ASSERT_EQ(fast.size(), slow.size()) << to_string(formula);
    for (std::size_t i = 0; i < fast.size(); ++i) {
      ASSERT_TRUE(all_close(fast[i].toTensor(), slow[i].toTensor()))
          << to_string(formula) << ": " << arguments[2].toTensor().sizes() << " to "
          << fast[i].toTensor().sizes();
    }
    accepted += fast.empty() ? 0 : 1;
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace grapevine::ops::detail
