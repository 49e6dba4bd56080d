#include "grapevine/graph/transform/add_edges.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <limits>

#include "grapevine/message/function.h"
#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

TEST(AddEdges, NewEdgesComeLastAndMissingNodesAreMade) {
  // The example of DGL's documentation.
  Graph g = add_edges(graph({0, 1}, {1, 2}), ids({1, 3}), ids({0, 1}));
  EXPECT_EQ(g.num_nodes(), 4);
  EXPECT_EQ(list(g.edges().uv().src), (Ids{0, 1, 1, 3}));
  EXPECT_EQ(list(g.edges().uv().dst), (Ids{1, 2, 0, 1}));
  g.edata()["h"] = at::ones({4, 1});
  g = add_edges(g, ids({1}), ids({1}));
  EXPECT_EQ(list(g.edata()["h"]), (Ids{1, 1, 1, 1, 0}));
  g = add_edges(g, ids({0, 0}), ids({2, 2}),
                {{"h", at::tensor({1.0F, 2.0F}).view({2, 1})}, {"w", at::ones({2, 1})}});
  EXPECT_EQ(list(g.edata()["h"]), (Ids{1, 1, 1, 1, 0, 1, 2}));
  EXPECT_EQ(list(g.edata()["w"]), (Ids{0, 0, 0, 0, 0, 1, 1}));
}

TEST(AddEdges, IdsMayBeNumbersAndOneEndStandsForAll) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const Graph g = graph(ids({0}, idtype), ids({1}, idtype), {.num_nodes = 4});
    const std::vector<std::int64_t> several = {1, 2, 3};
    const std::vector<Graph> results = {add_edges(g, 0, {1, 2, 3}), add_edges(g, {0}, several),
                                        add_edges(g, 0, ids(several, idtype)),
                                        add_edges(g, ids({0}, idtype), several),
                                        add_edges(g, ids({0, 0, 0}, idtype), ids(several, idtype))};
    for (const Graph& result : results) {
      EXPECT_EQ(result.idtype(), idtype);
      EXPECT_EQ(result.edges().uv().src.scalar_type(), idtype);
      EXPECT_EQ(list(result.edges().uv().src), (Ids{0, 0, 0, 0}));
      EXPECT_EQ(list(result.edges().uv().dst), (Ids{1, 1, 2, 3}));
    }
    EXPECT_EQ(list(add_edges(g, several, 0).edges().uv().src), (Ids{0, 1, 2, 3}));
    EXPECT_EQ(add_edges(g, 3, 3).num_edges(), 2);
  }
}

TEST(AddEdges, BothSidesOfARelationGrow) {
  const Graph g = social();
  const Graph more = add_edges(g, {5, 0}, {1, 3}, {}, "likes");
  EXPECT_EQ(more.num_nodes("user"), 6);
  EXPECT_EQ(more.num_nodes("item"), 4);
  EXPECT_EQ(list(more.nodes("user").data["h"]), (Ids{0, 1, 2, 3, 0, 0}));
  EXPECT_EQ(list(more.nodes("item").data["h"]), (Ids{0, 1, 2, 0}));
  EXPECT_EQ(list(more.edges("likes").data["w"]), (Ids{0, 1, 2, 3, 0, 0}));
  EXPECT_EQ(list(more.in_degrees({}, "likes")), (Ids{2, 1, 2, 1}));
  // The other relation of a type that has grown is widened.
  EXPECT_EQ(list(more.in_degrees({}, "follows")), (Ids{1, 1, 1, 1, 0, 0}));
  EXPECT_EQ(more.num_edges("follows"), 4);
  EXPECT_TRUE(more.edges("follows").data["w"]->is_same(g.edges("follows").data["w"]));
}

