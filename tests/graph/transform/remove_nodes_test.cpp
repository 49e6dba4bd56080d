#include "grapevine/graph/transform/remove_nodes.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "grapevine/graph/transform/add_nodes.h"
#include "grapevine/message/function.h"
#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

TEST(RemoveNodes, TheirEdgesGoAndTheOthersKeepTheirOrder) {
  // The example of DGL's documentation.
  const Graph g = graph({0, 0, 2}, {0, 1, 2});
  g.ndata()["hv"] = at::arange(3).to(at::kFloat).view({3, 1});
  g.edata()["he"] = at::arange(3).to(at::kFloat).view({3, 1});
  const Graph less = remove_nodes(g, ids({0, 1}));
  EXPECT_EQ(less.num_nodes(), 1);
  EXPECT_EQ(list(less.edges().uv().src), (Ids{0}));
  EXPECT_EQ(list(less.edges().uv().dst), (Ids{0}));
  EXPECT_EQ(list(less.ndata()["hv"]), (Ids{2}));
  EXPECT_EQ(list(less.edata()["he"]), (Ids{2}));
  EXPECT_FALSE(less.ndata().contains(NID));
  EXPECT_FALSE(less.edata().contains(EID));
}

TEST(RemoveNodes, EveryRelationOfTheTypeLosesEdges) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const Graph g = social(idtype);
    const Graph less = remove_nodes(g, {1, 1}, "user");
    EXPECT_EQ(less.idtype(), idtype);
    EXPECT_EQ(less.num_nodes("user"), 3);
    EXPECT_EQ(less.num_nodes("item"), 3);
    EXPECT_EQ(list(less.nodes("user").data["h"]), (Ids{0, 2, 3}));
    EXPECT_EQ(list(less.edges("follows").uv().src), (Ids{1, 2}));
    EXPECT_EQ(list(less.edges("follows").uv().dst), (Ids{0, 2}));
    EXPECT_EQ(list(less.edges("follows").data["w"]), (Ids{2, 3}));
    EXPECT_EQ(list(less.edges("likes").uv().src), (Ids{0, 2}));
    EXPECT_EQ(list(less.edges("likes").uv().dst), (Ids{0, 2}));
    EXPECT_EQ(list(less.edges("likes").data["w"]), (Ids{0, 3}));
    EXPECT_TRUE(less.nodes("item").data["h"]->is_same(g.nodes("item").data["h"]));
  }
}

TEST(RemoveNodes, UntouchedRelationsAreSharedAndFeaturesGatheredWhenRead) {
  const Graph g = social();
  const Graph less = remove_nodes(g, 0, "item");
  EXPECT_EQ(less.adjacency("follows"), g.adjacency("follows"));
  EXPECT_TRUE(less.edges("follows").data["w"]->is_same(g.edges("follows").data["w"]));
  EXPECT_TRUE(less.nodes("item").data.frame()->columns().at("h")->is_lazy());
  EXPECT_TRUE(less.edges("likes").data.frame()->columns().at("w")->is_lazy());
  EXPECT_EQ(list(less.edges("likes").uv().src), (Ids{1, 3}));
  EXPECT_EQ(list(less.edges("likes").uv().dst), (Ids{1, 1}));
  // Item 1 has no edges, so that none is gathered.
  const Graph idle = remove_nodes(g, 1, "item");
  EXPECT_TRUE(idle.edges("likes").data["w"]->is_same(g.edges("likes").data["w"]));
  EXPECT_EQ(list(idle.edges("likes").uv().dst), (Ids{0, 0, 1, 1}));
  less.edges("follows").data["new"] = at::ones({4});
  EXPECT_FALSE(g.edges("follows").data.contains("new"));
}

TEST(RemoveNodes, StoresTheOldIdsOfAllTypes) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const Graph less = remove_nodes(social(idtype), 0, "item", /*store_ids=*/true);
    EXPECT_EQ(list(less.nodes("item").data[NID]), (Ids{1, 2}));
    EXPECT_EQ(list(less.nodes("user").data[NID]), (Ids{0, 1, 2, 3}));
    EXPECT_EQ(list(less.edges("likes").data[EID]), (Ids{2, 3}));
    EXPECT_EQ(list(less.edges("follows").data[EID]), (Ids{0, 1, 2, 3}));
    EXPECT_EQ(less.nodes("item").data[NID]->scalar_type(), idtype);
    EXPECT_EQ(less.edges("likes").data[EID]->scalar_type(), idtype);
  }
  EXPECT_EQ(list(remove_nodes(random_graph(1, 3, 0), {}, {}, true).ndata()[NID]), (Ids{0, 1, 2}));
}

