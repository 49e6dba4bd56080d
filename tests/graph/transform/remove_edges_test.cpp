#include "grapevine/graph/transform/remove_edges.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include "grapevine/graph/transform/add_edges.h"
#include "grapevine/message/function.h"
#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

TEST(RemoveEdges, TheOthersKeepTheirOrder) {
  // The example of DGL's documentation.
  const Graph g = graph({0, 0, 2}, {0, 1, 2});
  g.edata()["he"] = at::arange(3).to(at::kFloat).view({3, 1});
  const Graph less = remove_edges(g, ids({0, 1}));
  EXPECT_EQ(less.num_nodes(), 3);
  EXPECT_EQ(list(less.edges().all().src), (Ids{2}));
  EXPECT_EQ(list(less.edges().all().dst), (Ids{2}));
  EXPECT_EQ(list(less.edges().all().eid), (Ids{0}));
  EXPECT_EQ(list(less.edata()["he"]), (Ids{2}));
  EXPECT_FALSE(less.edata().contains(EID));
}

TEST(RemoveEdges, IdsMayBeNumbersAndGivenTwice) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const Graph g = social(idtype);
    const std::vector<std::int64_t> several = {3, 1, 3};
    for (const Graph& less :
         {remove_edges(g, {3, 1, 3}, "likes"), remove_edges(g, several, "likes"),
          remove_edges(g, ids(several, idtype), "likes")}) {
      EXPECT_EQ(less.idtype(), idtype);
      EXPECT_EQ(list(less.edges("likes").uv().src), (Ids{0, 1}));
      EXPECT_EQ(list(less.edges("likes").uv().dst), (Ids{0, 2}));
      EXPECT_EQ(list(less.edges("likes").data["w"]), (Ids{0, 2}));
      EXPECT_EQ(less.num_nodes("item"), 3);
    }
    EXPECT_EQ(list(remove_edges(g, 0, "likes").edges("likes").data["w"]), (Ids{1, 2, 3}));
  }
}

TEST(RemoveEdges, FeaturesAreGatheredWhenReadAndTheRestIsShared) {
  const Graph g = social();
  const Graph less = remove_edges(g, 2, "likes");
  EXPECT_TRUE(less.edges("likes").data.frame()->columns().at("w")->is_lazy());
  EXPECT_EQ(less.adjacency("follows"), g.adjacency("follows"));
  EXPECT_TRUE(less.edges("follows").data["w"]->is_same(g.edges("follows").data["w"]));
  EXPECT_TRUE(less.nodes("user").data["h"]->is_same(g.nodes("user").data["h"]));
  less.nodes("user").data["new"] = at::ones({4});
  EXPECT_FALSE(g.nodes("user").data.contains("new"));
  EXPECT_EQ(g.num_edges("likes"), 4);
  const Graph same = remove_edges(g, {}, "likes");
  EXPECT_EQ(same.adjacency("likes"), g.adjacency("likes"));
  same.edges("likes").data["new"] = at::ones({4});
  EXPECT_FALSE(g.edges("likes").data.contains("new"));
}

TEST(RemoveEdges, StoresTheOldIdsOfAllRelations) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const Graph less = remove_edges(social(idtype), {0, 2}, "likes", /*store_ids=*/true);
    EXPECT_EQ(list(less.edges("likes").data[EID]), (Ids{1, 3}));
    EXPECT_EQ(list(less.edges("follows").data[EID]), (Ids{0, 1, 2, 3}));
    EXPECT_EQ(less.edges("likes").data[EID]->scalar_type(), idtype);
    EXPECT_FALSE(less.nodes("user").data.contains(NID));
    // Ids are those of the graph that was changed, not of the one before.
    const Graph again = remove_edges(less, 0, "likes", /*store_ids=*/true);
    EXPECT_EQ(list(again.edges("likes").data[EID]), (Ids{1}));
  }
}

