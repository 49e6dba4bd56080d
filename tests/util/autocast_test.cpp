#include "grapevine/util/autocast.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "grapevine/graph/graph.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/spmm.h"
#include "tests/support/expect_error.h"
#include "tests/support/ids.h"

namespace grapevine {
namespace {

using testing_support::ids;

at::ScalarType dtype_of_product() {
  const at::Tensor matrix = at::randn({4, 4});
  return at::mm(matrix, matrix).scalar_type();
}

TEST(Autocast, LastsAsLongAsItLives) {
  {
    const Autocast outer(at::kCPU, at::kBFloat16);
    EXPECT_EQ(dtype_of_product(), at::kBFloat16);
    {
      const Autocast inner(at::kCPU, at::kHalf);
      EXPECT_EQ(dtype_of_product(), at::kHalf);
    }
    EXPECT_EQ(dtype_of_product(), at::kBFloat16);
  }
  EXPECT_EQ(dtype_of_product(), at::kFloat);
}

TEST(Autocast, ChangesNothingInFloat32) {
  const Autocast autocast(at::kCPU, at::kFloat);
  EXPECT_EQ(dtype_of_product(), at::kFloat);
}

TEST(Autocast, BringsOperandsOfAMessageToTheWiderDtype) {
  const Graph g = graph(ids({0, 1, 2, 0}), ids({1, 1, 0, 2}));
  const at::Tensor u = at::randn({3, 5}).to(at::kBFloat16);
  const at::Tensor e = at::randn({4, 1});
  const auto sum = [&](const at::Tensor& features) {
    return ops::gspmm(g.adjacency(), ops::BinaryOp::kMul, ops::Reduce::kSum,
                      {ops::Target::kSrc, features}, {ops::Target::kEdge, e});
  };
  const auto difference = [&](const at::Tensor& features) {
    return ops::gsddmm(g.adjacency(), ops::BinaryOp::kSub, {ops::Target::kSrc, features},
                       {ops::Target::kEdge, e});
  };
  EXPECT_ERROR(sum(u), "one dtype", "BFloat16", "Float");
  const Autocast autocast(at::kCPU, at::kBFloat16);
  EXPECT_TRUE(at::allclose(sum(u), sum(u.to(at::kFloat))));
  EXPECT_TRUE(at::allclose(difference(u), difference(u.to(at::kFloat))));
}

}  // namespace
}  // namespace grapevine
