#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grapevine/ops/edge_softmax.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/spmm.h"
#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/graphs.h"
#include "tests/support/operators.h"
#include "tests/support/reference.h"

// The operators whose edges are two tensors: gspmm_coo, gsddmm_coo, edge_softmax_coo, and what they
// are made of. python/tests/test_operators.py checks them with PyTorch's tools and traces them.
namespace grapevine::ops {
namespace {

using namespace grapevine::testing_support;
using Arguments = std::vector<c10::IValue>;

/// `name` of the edges, with what follows them.
at::Tensor call(const std::string& name, const AdjacencyPtr& edges, Arguments rest) {
  Arguments arguments = {edges->coo().src, edges->coo().dst, edges->num_src(), edges->num_dst()};
  arguments.insert(arguments.end(), std::make_move_iterator(rest.begin()),
                   std::make_move_iterator(rest.end()));
  return call_boxed(name, std::move(arguments))[0].toTensor();
}

c10::IValue optional(BinaryOp op, const at::Tensor& rhs) {
  return op == BinaryOp::kCopyLhs ? c10::IValue() : c10::IValue(rhs);
}

TEST(CooOperators, EqualTheOperatorsOnEdges) {
  const at::Tensor u = random_values(1, {5, 2, 3}, at::kFloat).abs().add(0.5);
  const at::Tensor e = random_values(2, {12, 1, 3}, at::kFloat).abs().add(0.5);
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const AdjacencyPtr edges = random_edges(1, {5, 4, 12}, idtype);
    for (const auto& [message, op] :
         {std::pair("copy_u", BinaryOp::kCopyLhs), std::pair("u_add_e", BinaryOp::kAdd),
          std::pair("u_sub_e", BinaryOp::kSub), std::pair("u_mul_e", BinaryOp::kMul),
          std::pair("u_div_e", BinaryOp::kDiv), std::pair("u_dot_e", BinaryOp::kDot)}) {
      const Operand lhs{Target::kSrc, u};
      const Operand rhs{Target::kEdge, e};
      const c10::IValue second = optional(op, e);
      EXPECT_TRUE(
          at::equal(call("gsddmm_coo", edges, {message, u, second}), gsddmm(edges, op, lhs, rhs)))
          << message;
      for (const Reduce reduce : {Reduce::kSum, Reduce::kMean, Reduce::kMax, Reduce::kMin}) {
        const std::string reducer(name(reduce));
        EXPECT_TRUE(at::equal(call("gspmm_coo", edges, {message, reducer, u, second}),
                              gspmm(edges, op, reduce, lhs, rhs)))
            << message << ' ' << reducer;
      }
    }
    for (const auto& [norm_by, target] :
         {std::pair("dst", Target::kDst), std::pair("src", Target::kSrc)}) {
      EXPECT_TRUE(
          at::equal(call("edge_softmax_coo", edges, {e, norm_by}), edge_softmax(edges, e, target)));
    }
  }
}

TEST(CooOperators, KeepOneDimensionOfOperandsThatHaveOne) {
  const AdjacencyPtr edges = random_edges(1, {5, 4, 12}, at::kLong);
  const at::Tensor u = random_values(1, {5}, at::kFloat);
  const at::Tensor e = random_values(2, {12}, at::kFloat);
  EXPECT_EQ(call("gspmm_coo", edges, {"u_mul_e", "sum", u, e}).dim(), 1);
  EXPECT_EQ(call("gsddmm_coo", edges, {"copy_u", u, c10::IValue()}).dim(), 1);
  EXPECT_EQ(call("gsddmm_coo", edges, {"u_dot_e", u, e.unsqueeze(1)}).dim(), 2);
}

TEST(CooOperators, HaveTheGradientsOfDifferences) {
  const AdjacencyPtr edges = random_edges(3, {4, 3, 7}, at::kLong);
  const at::Tensor u = random_values(1, {4, 2}, at::kDouble);
  const at::Tensor e = random_values(2, {7, 1}, at::kDouble);
  for (const char* reduce : {"sum", "mean", "max"}) {
    const TensorFunction function = [&](const std::vector<at::Tensor>& inputs) {
      return call("gspmm_coo", edges, {"u_mul_e", reduce, inputs[0], inputs[1]});
    };
    EXPECT_TRUE(gradcheck(function, {u, e})) << reduce;
    EXPECT_TRUE(gradgradcheck(function, {u, e})) << reduce;
  }
  EXPECT_TRUE(gradcheck(
      [&](const std::vector<at::Tensor>& inputs) {
        return call("edge_softmax_coo", edges, {inputs[0], "dst"});
      },
      {e}));
}

TEST(CooOperators, CheckTheirEdges) {
  const at::Tensor src = at::tensor({0, 1, 2}, at::kLong);
  const at::Tensor dst = at::tensor({1, 1, 0}, at::kLong);
  const at::Tensor u = random_values(1, {3, 2}, at::kFloat);
  const auto run = [&](const at::Tensor& from, const at::Tensor& to, std::int64_t num_dst) {
    return call_boxed("gspmm_coo", {from, to, 3, num_dst, "copy_u", "sum", u, c10::IValue()});
  };
  EXPECT_NO_THROW(run(src, dst, 2));
  EXPECT_ERROR(run(src, dst, 1), "dst: 1 is out of range", "num_dst is 1");
  EXPECT_ERROR(run(src.sub(1), dst, 2), "src: -1 is out of range");
  EXPECT_ERROR(run(src.slice(0, 1), dst, 2), "src and dst", "one length", "2 and 3");
  EXPECT_ERROR(run(src.to(at::kInt), dst, 2), "src and dst", "one dtype");
  EXPECT_ERROR(run(src.to(at::kFloat), dst, 2), "src: expected int32 or int64");
  EXPECT_ERROR(run(src, dst, -1), "num_dst: expected 0 or more");
}

}  // namespace
}  // namespace grapevine::ops