TEST(RemoveEdges, UndoesAddEdges) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    for (std::int64_t trial = 0; trial < 20; ++trial) {
      const Graph g = random_graph(static_cast<std::uint64_t>(trial), 6, trial, idtype);
      const Graph more = add_edges(g, {0, 5, 5}, {5, 5, 0});
      const Graph back = remove_edges(more, {trial + 2, trial, trial + 1});
      EXPECT_TRUE(at::equal(back.edges().uv().src, g.edges().uv().src));
      EXPECT_TRUE(at::equal(back.edges().uv().dst, g.edges().uv().dst));
      EXPECT_TRUE(at::equal(back.edata()["w"], g.edata()["w"]));
      const Graph none = remove_edges(g, g.edges().eid());
      EXPECT_EQ(none.num_edges(), 0);
      EXPECT_EQ(none.num_nodes(), 6);
      EXPECT_EQ(none.edata()["w"]->numel(), 0);
    }
  }
}

TEST(RemoveEdges, KeepsTheFormatsOfTheGraph) {
  for (const char* format : {"coo", "csr", "csc"}) {
    const Graph less = remove_edges(random_graph(1, 5, 12).formats({format}), {0, 11});
    EXPECT_EQ(less.formats().created, (std::vector<std::string>{format}));
    EXPECT_TRUE(less.formats().not_created.empty());
    EXPECT_EQ(less.num_edges(), 10);
  }
}

TEST(RemoveEdges, BatchInformationFollows) {
  // DGL's documentation: graphs of 3 and 3 edges, without edges 1 and 4.
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    Graph g = graph(ids({0, 0, 2, 4, 5, 6}, idtype), ids({0, 1, 2, 4, 6, 7}, idtype));
    g.set_batch_num_nodes(ids({3, 5}, idtype));
    g.set_batch_num_edges(ids({3, 3}, idtype));
    const Graph less = remove_edges(g, {1, 4, 1});
    EXPECT_EQ(list(less.batch_num_edges()), (Ids{2, 2}));
    EXPECT_EQ(less.batch_num_edges().scalar_type(), idtype);
    EXPECT_EQ(list(less.batch_num_nodes()), (Ids{3, 5}));
    EXPECT_EQ(list(g.batch_num_edges()), (Ids{3, 3}));
    EXPECT_EQ(list(remove_edges(g, {3, 4, 5}).batch_num_edges()), (Ids{3, 0}));
    EXPECT_EQ(list(remove_edges(g, {}).batch_num_edges()), (Ids{3, 3}));
    g.set_batch_num_edges(ids({0, 6}, idtype));
    EXPECT_EQ(list(remove_edges(g, {0, 1, 2, 3, 4, 5}).batch_num_edges()), (Ids{0, 0}));
  }
}

TEST(RemoveEdges, IsDifferentiable) {
  const TensorFunction function = [](const std::vector<at::Tensor>& arguments) -> at::Tensor {
    const Graph g = graph({0, 1, 2, 0}, {1, 2, 0, 2});
    g.ndata()["h"] = arguments[0];
    g.edata()["w"] = arguments[1];
    const Graph less = remove_edges(g, {1});
    less.update_all(function::u_mul_e("h", "w", "m"), function::sum("m", "h"));
    return less.ndata()["h"];
  };
  EXPECT_TRUE(gradcheck(
      function, {random_values(1, {3, 2}, at::kDouble), random_values(2, {4, 1}, at::kDouble)}));
}

TEST(RemoveEdges, BadInputIsNamed) {
  const Graph g = social();
  EXPECT_ERROR(remove_edges(g, 0), "must be named", "follows", "likes");
  EXPECT_ERROR(remove_edges(g, 0, "buys"), "\"buys\" does not exist");
  EXPECT_ERROR(remove_edges(tiny_block(), 0), "remove_edges", "block");
  EXPECT_ERROR(remove_edges(g, 4, "likes"), "remove_edges", "edge id 4", "0 to 3");
  EXPECT_ERROR(remove_edges(g, ids({0, -1}), "likes"), "remove_edges", "edge id -1");
  EXPECT_ERROR(remove_edges(social(at::kInt), std::int64_t{1} << 32, "likes"), "4294967296");
  EXPECT_ERROR(remove_edges(g, ids({0}, at::kInt), "likes"), "remove_edges", "Long", "Int");
  EXPECT_ERROR(remove_edges(g, at::ones({4}, at::kBool), "likes"), "remove_edges", "Bool");
  EXPECT_ERROR(remove_edges(g, at::Tensor(), "likes"), "remove_edges", "undefined");
  EXPECT_ERROR(remove_edges(g, ids({0}).view({1, 1}), "likes"), "remove_edges", "1-D");
}

}  // namespace
}  // namespace grapevine
