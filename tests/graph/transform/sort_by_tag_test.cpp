#include "grapevine/graph/transform/sort_by_tag.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "grapevine/graph/transform/reverse.h"
#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

/// 0 -> 0, 1, 2, 3, 4 and 1 -> 0, 1, 2.
Graph fan(at::ScalarType idtype = at::kLong) {
  return graph(ids({0, 0, 0, 0, 0, 1, 1, 1}, idtype), ids({0, 1, 2, 3, 4, 0, 1, 2}, idtype));
}

TEST(SortCsrByTag, GroupsOutEdgesByTheTagOfTheirDestination) {
  const Graph g = fan();
  const Graph sorted = sort_csr_by_tag(g, ids({1, 1, 0, 2, 0}));
  const EdgeList edges = sorted.out_edges(ids({0, 1}));
  EXPECT_EQ(list(edges.dst), (Ids{2, 4, 0, 1, 3, 2, 0, 1}));
  EXPECT_EQ(list(edges.eid), (Ids{2, 4, 0, 1, 3, 7, 5, 6}));
  const at::Tensor offsets = sorted.ndata()["_TAG_OFFSET"];
  EXPECT_EQ(offsets.sizes(), (std::vector<std::int64_t>{5, 4}));
  EXPECT_EQ(list(offsets), (Ids{0, 2, 4, 5, 0, 1, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_FALSE(g.ndata().contains("_TAG_OFFSET"));
}

TEST(SortCsrByTag, KeepsEdgeIdsAndFeatures) {
  const Graph g = random_graph(3, 8, 40);
  const Graph sorted = sort_csr_by_tag(g, ids({2, 0, 1, 0, 2, 1, 0, 0}));
  EXPECT_TRUE(sorted.edges().uv().src.equal(g.edges().uv().src));
  EXPECT_TRUE(sorted.edges().uv().dst.equal(g.edges().uv().dst));
  EXPECT_TRUE(sorted.edata().contains("w"));
  EXPECT_TRUE(sorted.in_edges(ids({0, 5})).eid.equal(g.in_edges(ids({0, 5})).eid));
}

TEST(SortCsrByTag, TakesTagsOfEdgesAndAnotherName) {
  const Graph sorted = sort_csr_by_tag(fan(), ids({1, 0, 1, 0, 1, 1, 0, 0}, at::kInt),
                                       {.tag_offset_name = "offset", .tag_type = TagType::kEdge});
  EXPECT_EQ(list(sorted.out_edges(ids({0, 1})).eid), (Ids{1, 3, 0, 2, 4, 6, 7, 5}));
  EXPECT_EQ(list(sorted.ndata()["offset"]->slice(0, 0, 2)), (Ids{0, 2, 5, 0, 2, 3}));
}

TEST(SortCsrByTag, TellsTheGroupOfEveryEdge) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const at::ScalarType idtype = seed % 2 == 0 ? at::kInt : at::kLong;
    const Graph g = random_graph(seed, 9, 50, idtype);
    const at::Tensor tag = random_edges(seed + 50, {4, 4, 9})->coo().src;
    const Graph sorted = sort_csr_by_tag(g, tag);
    const at::Tensor offsets = sorted.ndata()["_TAG_OFFSET"];
    EXPECT_EQ(offsets.scalar_type(), idtype);
    for (std::int64_t node = 0; node < 9; ++node) {
      const EdgeList edges = sorted.out_edges(ids({node}, idtype));
      const Ids tags = list(tag.index_select(0, edges.dst));
      EXPECT_TRUE(std::is_sorted(tags.begin(), tags.end()));
      const Ids row = list(offsets[node]);
      for (std::size_t i = 0; i + 1 < row.size(); ++i) {
        EXPECT_EQ(row[i + 1] - row[i],
                  std::count(tags.begin(), tags.end(), static_cast<std::int64_t>(i)));
      }
      Ids before = list(g.out_edges(ids({node}, idtype)).eid);
      Ids after = list(edges.eid);
      std::sort(before.begin(), before.end());
      std::sort(after.begin(), after.end());
      EXPECT_EQ(before, after);
    }
  }
}

TEST(SortCscByTag, IsSortCsrByTagOfTheReversedGraph) {
  const Graph g = random_graph(5, 7, 40);
  const at::Tensor tag = ids({0, 2, 1, 1, 0, 2, 2});
  const Graph in = sort_csc_by_tag(g, tag);
  const Graph out = sort_csr_by_tag(reverse(g), tag);
  const at::Tensor all = at::arange(7);
  EXPECT_TRUE(in.in_edges(all).eid.equal(out.out_edges(all).eid));
  EXPECT_TRUE(in.ndata()["_TAG_OFFSET"]->equal(out.ndata()["_TAG_OFFSET"].tensor()));
}

TEST(SortCscByTag, PutsOffsetsOnTheDestinationsOfABipartiteRelation) {
  const Graph likes = social()["likes"];
  const Graph sorted = sort_csc_by_tag(likes, ids({1, 0, 0, 0}));
  EXPECT_EQ(list(sorted.nodes("item").data["_TAG_OFFSET"]), (Ids{0, 1, 2, 0, 0, 0, 0, 2, 2}));
  EXPECT_EQ(list(sorted.in_edges(ids({0})).eid), (Ids{1, 0}));
  EXPECT_FALSE(sorted.nodes("user").data.contains("_TAG_OFFSET"));
  EXPECT_EQ(sort_csr_by_tag(likes, ids({0, 0, 1})).nodes("user").data["_TAG_OFFSET"]->size(1), 3);
}

TEST(SortCsrByTag, TakesGraphsWithoutNodes) {
  const Graph sorted = sort_csr_by_tag(graph({}, {}), ids({}));
  EXPECT_EQ(sorted.ndata()["_TAG_OFFSET"]->size(1), 1);
}

TEST(SortCsrByTag, RefusesBadTags) {
  EXPECT_ERROR(sort_csr_by_tag(fan(), ids({0, 1})), "sort_csr_by_tag: tag", "5", "[2]");
  EXPECT_ERROR(sort_csc_by_tag(fan(), ids({0, 1, -1, 0, 0})), "sort_csc_by_tag: tag", "-1");
  EXPECT_ERROR(sort_csr_by_tag(fan(), at::arange(5).to(at::kFloat)), "sort_csr_by_tag: tag",
               "Float");
  EXPECT_ERROR(sort_csr_by_tag(fan(), ids({0, 0, 0, 0, std::int64_t{1} << 62})),
               "sort_csr_by_tag: tag", "too large");
  EXPECT_ERROR(sort_csr_by_tag(fan(), at::Tensor()), "sort_csr_by_tag: tag", "undefined");
  EXPECT_ERROR(sort_csr_by_tag(social(), ids({0, 0, 0, 0})), "sort_csr_by_tag: graph",
               "one relation");
}

}  // namespace
}  // namespace grapevine
