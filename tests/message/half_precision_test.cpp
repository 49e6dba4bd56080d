#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include "grapevine/graph/graph.h"
#include "grapevine/message/function.h"
#include "grapevine/nn/graph_conv.h"
#include "grapevine/nn/sage_conv.h"
#include "tests/support/graphs.h"

// Graphs with bfloat16 and float16 features.
namespace grapevine {
namespace {

using namespace grapevine::testing_support;

Graph unweighted_graph(at::ScalarType idtype) {
  const AdjacencyPtr edges = random_edges(1, {12, 12, 60}, idtype);
  const ops::Coo& coo = edges->coo();
  return graph(coo.src, coo.dst, {.num_nodes = 12});
}

TEST(HalfPrecisionFeatures, UpdateAllIsThatOfFloat32Rounded) {
  for (const at::ScalarType dtype : {at::kBFloat16, at::kHalf}) {
    Graph g = unweighted_graph(at::kInt);
    const at::Tensor h = random_values(1, {12, 5}, dtype);
    const at::Tensor w = random_values(2, {60, 1}, dtype);
    for (const auto& reduce :
         {function::sum("m", "out"), function::mean("m", "out"), function::max("m", "out")}) {
      g.ndata()["h"] = h;
      g.edata()["w"] = w;
      g.update_all(function::u_mul_e("h", "w", "m"), reduce);
      const at::Tensor half = g.ndata()["out"];
      g.ndata()["h"] = h.to(at::kFloat);
      g.edata()["w"] = w.to(at::kFloat);
      g.update_all(function::u_mul_e("h", "w", "m"), reduce);
      const at::Tensor wide = g.ndata()["out"];
      EXPECT_EQ(half.scalar_type(), dtype);
      EXPECT_TRUE(at::equal(half, wide.to(dtype))) << reduce.name();
    }
  }
}

/// Forward and backward of a layer in bfloat16, compared with the same layer in float64.
template <typename Layer>
void expect_close_to_float64(Layer layer) {
  const Graph g = unweighted_graph(at::kLong);
  const at::Tensor feat = random_values(1, {12, 6}, at::kBFloat16);
  layer->to(at::kBFloat16);
  const at::Tensor half = layer->forward(g, feat);
  half.sum().backward();
  for (const at::Tensor& parameter : layer->parameters()) {
    EXPECT_EQ(parameter.grad().scalar_type(), at::kBFloat16);
    EXPECT_TRUE(parameter.grad().isfinite().all().template item<bool>());
  }
  layer->to(at::kDouble);
  const at::Tensor wide = layer->forward(g, feat.to(at::kDouble));
  EXPECT_EQ(half.scalar_type(), at::kBFloat16);
  // A layer rounds the projection, the aggregate and their sum.
  const double scale = wide.abs().max().template item<double>();
  EXPECT_TRUE(half.to(at::kDouble).allclose(wide, 0, 4 * 0x1p-8 * scale));
}

TEST(HalfPrecisionFeatures, SAGEConvRunsInBFloat16) {
  expect_close_to_float64(nn::SAGEConv(6, 4));
  expect_close_to_float64(nn::SAGEConv(6, 9));
}

TEST(HalfPrecisionFeatures, GraphConvRunsInBFloat16) {
  expect_close_to_float64(nn::GraphConv(6, 4, nn::GraphConvOptions{.allow_zero_in_degree = true}));
  expect_close_to_float64(nn::GraphConv(6, 9, nn::GraphConvOptions{.allow_zero_in_degree = true}));
}

}  // namespace
}  // namespace grapevine
