#include "grapevine/graph/transform/to_homogeneous.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

TEST(ToHomogeneous, PutsTypesOneAfterTheOther) {
  const Graph one = to_homogeneous(social());
  EXPECT_TRUE(one.is_homogeneous());
  // Items are nodes 0 to 2 and users 3 to 6.
  EXPECT_EQ(list(one.ndata()[NTYPE]), (Ids{0, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(list(one.ndata()[NID]), (Ids{0, 1, 2, 0, 1, 2, 3}));
  EXPECT_EQ(list(one.edata()[ETYPE]), (Ids{0, 0, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(list(one.edata()[EID]), (Ids{0, 1, 2, 3, 0, 1, 2, 3}));
  EXPECT_EQ(list(one.edges().uv().src), (Ids{3, 4, 5, 6, 3, 4, 4, 6}));
  EXPECT_EQ(list(one.edges().uv().dst), (Ids{4, 5, 3, 6, 0, 0, 2, 2}));
  EXPECT_FALSE(one.ndata().contains("h"));
}

TEST(ToHomogeneous, KeepsTheFeaturesThatAreNamed) {
  const Graph one = to_homogeneous(social(), {.ndata = {"h"}, .edata = {"w"}, .store_type = false});
  EXPECT_EQ(list(one.ndata()["h"]), (Ids{0, 1, 2, 0, 1, 2, 3}));
  EXPECT_EQ(list(one.edata()["w"]), (Ids{0, 1, 2, 3, 0, 1, 2, 3}));
  EXPECT_FALSE(one.ndata().contains(NTYPE));
  EXPECT_FALSE(one.edata().contains(ETYPE));
}

TEST(ToHomogeneous, KeepsInt32IdsBesideInt64Types) {
  const Graph one = to_homogeneous(social(at::kInt));
  EXPECT_EQ(one.idtype(), at::kInt);
  EXPECT_EQ(one.edges().uv().src.scalar_type(), at::kInt);
  EXPECT_EQ(one.ndata()[NID]->scalar_type(), at::kInt);
  EXPECT_EQ(one.ndata()[NTYPE]->scalar_type(), at::kLong);
}

TEST(ToHomogeneous, TakesGraphsWithoutRelations) {
  const Graph one = to_homogeneous(heterograph({}, {{"a", 2}, {"b", 1}}));
  EXPECT_EQ(one.num_nodes(), 3);
  EXPECT_EQ(one.num_edges(), 0);
}

TEST(ToHomogeneous, RefusesFeaturesThatDoNotFit) {
  const Graph g = social();
  EXPECT_ERROR(to_homogeneous(g, {.ndata = {"x"}}), "to_homogeneous", "\"x\"", "item");
  g.nodes("item").data["h"] = at::arange(6).view({3, 2});
  EXPECT_ERROR(to_homogeneous(g, {.ndata = {"h"}}), "to_homogeneous", "\"h\"", "[2]", "user");
  g.edges("likes").data["w"] = at::arange(4).to(at::kFloat);
  EXPECT_ERROR(to_homogeneous(g, {.edata = {"w"}}), "to_homogeneous", "\"w\"", "Float");
  EXPECT_ERROR(to_homogeneous(heterograph({}, {{"a", 2}}), {.edata = {"w"}}), "\"w\"");
  EXPECT_ERROR(to_homogeneous(tiny_block()), "to_homogeneous", "block");
}

}  // namespace
}  // namespace grapevine