TEST(RemoveNodes, AgreesWithALoopOverTheEdges) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    for (std::int64_t trial = 0; trial < 40; ++trial) {
      const std::int64_t num_nodes = 1 + trial % 9;
      const Graph g =
          random_graph(static_cast<std::uint64_t>(trial), num_nodes, (trial * 7) % 31, idtype);
      Ids removed;
      Ids kept;
      for (std::int64_t node = 0; node < num_nodes; ++node) {
        ((node * trial) % 3 == 1 ? removed : kept).push_back(node);
      }
      Ids src;
      Ids dst;
      Ids edges;
      const auto number = [&](std::int64_t node) {
        return std::find(kept.begin(), kept.end(), node) - kept.begin();
      };
      const Ids all_src = list(g.edges().uv().src);
      const Ids all_dst = list(g.edges().uv().dst);
      for (std::size_t edge = 0; edge < all_src.size(); ++edge) {
        const std::int64_t from = number(all_src[edge]);
        const std::int64_t to = number(all_dst[edge]);
        if (std::max(from, to) < static_cast<std::int64_t>(kept.size())) {
          src.push_back(from);
          dst.push_back(to);
          edges.push_back(static_cast<std::int64_t>(edge));
        }
      }
      const Graph less = remove_nodes(g, removed, {}, /*store_ids=*/true);
      EXPECT_EQ(list(less.edges().uv().src), src);
      EXPECT_EQ(list(less.edges().uv().dst), dst);
      EXPECT_EQ(list(less.ndata()[NID]), kept);
      EXPECT_EQ(list(less.ndata()["h"]), kept);
      EXPECT_EQ(list(less.edata()[EID]), edges);
      EXPECT_EQ(list(less.edata()["w"]), edges);
      EXPECT_EQ(less.in_degrees().numel(), less.num_nodes());
      EXPECT_EQ(less.edges().uv().dst.scalar_type(), idtype);
    }
  }
}

TEST(RemoveNodes, AllNodesAndNone) {
  const Graph g = random_graph(2, 5, 9);
  const Graph empty = remove_nodes(g, {4, 3, 2, 1, 0});
  EXPECT_EQ(empty.num_nodes(), 0);
  EXPECT_EQ(empty.num_edges(), 0);
  EXPECT_EQ(empty.ndata()["h"]->numel(), 0);
  EXPECT_EQ(remove_nodes(empty, {}).num_nodes(), 0);
  const Graph same = remove_nodes(g, ids({}));
  EXPECT_EQ(same.adjacency(), g.adjacency());
  same.ndata()["new"] = at::ones({5});
  EXPECT_FALSE(g.ndata().contains("new"));
}

TEST(RemoveNodes, UndoesAddNodes) {
  const Graph g = random_graph(2, 5, 9);
  const Graph back = remove_nodes(add_nodes(g, 3), {5, 6, 7});
  EXPECT_EQ(back.num_nodes(), 5);
  EXPECT_TRUE(at::equal(back.edges().uv().src, g.edges().uv().src));
  EXPECT_TRUE(at::equal(back.ndata()["h"], g.ndata()["h"]));
}

TEST(RemoveNodes, KeepsTheFormatsOfTheGraph) {
  const Graph plain = remove_nodes(random_graph(1, 5, 12), {0, 4});
  for (const char* format : {"coo", "csr", "csc"}) {
    const Graph less = remove_nodes(random_graph(1, 5, 12).formats({format}), {0, 4});
    EXPECT_EQ(less.formats().created, (std::vector<std::string>{format}));
    EXPECT_TRUE(less.formats().not_created.empty());
    EXPECT_EQ(less.num_edges(), plain.num_edges());
  }
}

