#include "grapevine/graph/transform/slice_batch.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include "grapevine/graph/transform/batch.h"
#include "grapevine/graph/transform/unbatch.h"
#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

TEST(SliceBatch, GivesOneGraph) {
  // DGL's example.
  const Graph second = slice_batch(batch({graph({0, 1}, {2, 3}), graph({1}, {2})}), 1);
  EXPECT_EQ(second.num_nodes(), 3);
  EXPECT_EQ(list(second.edges().uv().src), (Ids{1}));
  EXPECT_EQ(list(second.edges().uv().dst), (Ids{2}));
  EXPECT_EQ(second.batch_size(), 1);
  EXPECT_TRUE(second.ndata().empty());
}

TEST(SliceBatch, AgreesWithUnbatch) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
      const auto size = static_cast<std::int64_t>(seed);
      const Graph g =
          batch({random_graph(seed, 1 + size % 3, size, idtype), random_graph(seed, 1, 0, idtype),
                 random_graph(seed + 1, 4, 2 * size, idtype)});
      const std::vector<Graph> parts = unbatch(g);
      for (std::size_t i = 0; i < parts.size(); ++i) {
        const Graph part = slice_batch(g, static_cast<std::int64_t>(i));
        EXPECT_EQ(part.idtype(), idtype);
        EXPECT_EQ(part.num_nodes(), parts[i].num_nodes());
        EXPECT_TRUE(at::equal(part.edges().uv().src, parts[i].edges().uv().src));
        EXPECT_TRUE(at::equal(part.edges().uv().dst, parts[i].edges().uv().dst));
        EXPECT_TRUE(at::equal(part.ndata()["h"], parts[i].ndata()["h"]));
        EXPECT_TRUE(at::equal(part.edata()["w"], parts[i].edata()["w"]));
      }
    }
  }
}

TEST(SliceBatch, StoresIdsOnRequest) {
  const Graph part = slice_batch(batch({social(at::kInt), social(at::kInt)}), 1, true);
  EXPECT_EQ(list(part.nodes("user").data[NID]), (Ids{4, 5, 6, 7}));
  EXPECT_EQ(list(part.nodes("item").data[NID]), (Ids{3, 4, 5}));
  EXPECT_EQ(list(part.edges("likes").data[EID]), (Ids{4, 5, 6, 7}));
  EXPECT_EQ(part.edges("likes").data[EID]->scalar_type(), at::kInt);
  EXPECT_EQ(list(part.nodes("item").data["h"]), (Ids{0, 1, 2}));
}

TEST(SliceBatch, PassesGradientsToTheBatch) {
  const Graph g = batch({graph({0}, {1}), graph({0}, {2})});
  const at::Tensor h = at::ones({5}).requires_grad_();
  g.ndata()["h"] = h;
  slice_batch(g, 1).ndata()["h"]->sum().backward();
  EXPECT_EQ(list(h.grad()), (Ids{0, 0, 1, 1, 1}));
}

TEST(SliceBatch, RefusesBadInput) {
  Graph g = batch({graph({0}, {1}), graph({0}, {2})});
  EXPECT_ERROR(slice_batch(g, 2), "slice_batch", "index", "0 to 1", "2");
  EXPECT_ERROR(slice_batch(g, -1), "slice_batch", "index", "-1");
  EXPECT_ERROR(slice_batch(tiny_block(), 0), "slice_batch", "block");
  g.set_batch_num_nodes(ids({1, 4}));
  EXPECT_ERROR(slice_batch(g, 0), "slice_batch", "leaves", "('_N', '_E', '_N')");
}

}  // namespace
}  // namespace grapevine
