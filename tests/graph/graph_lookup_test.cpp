#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "grapevine/graph/detail/edge_lookup.h"
#include "grapevine/graph/graph.h"
#include "grapevine/graph/transform/add_reverse_edges.h"
#include "tests/support/expect_error.h"
#include "tests/support/graphs.h"
#include "tests/support/ids.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using testing_support::edge_cases;
using Ids = std::vector<std::int64_t>;
using Names = std::vector<std::string>;

using testing_support::ids;
using testing_support::list;
using testing_support::multigraph;

Graph users_and_items() {
  return heterograph({{{"user", "buys", "item"}, {ids({0, 1, 1}), ids({2, 0, 2})}},
                      {{"user", "follows", "user"}, {ids({0, 1}), ids({1, 0})}}},
                     {{"user", 3}});
}

/// Every pair of a source and a destination.
EdgePair all_pairs(const Adjacency& adjacency) {
  const at::TensorOptions options(adjacency.idtype());
  const std::int64_t num_src = adjacency.num_src();
  const std::int64_t num_dst = adjacency.num_dst();
  return {at::arange(num_src, options).repeat_interleave(num_dst),
          at::arange(num_dst, options).repeat({num_src})};
}

/// The edges of each pair by a look at every edge.
EdgeList slow_lookup(const Adjacency& adjacency, const EdgePair& pairs) {
  const Ids src = list(adjacency.coo().src);
  const Ids dst = list(adjacency.coo().dst);
  const Ids from = list(pairs.src);
  const Ids to = list(pairs.dst);
  Ids found_src;
  Ids found_dst;
  Ids found;
  for (std::size_t pair = 0; pair < from.size(); ++pair) {
    for (std::size_t edge = 0; edge < src.size(); ++edge) {
      if (src[edge] == from[pair] && dst[edge] == to[pair]) {
        found_src.push_back(src[edge]);
        found_dst.push_back(dst[edge]);
        found.push_back(static_cast<std::int64_t>(edge));
      }
    }
  }
  return {ids(found_src), ids(found_dst), ids(found)};
}

/// The first of those, or -1.
Ids slow_first(const Adjacency& adjacency, const EdgePair& pairs) {
  const Ids src = list(adjacency.coo().src);
  const Ids dst = list(adjacency.coo().dst);
  const Ids from = list(pairs.src);
  const Ids to = list(pairs.dst);
  Ids first(from.size(), -1);
  for (std::size_t pair = 0; pair < from.size(); ++pair) {
    for (std::size_t edge = src.size(); edge-- > 0;) {
      if (src[edge] == from[pair] && dst[edge] == to[pair]) {
        first[pair] = static_cast<std::int64_t>(edge);
      }
    }
  }
  return first;
}

void expect_same_edges(const EdgeList& got, const EdgeList& expected, const std::string& what) {
  EXPECT_EQ(list(got.src), list(expected.src)) << what;
  EXPECT_EQ(list(got.dst), list(expected.dst)) << what;
  EXPECT_EQ(list(got.eid), list(expected.eid)) << what;
}

TEST(HasNodes, IsTrueForIdsInRange) {
  const Graph g = multigraph();
  EXPECT_TRUE(g.has_nodes(4));
  EXPECT_FALSE(g.has_nodes(5));
  EXPECT_FALSE(g.has_nodes(-1));
  const at::Tensor has = g.has_nodes(ids({0, 5, -1, 4}));
  EXPECT_EQ(has.scalar_type(), at::kBool);
  EXPECT_EQ(list(has), (Ids{1, 0, 0, 1}));
  EXPECT_TRUE(users_and_items().has_nodes(2, "user"));
  EXPECT_EQ(list(users_and_items().has_nodes(ids({2, 3}), "item")), (Ids{1, 0}));
}

TEST(HasNodes, RefusesBlocksAndOtherTypes) {
  const Graph block = create_block(ids({0}), ids({0}), 2, 1);
  EXPECT_ERROR(block.has_nodes(0), "has_nodes", "block");
  EXPECT_ERROR(block.has_nodes(ids({0})), "has_nodes", "block");
  EXPECT_ERROR(users_and_items().has_nodes(0), "node type must be named");
  EXPECT_ERROR(multigraph().has_nodes(at::ones({2})), "has_nodes", "Float");
  EXPECT_ERROR(multigraph().has_nodes(at::zeros({1, 1}, at::kLong)), "has_nodes", "2 dimensions");
}

TEST(HasEdgesBetween, AnswersPairByPair) {
  const Graph g = multigraph();
  EXPECT_TRUE(g.has_edges_between(0, 1));
  EXPECT_TRUE(g.has_edges_between(1, 1));
  EXPECT_FALSE(g.has_edges_between(1, 0));
  const at::Tensor has = g.has_edges_between(ids({0, 1, 3, 4}), ids({1, 0, 0, 4}));
  EXPECT_EQ(has.scalar_type(), at::kBool);
  EXPECT_EQ(list(has), (Ids{1, 0, 1, 0}));
  EXPECT_EQ(list(g.has_edges_between(ids({0, 1, 2, 3}), ids({1}))), (Ids{1, 1, 1, 0}));
  EXPECT_EQ(list(g.has_edges_between(ids({3}), ids({1, 0}))), (Ids{0, 1}));
  EXPECT_EQ(g.has_edges_between(ids({}), ids({})).numel(), 0);
  EXPECT_EQ(list(users_and_items().has_edges_between(ids({1, 1}), ids({2, 1}), "buys")),
            (Ids{1, 0}));
}