TEST(RemoveNodes, BatchInformationFollows) {
  // DGL's documentation: graphs of 3 and 5 nodes, without nodes 1 and 4.
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    Graph g = graph(ids({0, 0, 2, 4, 5, 6}, idtype), ids({0, 1, 2, 4, 6, 7}, idtype));
    g.set_batch_num_nodes(ids({3, 5}, idtype));
    g.set_batch_num_edges(ids({3, 3}, idtype));
    const Graph less = remove_nodes(g, {1, 4});
    EXPECT_EQ(list(less.batch_num_nodes()), (Ids{2, 4}));
    EXPECT_EQ(list(less.batch_num_edges()), (Ids{2, 2}));
    EXPECT_EQ(less.batch_num_nodes().scalar_type(), idtype);
    EXPECT_EQ(less.batch_num_edges().scalar_type(), idtype);
    EXPECT_EQ(list(g.batch_num_nodes()), (Ids{3, 5}));
    const Graph first_gone = remove_nodes(g, {0, 1, 2});
    EXPECT_EQ(list(first_gone.batch_num_nodes()), (Ids{0, 5}));
    EXPECT_EQ(list(first_gone.batch_num_edges()), (Ids{0, 3}));
  }
}

TEST(RemoveNodes, BatchInformationOfOtherTypesStays) {
  Graph g = social();
  g.set_batch_num_nodes({{"user", ids({2, 0, 2})}, {"item", ids({1, 1, 1})}});
  g.set_batch_num_edges(
      {{{"user", "follows", "user"}, ids({2, 1, 1})}, {{"user", "likes", "item"}, ids({3, 0, 1})}});
  const Graph less = remove_nodes(g, 2, "item");
  EXPECT_EQ(list(less.batch_num_nodes("user")), (Ids{2, 0, 2}));
  EXPECT_EQ(list(less.batch_num_nodes("item")), (Ids{1, 1, 0}));
  EXPECT_EQ(list(less.batch_num_edges("follows")), (Ids{2, 1, 1}));
  EXPECT_EQ(list(less.batch_num_edges("likes")), (Ids{2, 0, 0}));
}

TEST(RemoveNodes, IsDifferentiable) {
  const TensorFunction function = [](const std::vector<at::Tensor>& arguments) -> at::Tensor {
    const Graph g = graph({0, 1, 2, 0}, {1, 2, 0, 2});
    g.ndata()["h"] = arguments[0];
    g.edata()["w"] = arguments[1];
    const Graph less = remove_nodes(g, 1);
    less.update_all(function::u_mul_e("h", "w", "m"), function::sum("m", "h"));
    return less.ndata()["h"];
  };
  EXPECT_TRUE(gradcheck(
      function, {random_values(1, {3, 2}, at::kDouble), random_values(2, {4, 1}, at::kDouble)}));
}

TEST(RemoveNodes, BadInputIsNamed) {
  const Graph g = social();
  EXPECT_ERROR(remove_nodes(g, 0), "must be named", "item, user");
  EXPECT_ERROR(remove_nodes(g, 0, "shop"), "\"shop\" does not exist");
  EXPECT_ERROR(remove_nodes(g, {}, "shop"), "\"shop\" does not exist");
  EXPECT_ERROR(remove_nodes(tiny_block(), 0), "remove_nodes", "block");
  EXPECT_ERROR(remove_nodes(g, 4, "user"), "remove_nodes", "node id 4", "0 to 3");
  EXPECT_ERROR(remove_nodes(g, {0, -2}, "user"), "remove_nodes", "node id -2");
  EXPECT_ERROR(remove_nodes(Graph(), 0), "remove_nodes", "node id 0");
  EXPECT_ERROR(remove_nodes(social(at::kInt), std::int64_t{1} << 32, "user"), "4294967296");
  EXPECT_ERROR(remove_nodes(g, ids({0}, at::kInt), "user"), "remove_nodes", "Long", "Int");
  EXPECT_ERROR(remove_nodes(g, at::ones({4}), "user"), "remove_nodes", "Float");
  EXPECT_ERROR(remove_nodes(g, at::Tensor(), "user"), "remove_nodes", "undefined");
}

}  // namespace
}  // namespace grapevine
