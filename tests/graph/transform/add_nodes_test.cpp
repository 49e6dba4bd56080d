#include "grapevine/graph/transform/add_nodes.h"

#include <ATen/TensorOperators.h>
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

TEST(AddNodes, NewNodesComeLastWithoutEdges) {
  const Graph g = add_nodes(graph({0, 1}, {1, 2}), 2);
  EXPECT_EQ(g.num_nodes(), 5);
  EXPECT_EQ(g.num_edges(), 2);
  EXPECT_EQ(list(g.in_degrees()), (Ids{0, 1, 1, 0, 0}));
  EXPECT_EQ(list(g.out_degrees()), (Ids{1, 1, 0, 0, 0}));
}

TEST(AddNodes, FeaturesAreZeroUnlessGiven) {
  // The example of DGL's documentation.
  Graph g = add_nodes(graph({0, 1}, {1, 2}), 2);
  g.ndata()["h"] = at::ones({5, 1});
  g = add_nodes(g, 1);
  EXPECT_EQ(list(g.ndata()["h"]), (Ids{1, 1, 1, 1, 1, 0}));
  g = add_nodes(g, 1, {{"h", at::ones({1, 1})}, {"w", at::ones({1, 1})}});
  EXPECT_EQ(list(g.ndata()["h"]), (Ids{1, 1, 1, 1, 1, 0, 1}));
  EXPECT_EQ(list(g.ndata()["w"]), (Ids{0, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(g.ndata()["w"]->sizes(), (at::IntArrayRef{7, 1}));
}

TEST(AddNodes, OneTypeGrowsAndTheRestIsShared) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const Graph g = social(idtype);
    const Graph more = add_nodes(g, 2, {{"h", at::full({2}, 9, at::kLong)}}, "item");
    EXPECT_EQ(more.idtype(), idtype);
    EXPECT_EQ(more.num_nodes("item"), 5);
    EXPECT_EQ(more.num_nodes("user"), 4);
    EXPECT_EQ(list(more.nodes("item").data["h"]), (Ids{0, 1, 2, 9, 9}));
    EXPECT_EQ(list(more.in_degrees({}, "likes")), (Ids{2, 0, 2, 0, 0}));
    EXPECT_EQ(more.adjacency("follows"), g.adjacency("follows"));
    EXPECT_TRUE(more.adjacency("likes")->coo().src.is_same(g.adjacency("likes")->coo().src));
    EXPECT_TRUE(more.nodes("user").data["h"]->is_same(g.nodes("user").data["h"]));
    EXPECT_TRUE(more.edges("likes").data["w"]->is_same(g.edges("likes").data["w"]));
  }
}

TEST(AddNodes, FramesAreTheResultsOwn) {
  const Graph g = social();
  for (const std::int64_t num : {0, 1}) {
    const Graph more = add_nodes(g, num, {}, "item");
    more.nodes("user").data["new"] = at::ones({4});
    more.edges("follows").data["new"] = at::ones({4});
  }
  EXPECT_FALSE(g.nodes("user").data.contains("new"));
  EXPECT_FALSE(g.edges("follows").data.contains("new"));
  EXPECT_EQ(g.num_nodes("item"), 3);
}

TEST(AddNodes, AGraphWithoutNodesAndOneWithoutRelations) {
  const Graph g = add_nodes(Graph(), 3, {{"h", at::ones({3, 2})}});
  EXPECT_EQ(g.num_nodes(), 3);
  EXPECT_EQ(g.ndata()["h"]->sizes(), (at::IntArrayRef{3, 2}));
  const Graph alone = add_nodes(heterograph({}, {{"a", 2}}), 1);
  EXPECT_EQ(alone.num_nodes("a"), 3);
}

TEST(AddNodes, ReadsLazyFeatures) {
  Graph g = random_graph(3, 6, 9);
  const FramePtr frame = g.ndata().frame();
  const ColumnPtr parent = frame->columns().at("h");
  frame->add_column("h", Column::slice(parent, ids({5, 4, 3, 2, 1, 0})));
  EXPECT_EQ(list(add_nodes(g, 2).ndata()["h"]), (Ids{5, 4, 3, 2, 1, 0, 0, 0}));
}

TEST(AddNodes, KeepsTheFormatsOfTheGraph) {
  for (const char* format : {"coo", "csr", "csc"}) {
    const Graph more = add_nodes(random_graph(1, 5, 12).formats({format}), 2);
    EXPECT_EQ(more.formats().created, (std::vector<std::string>{format}));
    EXPECT_TRUE(more.formats().not_created.empty());
    EXPECT_EQ(more.adjacency()->num_src(), 7);
    EXPECT_EQ(more.adjacency()->num_dst(), 7);
  }
}

TEST(AddNodes, DropsBatchInformation) {
  Graph g = random_graph(1, 5, 4);
  g.set_batch_num_nodes(ids({2, 3}));
  g.set_batch_num_edges(ids({4, 0}));
  EXPECT_EQ(add_nodes(g, 0).batch_size(), 2);
  EXPECT_EQ(add_nodes(g, 1).batch_size(), 1);
}

TEST(AddNodes, IsDifferentiable) {
  const TensorFunction function = [](const std::vector<at::Tensor>& arguments) -> at::Tensor {
    const Graph g = graph({0, 1}, {1, 2});
    g.ndata()["h"] = arguments[0];
    return add_nodes(g, 2, {{"h", arguments[1]}}).ndata()["h"];
  };
  EXPECT_TRUE(gradcheck(
      function, {random_values(1, {3, 2}, at::kDouble), random_values(2, {2, 2}, at::kDouble)}));
}

TEST(AddNodes, BadInputIsNamed) {
  const Graph g = social();
  EXPECT_ERROR(add_nodes(g, 1), "must be named", "item, user");
  EXPECT_ERROR(add_nodes(g, 1, {}, "shop"), "\"shop\" does not exist");
  EXPECT_ERROR(add_nodes(g, 0, {}, "shop"), "\"shop\" does not exist");
  EXPECT_ERROR(add_nodes(g, -1, {}, "user"), "add_nodes", "num", "-1");
  EXPECT_ERROR(add_nodes(tiny_block(), 1), "add_nodes", "block");
  EXPECT_ERROR(add_nodes(g, 2, {{"h", at::ones({3}, at::kLong)}}, "user"), "add_nodes",
               "data[\"h\"]", "2 rows", "[3]");
  EXPECT_ERROR(add_nodes(g, 0, {{"h", at::ones({3}, at::kLong)}}, "user"), "0 rows", "[3]");
  EXPECT_ERROR(add_nodes(g, 2, {{"h", at::ones({2, 1}, at::kLong)}}, "user"), "data[\"h\"]", "[]",
               "[1]");
  EXPECT_ERROR(add_nodes(g, 2, {{"h", at::ones({2}, at::kFloat)}}, "user"), "data[\"h\"]", "Long",
               "Float");
  EXPECT_ERROR(add_nodes(g, 1, {{"h", at::ones({}, at::kLong)}}, "user"), "data[\"h\"]", "1 rows");
  EXPECT_ERROR(add_nodes(g, 1, {{"h", at::Tensor()}}, "user"), "data[\"h\"]", "undefined");
  EXPECT_ERROR(add_nodes(g, 1, {{"x", at::ones({1}, at::TensorOptions(at::kMeta))}}, "user"),
               "data[\"x\"]", "cpu", "meta");
}

TEST(AddNodes, NumbersThatIdsOrMemoryCannotHoldAreRefused) {
  EXPECT_ERROR(add_nodes(social(at::kInt), std::numeric_limits<std::int32_t>::max(), {}, "user"),
               "add_nodes", "\"user\"", "Int", "2147483647");
  EXPECT_ERROR(add_nodes(social(), std::numeric_limits<std::int64_t>::max(), {}, "user"),
               "add_nodes", "do not fit");
  EXPECT_ERROR(add_nodes(social(), std::int64_t{1} << 62, {}, "user"), "add_nodes",
               "cannot make features", "nodes");
}

}  // namespace
}  // namespace grapevine
