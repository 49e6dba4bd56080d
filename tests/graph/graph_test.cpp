#include "grapevine/graph/graph.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "grapevine/util/error.h"
#include "tests/support/expect_error.h"
#include "tests/support/ids.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using testing_support::ids;
using testing_support::list;
using testing_support::multigraph;

Graph shop() {
  return heterograph({{{"user", "buys", "item"}, {ids({0, 1, 1}), ids({2, 0, 2})}},
                      {{"user", "follows", "user"}, {ids({0, 1}), ids({1, 0})}},
                      {{"item", "like", "item"}, {ids({0}), ids({1})}}},
                     {{"user", 3}, {"shop", 2}});
}

TEST(Graph, CountsNodesAndEdges) {
  const Graph g = multigraph();
  EXPECT_EQ(g.num_nodes(), 5);
  EXPECT_EQ(g.num_src_nodes(), 5);
  EXPECT_EQ(g.num_dst_nodes(), 5);
  EXPECT_EQ(g.num_edges(), 5);
  EXPECT_TRUE(g.is_homogeneous());
  EXPECT_FALSE(g.is_block());
  EXPECT_EQ(g.ntypes(), std::vector<std::string>{"_N"});
  EXPECT_EQ(g.etypes(), std::vector<std::string>{"_E"});
}

TEST(Graph, HasAsManyNodesAsItsEdgesShow) { EXPECT_EQ(graph({0, 7}, {3, 1}).num_nodes(), 8); }

TEST(Graph, MayHaveNoEdgesOrNoNodes) {
  const Graph empty = graph(std::vector<std::int64_t>{}, {}, {.num_nodes = 3});
  EXPECT_EQ(empty.num_nodes(), 3);
  EXPECT_EQ(empty.num_edges(), 0);
  EXPECT_EQ(list(empty.in_degrees()), (std::vector<std::int64_t>{0, 0, 0}));
  EXPECT_EQ(empty.in_edges(ids({0, 2})).eid.numel(), 0);
  EXPECT_EQ(Graph().num_nodes(), 0);
  EXPECT_EQ(Graph().num_edges(), 0);
  EXPECT_TRUE(Graph().is_homogeneous());
}

TEST(Graph, DegreesCountParallelEdgesAndSelfLoops) {
  const Graph g = multigraph();
  EXPECT_EQ(list(g.in_degrees()), (std::vector<std::int64_t>{1, 4, 0, 0, 0}));
  EXPECT_EQ(list(g.out_degrees()), (std::vector<std::int64_t>{2, 1, 1, 1, 0}));
  EXPECT_EQ(list(g.in_degrees(ids({1, 4, 1}))), (std::vector<std::int64_t>{4, 0, 4}));
}

TEST(Graph, ListsEdgesInIdOrderAndInEndpointOrder) {
  const Graph g = multigraph();
  const auto [src, dst] = g.edges().uv();
  EXPECT_EQ(list(src), (std::vector<std::int64_t>{0, 2, 0, 1, 3}));
  EXPECT_EQ(list(dst), (std::vector<std::int64_t>{1, 1, 1, 1, 0}));
  EXPECT_EQ(list(g.edges().eid()), (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
  const EdgeList sorted = g.edges().all(EdgeOrder::kSrcDst);
  EXPECT_EQ(list(sorted.src), (std::vector<std::int64_t>{0, 0, 1, 2, 3}));
  EXPECT_EQ(list(sorted.eid), (std::vector<std::int64_t>{0, 2, 3, 1, 4}));
}

TEST(Graph, FindsEdgesById) {
  const auto [src, dst] = multigraph().find_edges(ids({4, 1}));
  EXPECT_EQ(list(src), (std::vector<std::int64_t>{3, 2}));
  EXPECT_EQ(list(dst), (std::vector<std::int64_t>{0, 1}));
}

TEST(Graph, InEdgesComeNodeAfterNode) {
  const EdgeList edges = multigraph().in_edges(ids({1, 0, 4, 1}));
  EXPECT_EQ(list(edges.src), (std::vector<std::int64_t>{0, 2, 0, 1, 3, 0, 2, 0, 1}));
  EXPECT_EQ(list(edges.dst), (std::vector<std::int64_t>{1, 1, 1, 1, 0, 1, 1, 1, 1}));
  EXPECT_EQ(list(edges.eid), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 0, 1, 2, 3}));
}