TEST(AddEdges, UntouchedRelationsAndFeaturesAreShared) {
  const Graph g = social();
  const Graph more = add_edges(g, 1, 1, {}, {CanonicalEtype{"user", "likes", "item"}});
  EXPECT_EQ(more.adjacency("follows"), g.adjacency("follows"));
  EXPECT_TRUE(more.nodes("user").data["h"]->is_same(g.nodes("user").data["h"]));
  EXPECT_TRUE(more.edges("follows").data["w"]->is_same(g.edges("follows").data["w"]));
  more.nodes("user").data["new"] = at::ones({4});
  EXPECT_FALSE(g.nodes("user").data.contains("new"));
  EXPECT_EQ(g.num_edges("likes"), 4);
}

TEST(AddEdges, NothingIsAddedByNoEdges) {
  const Graph g = random_graph(1, 4, 6);
  for (const Graph& same :
       {add_edges(g, {}, {}), add_edges(g, 9, {}), add_edges(g, ids({}), ids({9})),
        add_edges(g, {}, {}, {{"new", at::ones({0, 2})}})}) {
    EXPECT_EQ(same.num_nodes(), 4);
    EXPECT_EQ(same.num_edges(), 6);
    EXPECT_EQ(same.edata().keys(), g.edata().keys());
  }
}

TEST(AddEdges, EqualsTheGraphOfAllEdges) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    for (std::int64_t trial = 0; trial < 30; ++trial) {
      const std::int64_t num_nodes = 1 + trial % 7;
      const Graph old = random_graph(static_cast<std::uint64_t>(trial), num_nodes, trial, idtype);
      const Graph extra = random_graph(static_cast<std::uint64_t>(100 + trial), 1 + trial % 11,
                                       1 + trial % 5, idtype);
      const auto [src, dst] = extra.edges().uv();
      Graph whole = add_edges(old, src, dst, {{"w", extra.edata()["w"]}});
      const std::int64_t largest = at::cat({src, dst}).max().item<std::int64_t>();
      EXPECT_EQ(whole.num_nodes(), std::max(num_nodes, largest + 1));
      const Graph expected =
          graph(at::cat({old.edges().uv().src, src}), at::cat({old.edges().uv().dst, dst}),
                {.num_nodes = whole.num_nodes()});
      EXPECT_TRUE(at::equal(whole.edges().uv().src, expected.edges().uv().src));
      EXPECT_TRUE(at::equal(whole.edges().uv().dst, expected.edges().uv().dst));
      EXPECT_TRUE(at::equal(whole.adjacency()->csr().indices, expected.adjacency()->csr().indices));
      EXPECT_TRUE(at::equal(whole.adjacency()->csc().indptr, expected.adjacency()->csc().indptr));
      EXPECT_TRUE(at::equal(whole.edata()["w"], at::cat({old.edata()["w"], extra.edata()["w"]})));

      // One by one gives the same.
      Graph grown = old;
      for (std::int64_t edge = 0; edge < src.numel(); ++edge) {
        grown.add_edges(src[edge].item<std::int64_t>(), dst[edge].item<std::int64_t>());
      }
      EXPECT_EQ(grown.num_nodes(), whole.num_nodes());
      EXPECT_TRUE(at::equal(grown.edges().uv().src, whole.edges().uv().src));
      EXPECT_TRUE(at::equal(grown.edges().uv().dst, whole.edges().uv().dst));
    }
  }
}

TEST(AddEdges, KeepsTheFormatsOfTheGraph) {
  for (const char* format : {"coo", "csr", "csc"}) {
    const Graph more = add_edges(random_graph(1, 5, 12).formats({format}), {6, 0}, {1, 5});
    EXPECT_EQ(more.formats().created, (std::vector<std::string>{format}));
    EXPECT_TRUE(more.formats().not_created.empty());
    const Graph plain = add_edges(random_graph(1, 5, 12), {6, 0}, {1, 5});
    EXPECT_TRUE(at::equal(more.formats({format}).adjacency()->restrict_to({.coo = true})->coo().src,
                          plain.edges().uv().src));
  }
}