TEST(HasEdgesBetween, WorksOnBlocks) {
  const Graph block = create_block(ids({0, 3}), ids({0, 1}), 4, 2);
  EXPECT_TRUE(block.has_edges_between(3, 1));
  EXPECT_FALSE(block.has_edges_between(3, 0));
  EXPECT_ERROR(block.has_edges_between(1, 3), "dst", "3 is out of range");
}

TEST(EdgeIds, AreThoseOfTheEdges) {
  const Graph g = multigraph();
  EXPECT_EQ(g.edge_ids(3, 0), 4);
  EXPECT_EQ(g.edge_ids(0, 1), 0);
  EXPECT_EQ(list(g.edge_ids(ids({3, 2, 1}), ids({0, 1, 1}))), (Ids{4, 1, 3}));
  EXPECT_EQ(list(g.edge_ids(ids({2, 0, 1}), ids({1}))), (Ids{1, 0, 3}));
  EXPECT_EQ(users_and_items().edge_ids(1, 2, "buys"), 2);
}

TEST(EdgeIds, NameThePairWithoutAnEdge) {
  const Graph g = multigraph();
  EXPECT_ERROR(g.edge_ids(1, 0), "edge_ids", "no edge from node 1 to node 0", "1 of 1");
  EXPECT_ERROR(g.edge_ids(ids({0, 2, 4}), ids({1, 0, 4})), "from node 2 to node 0", "2 of 3 pairs");
}

TEST(EdgesBetween, ListsParallelEdgesAndLeavesOutMissingPairs) {
  const EdgeList found = multigraph().edges_between(ids({1, 0, 4, 3}), ids({1, 1, 0, 0}));
  EXPECT_EQ(list(found.src), (Ids{1, 0, 0, 3}));
  EXPECT_EQ(list(found.dst), (Ids{1, 1, 1, 0}));
  EXPECT_EQ(list(found.eid), (Ids{3, 0, 2, 4}));
}

TEST(EdgesBetween, FindsWhatASlowSearchFinds) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    for (const auto& [name, adjacency] : edge_cases(idtype)) {
      const EdgePair pairs = all_pairs(*adjacency);
      const EdgeList expected = slow_lookup(*adjacency, pairs);
      const Ids first = slow_first(*adjacency, pairs);
      for (const FormatSet& formats : {FormatSet{.coo = true}, FormatSet{.csr = true},
                                       FormatSet{.csc = true}, FormatSet{true, true, true}}) {
        const AdjacencyPtr edges = adjacency->restrict_to(formats);
        const EdgeList all = detail::find_all_edges(*edges, pairs.src, pairs.dst);
        expect_same_edges(all, expected, name);
        EXPECT_EQ(all.src.scalar_type(), idtype);
        EXPECT_EQ(all.eid.scalar_type(), idtype);
        expect_same_edges(detail::find_all_edges_with_aten(*edges, pairs.src, pairs.dst), expected,
                          name + " with ATen");
        const at::Tensor ids = detail::find_first_edges(*edges, pairs.src, pairs.dst);
        EXPECT_EQ(ids.scalar_type(), idtype);
        EXPECT_EQ(list(ids), first) << name;
        const at::Tensor same = detail::find_first_edges_with_aten(*edges, pairs.src, pairs.dst);
        EXPECT_EQ(same.scalar_type(), idtype);
        EXPECT_EQ(list(same), first) << name << " with ATen";
      }
    }
  }
}

TEST(EdgesBetween, MakesOneFormatForAFewPairs) {
  const Graph g = multigraph();
  EXPECT_FALSE(g.has_edges_between(3, 1));
  EXPECT_TRUE(g.adjacency()->has_csr());
  EXPECT_FALSE(g.adjacency()->has_csc());
  const at::Tensor zeros = at::zeros({10}, at::kLong);
  EXPECT_TRUE(g.has_edges_between(zeros, zeros + 1).all().item<bool>());
  EXPECT_TRUE(g.adjacency()->has_csc());
}

TEST(EdgesBetween, NamesTheArgumentThatIsWrong) {
  const Graph g = multigraph();
  EXPECT_ERROR(g.has_edges_between(5, 0), "has_edges_between", "src", "5 is out of range");
  EXPECT_ERROR(g.edge_ids(0, -1), "edge_ids", "dst", "-1 is out of range");
  EXPECT_ERROR(g.edges_between(ids({0, 9}), ids({0, 0})), "edges_between", "src", "9");
  EXPECT_ERROR(g.edge_ids(ids({0, 1}), ids({1, 1, 1})), "equal lengths", "2 and 3");
  EXPECT_ERROR(g.edge_ids(ids({0}).to(at::kInt), ids({1})), "src", "Int");
  EXPECT_ERROR(g.has_edges_between(ids({0}), at::Tensor()), "dst", "undefined");
  EXPECT_ERROR(users_and_items().edge_ids(0, 0), "edge type must be named");
}

