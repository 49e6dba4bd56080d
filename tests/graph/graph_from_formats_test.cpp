#include "grapevine/graph/graph_from_formats.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "grapevine/graph/detail/check_csr.h"
#include "tests/support/expect_error.h"
#include "tests/support/graphs.h"
#include "tests/support/ids.h"

namespace grapevine {
namespace {

using testing_support::edge_cases;
using Ids = std::vector<std::int64_t>;

using testing_support::ids;
using testing_support::list;

TEST(GraphFromCsr, NumbersEdgesAsTheyStand) {
  const Graph g = graph_from_csr(ids({0, 2, 2, 3}), ids({1, 2, 0}));
  EXPECT_EQ(g.num_nodes(), 3);
  EXPECT_TRUE(g.is_homogeneous());
  EXPECT_EQ(g.formats().created, std::vector<std::string>{"csr"});
  EXPECT_EQ(list(g.edges().uv().src), (Ids{0, 0, 2}));
  EXPECT_EQ(list(g.edges().uv().dst), (Ids{1, 2, 0}));
}

TEST(GraphFromCsr, TakesEdgeIds) {
  const Graph g = graph_from_csr(ids({0, 2, 2, 3}), ids({1, 2, 0}), ids({2, 0, 1}));
  EXPECT_EQ(list(g.edges().uv().src), (Ids{0, 2, 0}));
  EXPECT_EQ(list(g.edges().uv().dst), (Ids{2, 0, 1}));
  EXPECT_EQ(list(graph_from_csr(ids({0, 1}), ids({0}), ids({})).edges().eid()), Ids{0});
}

TEST(GraphFromCsc, GroupsByDestination) {
  const Graph g = graph_from_csc(ids({0, 2, 2, 3}), ids({1, 2, 0}));
  EXPECT_EQ(g.formats().created, std::vector<std::string>{"csc"});
  EXPECT_EQ(list(g.edges().uv().src), (Ids{1, 2, 0}));
  EXPECT_EQ(list(g.edges().uv().dst), (Ids{0, 0, 2}));
  EXPECT_EQ(list(g.in_degrees()), (Ids{2, 0, 1}));
}

TEST(GraphFromCsr, HasAsManyNodesAsRowsOrIdsShow) {
  EXPECT_EQ(graph_from_csr(ids({0, 1}), ids({7})).num_nodes(), 8);
  const Graph g = graph_from_csr(ids({0, 1}), ids({0}), {}, {.num_nodes = 4});
  EXPECT_EQ(list(g.out_degrees()), (Ids{1, 0, 0, 0}));
  EXPECT_EQ(graph_from_csr(ids({0}), ids({})).num_nodes(), 0);
  EXPECT_EQ(graph_from_csr(ids({0, 0, 0}), ids({})).num_nodes(), 2);
}

TEST(GraphFromCsr, ComesBackFromEveryGraph) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    for (const auto& [name, edges] : edge_cases(idtype)) {
      const AdjacencyParts in_coo = {.coo = edges->coo()};
      const AdjacencyParts in_csr = {.csr = edges->csr()};
      const AdjacencyParts in_csc = {.csc = edges->csc()};
      const AdjacencyParts in_all = {edges->coo(), edges->csr(), edges->csc()};
      for (const AdjacencyParts& parts : {in_coo, in_csr, in_csc, in_all}) {
        const Graph g = heterograph_from_formats(
            {{{"a", "r", "b"}, parts}}, {{"a", edges->num_src()}, {"b", edges->num_dst()}});
        EXPECT_EQ(g.idtype(), idtype) << name;
        EXPECT_TRUE(at::equal(g.edges().uv().src, edges->coo().src)) << name;
        EXPECT_TRUE(at::equal(g.edges().uv().dst, edges->coo().dst)) << name;
        EXPECT_TRUE(at::equal(g.in_degrees(), edges->in_degrees())) << name;
      }
    }
  }
}

TEST(GraphFromCsr, TakesInt32AndMixedOffsets) {
  const Graph g = graph_from_csr(ids({0, 1, 2}).to(at::kInt), ids({1, 0}).to(at::kInt));
  EXPECT_EQ(g.idtype(), at::kInt);
  EXPECT_EQ(g.adjacency()->csr().indptr.scalar_type(), at::kLong);
  EXPECT_EQ(graph_from_csr(ids({0, 1}), ids({0}).to(at::kInt)).idtype(), at::kInt);
  EXPECT_EQ(graph_from_csc(ids({0, 1}).to(at::kInt), ids({0})).idtype(), at::kLong);
}