TEST(AddEdges, DropsBatchInformation) {
  Graph g = random_graph(1, 5, 4);
  g.set_batch_num_nodes(ids({2, 3}));
  g.set_batch_num_edges(ids({4, 0}));
  EXPECT_EQ(add_edges(g, {}, {}).batch_size(), 2);
  EXPECT_EQ(add_edges(g, 0, 1).batch_size(), 1);
}

TEST(AddEdges, IsDifferentiable) {
  const TensorFunction function = [](const std::vector<at::Tensor>& arguments) -> at::Tensor {
    const Graph g = graph({0, 1}, {1, 2});
    g.ndata()["h"] = arguments[0];
    g.edata()["w"] = arguments[1];
    const Graph more = add_edges(g, {2, 3}, {0, 1}, {{"w", arguments[2]}});
    more.update_all(function::u_mul_e("h", "w", "m"), function::sum("m", "h"));
    return more.ndata()["h"];
  };
  EXPECT_TRUE(gradcheck(
      function, {random_values(1, {3, 2}, at::kDouble), random_values(2, {2, 1}, at::kDouble),
                 random_values(3, {2, 1}, at::kDouble)}));
}

TEST(AddEdges, BadInputIsNamed) {
  const Graph g = social();
  EXPECT_ERROR(add_edges(g, 0, 0), "must be named", "follows", "likes");
  EXPECT_ERROR(add_edges(g, 0, 0, {}, "buys"), "\"buys\" does not exist");
  EXPECT_ERROR(add_edges(tiny_block(), 0, 0), "add_edges", "block");
  EXPECT_ERROR(add_edges(g, -1, 0, {}, "likes"), "add_edges: src", "-1");
  EXPECT_ERROR(add_edges(g, 0, ids({0, -7}), {}, "likes"), "add_edges: dst", "-7");
  EXPECT_ERROR(add_edges(g, {0, 1}, {0, 1, 2}, {}, "likes"), "add_edges", "2 and 3");
  EXPECT_ERROR(add_edges(g, {}, {0, 1, 2}, {}, "likes"), "add_edges", "0 and 3");
  EXPECT_ERROR(add_edges(g, ids({0}, at::kInt), ids({0}), {}, "likes"), "add_edges: src", "Long",
               "Int");
  EXPECT_ERROR(add_edges(g, ids({0}), at::ones({1}), {}, "likes"), "add_edges: dst", "Float");
  EXPECT_ERROR(add_edges(g, at::Tensor(), 0, {}, "likes"), "add_edges: src", "undefined");
  EXPECT_ERROR(add_edges(g, ids({0}).view({1, 1}), 0, {}, "likes"), "add_edges: src", "1-D");
  EXPECT_ERROR(add_edges(g, {0, 1}, 0, {{"w", at::ones({1}, at::kLong)}}, "likes"), "add_edges",
               "data[\"w\"]", "2 rows", "[1]");
  EXPECT_ERROR(add_edges(g, 0, 0, {{"w", at::ones({1})}}, "likes"), "data[\"w\"]", "Long", "Float");
  EXPECT_ERROR(add_edges(g, 0, 0, {{"w", at::ones({1, 3}, at::kLong)}}, "likes"), "data[\"w\"]",
               "[3]");
}

TEST(AddEdges, IdsThatCannotBeNumberedAreRefused) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  const Graph narrow = social(at::kInt);
  EXPECT_ERROR(add_edges(narrow, std::int64_t{1} << 40, 0, {}, "likes"), "add_edges: src",
               "1099511627776", "Int");
  EXPECT_ERROR(add_edges(narrow, 0, std::numeric_limits<std::int32_t>::max(), {}, "likes"),
               "add_edges: dst", "2147483647", "Int");
  EXPECT_ERROR(add_edges(social(), kLargest, 0, {}, "likes"), "add_edges: src",
               "9223372036854775807");
  EXPECT_ERROR(add_edges(social(), kLargest / 2, 0, {}, "likes"), "add_edges",
               "cannot make features", "nodes");
}

}  // namespace
}  // namespace grapevine
