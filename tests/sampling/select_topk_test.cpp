#include "grapevine/sampling/select_topk.h"

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::sampling {
namespace {

using namespace testing_support;

TEST(SelectTopk, TakesTheLargestWeightsOfEachNode) {
  const Graph base = random_graph(60, 600);
  for (const Graph& g : {base, base.to_int32()}) {
    for (const at::ScalarType type : {at::kFloat, at::kDouble, at::kInt, at::kLong}) {
      for (const bool ascending : {false, true}) {
        g.edata()["score"] = random_ids(600, 50, 9).to(type);
        const Graph top =
            select_topk(g, at::arange(60, g.idtype()), 3, "score", {.ascending = ascending});
        EXPECT_EQ(top.num_nodes(), 60);
        const at::Tensor got = top.edata()["score"].tensor().to(at::kLong);
        std::int64_t row = 0;
        for (std::int64_t node = 0; node < 60; ++node) {
          const EdgeList in = g.in_edges(at::full({1}, node, g.idtype()));
          std::vector<std::int64_t> scores =
              list(g.edata()["score"]->index_select(0, in.eid).to(at::kLong));
          std::sort(scores.begin(), scores.end());
          if (!ascending) {
            std::reverse(scores.begin(), scores.end());
          }
          scores.resize(std::min<std::size_t>(scores.size(), 3));
          const auto count = static_cast<std::int64_t>(scores.size());
          EXPECT_EQ(list(got.narrow(0, row, count)), scores);
          row += count;
        }
        EXPECT_EQ(row, top.num_edges());
        const EdgePair ends = g.find_edges(top.edata()[EID]);
        EXPECT_TRUE(at::equal(top.edges().uv().src, ends.src));
        EXPECT_TRUE(at::equal(top.edges().uv().dst, ends.dst));
      }
    }
  }
}

TEST(SelectTopk, TakesOutEdgesAndAll) {
  const Graph g = graph({0, 0, 0, 1}, {1, 2, 3, 0});
  g.edata()["w"] = ids({1, 3, 2, 5});
  const Graph top = select_topk(g, ids({0, 1}), 2, "w", {.edge_dir = EdgeDirection::kOut});
  EXPECT_EQ(list(top.edata()[EID]), (std::vector<std::int64_t>{1, 2, 3}));
  const Graph all = select_topk(g, ids({0}), -1, "w", {.edge_dir = EdgeDirection::kOut});
  EXPECT_EQ(list(all.edata()[EID]), (std::vector<std::int64_t>{1, 2, 0}));
  EXPECT_EQ(select_topk(g, ids({0}), 0, "w").num_edges(), 0);
}

TEST(SelectTopk, TakesTheFirstOfEqualWeights) {
  const Graph g = graph({1, 2, 3}, {0, 0, 0});
  g.edata()["w"] = at::ones({3});
  EXPECT_EQ(list(select_topk(g, ids({0}), 2, "w").edata()[EID]), (std::vector<std::int64_t>{0, 1}));
}

TEST(SelectTopk, RefusesWhatIsNoWeight) {
  const Graph g = graph({1, 2, 3}, {0, 0, 0});
  g.edata()["nan"] = at::full({3}, std::numeric_limits<float>::quiet_NaN());
  g.edata()["flat"] = at::ones({3}, at::kBool);
  g.edata()["wide"] = at::ones({3, 2});
  EXPECT_ERROR(select_topk(g, ids({0}), 1, "nan"), "nan", "NaN");
  EXPECT_ERROR(select_topk(g, ids({0}), 1, "flat"), "flat", "Bool");
  EXPECT_ERROR(select_topk(g, ids({0}), 1, "wide"), "wide", "dimensions");
  EXPECT_ERROR(select_topk(g, ids({0}), 1, "none"), "none");
  EXPECT_ERROR(select_topk(g, ids({4}), 1, "nan"), "4");
}

}  // namespace
}  // namespace grapevine::sampling