TEST(Neighbors, RepeatForParallelEdges) {
  const Graph g = multigraph();
  EXPECT_EQ(list(g.predecessors(1)), (Ids{0, 2, 0, 1}));
  EXPECT_EQ(list(g.predecessors(4)), Ids{});
  EXPECT_EQ(list(g.successors(0)), (Ids{1, 1}));
  EXPECT_EQ(list(users_and_items().predecessors(2, "buys")), (Ids{0, 1}));
  EXPECT_EQ(g.to_int32().successors(0).scalar_type(), at::kInt);
  EXPECT_ERROR(g.successors(5), "successors", "5 is out of range");
  EXPECT_ERROR(g.predecessors(-1), "predecessors", "-1 is out of range");
}

TEST(Formats, TellWhatExists) {
  const Graph g = multigraph();
  EXPECT_EQ(g.formats().created, (Names{"coo"}));
  EXPECT_EQ(g.formats().not_created, (Names{"csr", "csc"}));
  static_cast<void>(g.adjacency()->csc());
  EXPECT_EQ(g.formats().created, (Names{"coo", "csc"}));
  g.create_formats_();
  EXPECT_EQ(g.formats().created, (Names{"coo", "csr", "csc"}));
  EXPECT_TRUE(g.formats().not_created.empty());
}

TEST(Formats, OfSeveralRelationsAreThoseOfAll) {
  const Graph g = users_and_items();
  static_cast<void>(g.adjacency("buys")->csr());
  EXPECT_EQ(g.formats().created, (Names{"coo"}));
  static_cast<void>(g.adjacency("follows")->csr());
  EXPECT_EQ(g.formats().created, (Names{"coo", "csr"}));
}

TEST(Formats, KeepWhatExistsOrMakeTheFirst) {
  const Graph g = multigraph();
  g.ndata()["h"] = at::ones({5});
  const Graph compressed = g.formats({"csc", "csr"});
  EXPECT_EQ(compressed.formats().created, (Names{"csr"}));
  EXPECT_EQ(compressed.formats().not_created, (Names{"csc"}));
  EXPECT_EQ(g.formats().created, (Names{"coo"}));
  const Graph both = g.formats({"coo", "csr"});
  EXPECT_EQ(both.formats().created, (Names{"coo"}));
  EXPECT_TRUE(both.adjacency()->coo().src.is_same(g.adjacency()->coo().src));
  compressed.ndata()["x"] = at::ones({5});
  EXPECT_TRUE(g.ndata().contains("x"));
  compressed.create_formats_();
  EXPECT_EQ(compressed.formats().created, (Names{"csr", "csc"}));
  EXPECT_EQ(list(compressed.adjacency()->csc().indices), list(g.adjacency()->csc().indices));
  EXPECT_EQ(g.formats({"csc"}).formats({"coo"}).formats().created, (Names{"coo"}));
}

TEST(Formats, RefuseWhatNeedsAnother) {
  const Graph coo = multigraph().formats({"coo"});
  EXPECT_EQ(list(coo.in_degrees()), (Ids{1, 4, 0, 0, 0}));
  EXPECT_EQ(list(coo.out_degrees()), (Ids{2, 1, 1, 1, 0}));
  EXPECT_EQ(coo.edge_ids(3, 0), 4);
  EXPECT_ERROR(coo.in_edges(ids({0})), "\"csc\" is needed", "[coo]", "Graph::formats");
  const Graph csr = multigraph().formats({"csr"});
  EXPECT_EQ(list(csr.out_degrees()), (Ids{2, 1, 1, 1, 0}));
  EXPECT_ERROR(csr.in_degrees(), "\"csc\" is needed", "[csr]");
  EXPECT_ERROR(csr.find_edges(ids({0})), "\"coo\" is needed");
  const Graph csc = multigraph().formats({"csc"});
  EXPECT_EQ(list(csc.in_degrees()), (Ids{1, 4, 0, 0, 0}));
  EXPECT_ERROR(csc.out_degrees(), "\"csr\" is needed", "[csc]");
  EXPECT_EQ(list(csc.to_int32().in_degrees()), (Ids{1, 4, 0, 0, 0}));
  EXPECT_ERROR(csc.to_int32().out_degrees(), "\"csr\" is needed");
  EXPECT_ERROR(multigraph().formats({"dense"}), "formats", "\"dense\"");
  EXPECT_ERROR(multigraph().formats(Names{}), "formats", "got none");
}

TEST(Formats, DegreesUseAFormatThatIsAllowed) {
  const Graph g = multigraph().formats({"csc"}).formats({"coo", "csc"});
  EXPECT_EQ(list(g.out_degrees()), (Ids{2, 1, 1, 1, 0}));
  const Graph h = multigraph().formats({"csr"}).formats({"coo", "csr"});
  EXPECT_EQ(list(h.in_degrees()), (Ids{1, 4, 0, 0, 0}));
}

}  // namespace
}  // namespace grapevine