TEST(Graph, OutEdgesComeNodeAfterNode) {
  const EdgeList edges = multigraph().out_edges(ids({3, 0}));
  EXPECT_EQ(list(edges.src), (std::vector<std::int64_t>{3, 0, 0}));
  EXPECT_EQ(list(edges.eid), (std::vector<std::int64_t>{4, 0, 2}));
}

TEST(Graph, KeepsInt32Throughout) {
  const Graph g = multigraph().to_int32();
  EXPECT_EQ(g.idtype(), at::kInt);
  const at::Tensor nodes = ids({1, 0}).to(at::kInt);
  for (const at::Tensor& result :
       {g.in_degrees(), g.out_degrees(nodes), g.edges().uv().src, g.edges().eid(),
        g.in_edges(nodes).eid, g.out_edges(nodes).dst, g.find_edges(nodes).src, g.nodes().ids(),
        g.edges().eid(EdgeOrder::kSrcDst)}) {
    EXPECT_EQ(result.scalar_type(), at::kInt);
  }
  EXPECT_EQ(list(g.in_edges(nodes).eid), (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(g.to_int64().idtype(), at::kLong);
  EXPECT_EQ(list(g.to_int64().edges().uv().src), list(multigraph().edges().uv().src));
}

TEST(Graph, ToInt32SharesFeatures) {
  const Graph g = multigraph();
  g.ndata()["h"] = at::ones({5, 2});
  const Graph narrow = g.to_int32();
  EXPECT_EQ(narrow.ndata()["h"]->data_ptr(), g.ndata()["h"]->data_ptr());
  narrow.ndata()["x"] = at::ones({5});
  EXPECT_FALSE(g.ndata().contains("x"));
}

TEST(Graph, CopiesShareFeaturesAndClonesDoNot) {
  const Graph g = multigraph();
  const Graph copy = g;  // NOLINT(performance-unnecessary-copy-initialization)
  const Graph clone = g.clone();
  copy.ndata()["h"] = at::ones({5});
  EXPECT_TRUE(g.ndata().contains("h"));
  EXPECT_FALSE(clone.ndata().contains("h"));
}

TEST(Graph, MovingToItsOwnDeviceIsFree) {
  const Graph g = multigraph();
  EXPECT_EQ(&g.to(at::kCPU).graph_data(), &g.graph_data());
}

TEST(Graph, RefusesBadEndpoints) {
  EXPECT_ERROR(graph({0, -1}, {0, 0}), "src", "-1");
  EXPECT_ERROR(graph({0, 1}, {5, 0}, {.num_nodes = 3}), "num_nodes", "3", "5");
  EXPECT_ERROR(graph({0, 1}, {0}), "lengths", "2", "1");
  EXPECT_ERROR(graph(at::ones({2}), at::ones({2})), "src", "Float");
  EXPECT_ERROR(graph(ids({0}), ids({0}).to(at::kInt)), "Long", "Int");
  EXPECT_ERROR(graph(at::zeros({1, 1}, at::kLong), ids({0})), "src", "2 dimensions");
  EXPECT_ERROR(graph(at::Tensor(), ids({0})), "undefined");
  EXPECT_ERROR(graph({0}, {0}, {.num_nodes = -1}), "num_nodes", "-1");
  EXPECT_ERROR(graph({0}, {std::numeric_limits<std::int64_t>::max()}), "dst", "out of range");
}

TEST(Graph, RefusesIdsOutOfRangeOrOfAnotherType) {
  const Graph g = multigraph();
  EXPECT_ERROR(g.in_degrees(ids({5})), "in_degrees", "5", "0 to 4");
  EXPECT_ERROR(g.out_degrees(ids({-1})), "out_degrees", "-1");
  EXPECT_ERROR(g.in_edges(ids({9})), "in_edges", "9");
  EXPECT_ERROR(g.out_edges(at::ones({1})), "out_edges", "Float");
  EXPECT_ERROR(g.find_edges(ids({5})), "find_edges", "edge id 5");
  EXPECT_ERROR(g.find_edges(ids({1}).to(at::kInt)), "Long", "Int");
}

TEST(Heterograph, SortsTypesAndCountsNodes) {
  const Graph g = shop();
  EXPECT_EQ(g.ntypes(), (std::vector<std::string>{"item", "shop", "user"}));
  EXPECT_EQ(g.etypes(), (std::vector<std::string>{"like", "buys", "follows"}));
  EXPECT_EQ(g.num_nodes("item"), 3);
  EXPECT_EQ(g.num_nodes("user"), 3);
  EXPECT_EQ(g.num_nodes("shop"), 2);
  EXPECT_EQ(g.num_nodes(), 8);
  EXPECT_EQ(g.num_edges("buys"), 3);
  EXPECT_EQ(g.num_edges(), 6);
  EXPECT_EQ(g.num_edges(CanonicalEtype{"user", "follows", "user"}), 2);
  EXPECT_FALSE(g.is_homogeneous());
  EXPECT_EQ(list(g.in_degrees({}, "buys")), (std::vector<std::int64_t>{1, 0, 2}));
  EXPECT_EQ(to_string(g.to_canonical_etype("buys")), "('user', 'buys', 'item')");
}

TEST(Heterograph, KeepsFeaturesByType) {
  const Graph g = shop();
  g.nodes("user").data["h"] = at::ones({3, 2});
  g.edges("buys").data["price"] = at::ones({3});
  EXPECT_TRUE(g.nodes("user").data.contains("h"));
  EXPECT_FALSE(g.nodes("item").data.contains("h"));
  EXPECT_ERROR(g.nodes("shop").data["h"] = at::ones({3}), "2 rows", "got 3");
  EXPECT_ERROR(g.ndata(), "ndata", "3 node types", "item, shop, user");
  EXPECT_ERROR(g.edata(), "edata", "3 edge types");
}

TEST(Heterograph, NamesUnknownAndAmbiguousTypes) {
  const Graph g = heterograph(
      {{{"a", "r", "b"}, {ids({0}), ids({0})}}, {{"b", "r", "a"}, {ids({0}), ids({0})}}});
  EXPECT_ERROR(g.num_edges("r"), "\"r\" is ambiguous", "('a', 'r', 'b')");
  EXPECT_ERROR(g.num_edges("s"), "\"s\" does not exist");
  EXPECT_ERROR(g.num_nodes("c"), "\"c\" does not exist", "a, b");
  EXPECT_ERROR(g.in_degrees(), "must be named");
  EXPECT_ERROR(heterograph({}), "at least one");
  EXPECT_ERROR(heterograph({{{"a", "r", "b"}, {ids({4}), ids({0})}}}, {{"a", 2}}), "\"a\"", "2",
               "4");
  EXPECT_ERROR(heterograph({{{"a", "r", "b"}, {ids({-4}), ids({0})}}}), "('a', 'r', 'b')", "-4");
  EXPECT_ERROR(heterograph({{{"a", "r", "b"}, {ids({0}), ids({0})}},
                            {{"a", "s", "b"}, {ids({0}).to(at::kInt), ids({0}).to(at::kInt)}}}),
               "('a', 's', 'b')", "Int");
}

TEST(Heterograph, OneRelationSharesItsFeatures) {
  const Graph g = shop();
  const Graph buys = g["buys"];
  EXPECT_EQ(buys.ntypes(), (std::vector<std::string>{"item", "user"}));
  EXPECT_EQ(buys.num_edges(), 3);
  buys.edata()["w"] = at::ones({3});
  EXPECT_TRUE(g.edges("buys").data.contains("w"));
  EXPECT_TRUE(g["follows"].is_homogeneous());
}

TEST(Block, HasSidesOfItsOwn) {
  const Graph block = create_block(ids({0, 1, 2}), ids({0, 0, 1}), 3, 2);
  EXPECT_TRUE(block.is_block());
  EXPECT_EQ(block.num_src_nodes(), 3);
  EXPECT_EQ(block.num_dst_nodes(), 2);
  EXPECT_EQ(block.num_nodes(), 5);
  block.srcdata()["h"] = at::ones({3, 1});
  EXPECT_FALSE(block.dstdata().contains("h"));
  EXPECT_ERROR(block.dstdata()["h"] = at::ones({3}), "destination node", "expected 2 rows",
               "got 3");
  EXPECT_ERROR(block.ndata(), "srcdata or dstdata");
  EXPECT_ERROR(block.nodes(), "srcnodes or dstnodes");
  EXPECT_ERROR(create_block(ids({3}), ids({0}), 3, 2), "src", "3");
}

TEST(Frame, ChecksRowsAndNames) {
  const Graph g = multigraph();
  g.ndata()["h"] = at::ones({5, 3});
  EXPECT_EQ(g.ndata()["h"]->size(1), 3);
  EXPECT_ERROR(g.ndata()["h"] = at::ones({4, 3}), "node feature \"h\"", "5 rows", "got 4");
  EXPECT_ERROR(g.edata()["w"] = at::ones({6}), "edge feature \"w\"", "5 rows", "got 6");
  EXPECT_ERROR(g.ndata()["w"] = at::Tensor(), "undefined");
  EXPECT_ERROR(at::Tensor(g.ndata()["x"]), "no node feature \"x\"", "[h]");
  EXPECT_ERROR(g.edata().pop("x"), "no edge feature \"x\"");
}

TEST(Frame, AliasesWhatIsAssigned) {
  const Graph g = multigraph();
  const at::Tensor h = at::zeros({5});
  g.ndata()["h"] = h;
  h.fill_(3);
  EXPECT_EQ(at::Tensor(g.ndata()["h"])[2].item<float>(), 3);
  g.ndata()["copy"] = g.ndata()["h"];
  EXPECT_EQ(g.ndata().keys(), (std::vector<std::string>{"copy", "h"}));
  EXPECT_TRUE(g.ndata().pop("copy").is_same(h));
  EXPECT_EQ(g.ndata().size(), 1U);
}

TEST(Frame, GathersSlicesOnFirstRead) {
  auto column = std::make_shared<const Column>(at::arange(10));
  const ColumnPtr slice = Column::slice(column, ids({1, 3, 5, 7}));
  const ColumnPtr again = Column::slice(slice, ids({3, 0}));
  EXPECT_TRUE(slice->is_lazy());
  EXPECT_EQ(list(again->data()), (std::vector<std::int64_t>{7, 1}));
  EXPECT_FALSE(again->is_lazy());
  EXPECT_TRUE(slice->is_lazy());
  EXPECT_EQ(list(slice->data()), (std::vector<std::int64_t>{1, 3, 5, 7}));
  EXPECT_EQ(list(Column::slice(slice, ids({2}))->data()), std::vector<std::int64_t>{5});
}

TEST(LocalScope, UndoesColumnsAndKeepsWritesIntoTensors) {
  const Graph g = multigraph();
  g.ndata()["h"] = at::zeros({5});
  g.ndata()["gone"] = at::zeros({5});
  {
    const LocalScope scope = g.local_scope();
    at::Tensor(g.ndata()["h"]).fill_(1);
    g.ndata()["h"] = at::ones({5, 7});
    g.ndata()["new"] = at::ones({5});
    g.edata()["w"] = at::ones({5});
    g.ndata().erase("gone");
    {
      const LocalScope inner = g.local_scope();
      g.ndata()["inner"] = at::ones({5});
    }
    EXPECT_FALSE(g.ndata().contains("inner"));
    EXPECT_TRUE(g.ndata().contains("new"));
  }
  EXPECT_EQ(g.ndata().keys(), (std::vector<std::string>{"gone", "h"}));
  EXPECT_TRUE(at::equal(g.ndata()["h"], at::ones({5})));
  EXPECT_TRUE(g.edata().empty());
}

TEST(LocalScope, EndsWithAnException) {
  const Graph g = multigraph();
  try {
    const LocalScope scope = g.local_scope();
    g.ndata()["h"] = at::ones({5});
    fail("stop");
  } catch (const Error&) {
  }
  EXPECT_TRUE(g.ndata().empty());
}

TEST(LocalScope, CoversBothSidesOfABlock) {
  const Graph block = create_block(ids({0}), ids({0}), 2, 1);
  {
    const LocalScope scope = block.local_scope();
    block.srcdata()["h"] = at::ones({2});
    block.dstdata()["h"] = at::ones({1});
  }
  EXPECT_TRUE(block.srcdata().empty());
  EXPECT_TRUE(block.dstdata().empty());
}

std::string printed(const Graph& g) {
  std::ostringstream stream;
  stream << g;
  return stream.str();
}

TEST(Graph, PrintsCountsAndFeatures) {
  const Graph g = multigraph();
  g.ndata()["h"] = at::ones({5, 3});
  EXPECT_EQ(printed(g), "Graph(num_nodes=5, num_edges=5,\n      ndata={'h': [5, 3] Float})");
  EXPECT_THAT(printed(shop()), testing::HasSubstr("('user', 'buys', 'item'): 3"));
  EXPECT_THAT(printed(create_block(ids({0}), ids({0}), 2, 1)),
              testing::HasSubstr("Block(num_src_nodes=2, num_dst_nodes=1, num_edges=1"));
  const ColumnPtr lazy = Column::slice(g.ndata().frame()->columns().at("h"), ids({0, 1}));
  const Graph small = graph({0}, {1});
  small.ndata().frame()->add_column("h", lazy);
  EXPECT_THAT(printed(small), testing::HasSubstr("'h': [2, 3] Float"));
  EXPECT_TRUE(lazy->is_lazy());
}

}  // namespace
}  // namespace grapevine