TEST(GraphFromCsr, RefusesWhatIsNotWellFormed) {
  EXPECT_ERROR(graph_from_csr(ids({1, 2}), ids({0, 0})), "csr: indptr", "to be 0, got 1");
  EXPECT_ERROR(graph_from_csr(ids({0, 1}), ids({0, 0})), "csr: indptr", "2, got 1");
  EXPECT_ERROR(graph_from_csr(ids({0, 2, 1, 2}), ids({0, 0})), "csr: indptr", "never decrease");
  EXPECT_ERROR(graph_from_csr(ids({0, std::numeric_limits<std::int64_t>::max(),
                                   std::numeric_limits<std::int64_t>::min(), 1}),
                              ids({0})),
               "csr: indptr", "never decrease");
  EXPECT_ERROR(graph_from_csc(ids({0, 1}), ids({-1})), "csc: indices", "-1 is out of range");
  EXPECT_ERROR(graph_from_csr(ids({}), ids({})), "csr: indptr", "one more than");
  EXPECT_ERROR(graph_from_csr(at::Tensor(), ids({})), "csr: indptr");
  EXPECT_ERROR(graph_from_csr(ids({0}), at::Tensor()), "csr: indices");
  EXPECT_ERROR(graph_from_csr(at::zeros({1}), ids({})), "csr: indptr", "Float");
  EXPECT_ERROR(graph_from_csr(ids({0, 1}), at::zeros({1})), "csr: indices", "Float");
  EXPECT_ERROR(graph_from_csr(ids({0, 1}), at::zeros({1, 1}, at::kLong)), "csr: indices",
               "2 dimensions");
  EXPECT_ERROR(graph_from_csr(ids({0, 2}), ids({0, 0}), ids({0})), "edge_ids", "2 indices, got 1");
  EXPECT_ERROR(graph_from_csr(ids({0, 2}), ids({0, 0}), ids({0, 0})), "edge_ids", "0 to 1 once");
  EXPECT_ERROR(graph_from_csr(ids({0, 2}), ids({0, 0}), ids({0, 2})), "edge_ids", "2 is out");
  EXPECT_ERROR(graph_from_csr(ids({0, 1}), ids({0}), ids({0}).to(at::kInt)), "edge_ids", "Int");
  EXPECT_ERROR(graph_from_csr(ids({0, 1, 1}), ids({0}), {}, {.num_nodes = 1}), "num_nodes",
               "got 1 and 1");
  EXPECT_ERROR(graph_from_csr(ids({0, 1}), ids({5}), {}, {.num_nodes = 3}), "num_nodes",
               "got 3 and 5");
  EXPECT_ERROR(graph_from_csr(ids({0}), ids({}), {}, {.num_nodes = -1}), "num_nodes", "-1");
}

TEST(HeterographFromFormats, MixesFormats) {
  const Graph g = heterograph_from_formats(
      {{{"user", "buys", "item"}, {.csr = ops::Csr{ids({0, 1, 3}), ids({2, 0, 2}), {}}}},
       {{"user", "follows", "user"}, {.coo = ops::Coo{ids({0, 1}), ids({1, 0})}}},
       {{"item", "sold by", "user"}, {.csc = ops::Csr{ids({0, 0, 1}), ids({1}), {}}}}},
      {{"user", 3}});
  EXPECT_EQ(g.num_nodes("user"), 3);
  EXPECT_EQ(g.num_nodes("item"), 3);
  EXPECT_EQ(list(g.out_degrees({}, "buys")), (Ids{1, 2, 0}));
  EXPECT_EQ(list(g.in_degrees({}, "sold by")), (Ids{0, 1, 0}));
  EXPECT_EQ(g.edge_ids(1, 0, "follows"), 1);
}

TEST(HeterographFromFormats, NamesTheRelationThatIsWrong) {
  const ops::Coo edge = {ids({0}), ids({1})};
  const ops::Coo other = {ids({1}), ids({0})};
  const auto csr = [](const ops::Coo& coo) {
    return graph(coo.src, coo.dst, {.num_nodes = 2}).adjacency()->csr();
  };
  const auto csc = [](const ops::Coo& coo) {
    return graph(coo.src, coo.dst, {.num_nodes = 2}).adjacency()->csc();
  };
  const auto make = [](const AdjacencyParts& parts) {
    return heterograph_from_formats({{{"a", "r", "a"}, parts}});
  };
  EXPECT_ERROR(make({}), "('a', 'r', 'a')", "got none");
  EXPECT_ERROR(make({.coo = edge, .csr = csr(other)}), "('a', 'r', 'a')", "coo and csr");
  EXPECT_ERROR(make({.coo = edge, .csc = csc(other)}), "('a', 'r', 'a')", "coo and csc");
  EXPECT_ERROR(make({.csr = csr(edge), .csc = csc(other)}), "('a', 'r', 'a')", "csr and csc");
  EXPECT_ERROR(heterograph_from_formats({}), "at least one");
  EXPECT_ERROR(heterograph_from_formats({{{"a", "", "a"}, {.coo = edge}}}), "must not be empty");
  EXPECT_ERROR(heterograph_from_formats({{{"a", "r", "a"}, {.coo = edge}}}, {{"a", 1}}), "\"a\"",
               "got 1 and 1");
  EXPECT_ERROR(
      heterograph_from_formats(
          {{{"a", "r", "a"}, {.coo = edge}},
           {{"a", "s", "a"}, {.coo = ops::Coo{ids({0}).to(at::kInt), ids({0}).to(at::kInt)}}}}),
      "('a', 's', 'a')", "Int");
}

TEST(Adjacency, FormatsAreComparedInPlainAtenToo) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    for (const auto& [name, edges] : edge_cases(idtype)) {
      const ops::Coo& coo = edges->coo();
      EXPECT_TRUE(detail::agree_with_aten(edges->csr(), coo.src, coo.dst)) << name;
      EXPECT_TRUE(detail::agree_with_aten(edges->csc(), coo.dst, coo.src)) << name;
    }
  }
  const AdjacencyPtr edges = graph({0, 1}, {2, 2}).adjacency();
  EXPECT_FALSE(detail::agree_with_aten(edges->csr(), ids({0, 0}), ids({2, 2})));
  EXPECT_FALSE(detail::agree_with_aten(edges->csr(), ids({0, 1}), ids({2, 1})));
}

TEST(Adjacency, FormatsOfOtherRowsDisagree) {
  // The same columns by position, but the rows begin elsewhere.
  EXPECT_ERROR(Adjacency::from_formats(3, 3,
                                       {.coo = ops::Coo{ids({0, 1}), ids({2, 2})},
                                        .csr = ops::Csr{ids({0, 1, 1, 2}), ids({2, 2}), {}}}),
               "coo and csr");
}

}  // namespace
}  // namespace grapevine
