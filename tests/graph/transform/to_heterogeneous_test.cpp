#include "grapevine/graph/transform/to_heterogeneous.h"

#include <gtest/gtest.h>

#include "grapevine/graph/transform/to_homogeneous.h"
#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

const std::vector<std::string> kNodeTypes = {"paper", "author"};
const std::vector<std::string> kEdgeTypes = {"cites", "writes"};

/// Nodes 0, 2 are papers and 1, 3, 4 authors; author 1 writes 0, 0 cites 2, 4 writes 2, 3 cites 0.
Graph typed() {
  Graph g = graph({1, 0, 4, 3}, {0, 2, 2, 0});
  g.ndata()[NTYPE] = ids({0, 1, 0, 1, 1});
  g.edata()[ETYPE] = ids({1, 0, 1, 0});
  g.ndata()["h"] = at::arange(5);
  g.edata()["w"] = at::arange(4);
  return g;
}

TEST(ToHeterogeneous, SplitsNodesAndEdgesByType) {
  const Graph g = to_heterogeneous(typed(), kNodeTypes, kEdgeTypes);
  EXPECT_EQ(g.canonical_etypes(), (std::vector<CanonicalEtype>{{"author", "cites", "paper"},
                                                               {"author", "writes", "paper"},
                                                               {"paper", "cites", "paper"}}));
  EXPECT_EQ(list(g.nodes("paper").data[NID]), (Ids{0, 2}));
  EXPECT_EQ(list(g.nodes("author").data[NID]), (Ids{1, 3, 4}));
  EXPECT_EQ(list(g.nodes("author").data["h"]), (Ids{1, 3, 4}));
  EXPECT_EQ(list(g.edges("writes").uv().src), (Ids{0, 2}));
  EXPECT_EQ(list(g.edges("writes").uv().dst), (Ids{0, 1}));
  EXPECT_EQ(list(g.edges("writes").data[EID]), (Ids{0, 2}));
  EXPECT_EQ(list(g.edges("writes").data["w"]), (Ids{0, 2}));
  EXPECT_EQ(g.nodes("paper").data.keys(), (std::vector<std::string>{NID, "h"}));
  EXPECT_TRUE(g.nodes("paper").data.frame()->columns().at("h")->is_lazy());
}

TEST(ToHeterogeneous, TakesRelationsFromAMetagraph) {
  const Graph g = typed();
  g.edata()[ETYPE] = ids({1, 0, 1, 1});
  const std::vector<CanonicalEtype> metagraph = {
      {"paper", "cites", "paper"}, {"author", "writes", "paper"}, {"author", "cites", "author"}};
  const Graph split = to_heterogeneous(g, kNodeTypes, kEdgeTypes, {.metagraph = metagraph});
  EXPECT_EQ(split.num_edges(CanonicalEtype{"author", "cites", "author"}), 0);
  EXPECT_EQ(split.num_edges("writes"), 3);
  EXPECT_ERROR(to_heterogeneous(typed(), kNodeTypes, kEdgeTypes, {.metagraph = metagraph}),
               "metagraph", "('author', 'cites', 'paper')");
}

TEST(ToHeterogeneous, ReadsTheFieldsThatAreNamed) {
  const Graph g = typed();
  g.ndata()["kind"] = ids({1, 1, 1, 1, 1}, at::kInt);
  const Graph split = to_heterogeneous(g, kNodeTypes, kEdgeTypes, {.ntype_field = "kind"});
  EXPECT_EQ(split.num_nodes("paper"), 0);
  EXPECT_EQ(split.num_nodes("author"), 5);
  EXPECT_TRUE(split.nodes("author").data.contains(NTYPE));
}

TEST(ToHeterogeneous, UndoesToHomogeneous) {
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    const Graph g = social(idtype);
    const Graph again = to_heterogeneous(to_homogeneous(g, {.ndata = {"h"}, .edata = {"w"}}),
                                         g.ntypes(), g.etypes());
    EXPECT_EQ(again.idtype(), idtype);
    EXPECT_EQ(again.canonical_etypes(), g.canonical_etypes());
    for (const std::string& type : g.ntypes()) {
      EXPECT_EQ(list(again.nodes(type).data["h"]), list(g.nodes(type).data["h"]));
    }
    for (const CanonicalEtype& type : g.canonical_etypes()) {
      EXPECT_TRUE(again.edges(type).uv().src.equal(g.edges(type).uv().src));
      EXPECT_TRUE(again.edges(type).uv().dst.equal(g.edges(type).uv().dst));
      EXPECT_EQ(list(again.edges(type).data["w"]), list(g.edges(type).data["w"]));
    }
  }
}

TEST(ToHeterogeneous, JoinsRelationsThatShareAName) {
  const Graph g = heterograph(
      {{{"a", "r", "a"}, {ids({0, 1}), ids({1, 0})}}, {{"a", "r", "b"}, {ids({1}), ids({0})}}});
  const Graph again = to_heterogeneous(to_homogeneous(g), g.ntypes(), g.etypes());
  EXPECT_EQ(again.canonical_etypes(), g.canonical_etypes());
  EXPECT_EQ(again.num_edges(CanonicalEtype{"a", "r", "a"}), 2);
  // Two places of one name are one relation.
  const Graph h = typed();
  h.ndata()[NTYPE] = ids({0, 0, 0, 0, 0});
  const Graph joined = to_heterogeneous(h, {"n"}, {"r", "r"});
  EXPECT_EQ(list(joined.edges().data[EID]), (Ids{0, 1, 2, 3}));
}

TEST(ToHeterogeneous, RefusesBadTypes) {
  const Graph g = typed();
  EXPECT_ERROR(to_heterogeneous(g, {"paper"}, kEdgeTypes), "ntype_field", "type 1", "1 names");
  EXPECT_ERROR(to_heterogeneous(g, kNodeTypes, {"cites"}), "etype_field", "type 1");
  EXPECT_ERROR(to_heterogeneous(g, {"a", "a"}, kEdgeTypes), "ntypes", "twice");
  EXPECT_ERROR(to_heterogeneous(g, {"a", ""}, kEdgeTypes), "ntypes", "empty");
  EXPECT_ERROR(to_heterogeneous(g, {}, kEdgeTypes), "ntypes", "at least one");
  EXPECT_ERROR(to_heterogeneous(g, kNodeTypes, kEdgeTypes, {.ntype_field = "x"}), "ntype_field",
               "\"x\"");
  EXPECT_ERROR(
      to_heterogeneous(g, kNodeTypes, kEdgeTypes, {.metagraph = {{"paper", "cites", "venue"}}}),
      "metagraph", "\"venue\"");
  g.edata()[ETYPE] = at::arange(4).to(at::kFloat);
  EXPECT_ERROR(to_heterogeneous(g, kNodeTypes, kEdgeTypes), "etype_field", "Float");
  EXPECT_ERROR(to_heterogeneous(social(), kNodeTypes, kEdgeTypes), "to_heterogeneous",
               "one node type");
  EXPECT_ERROR(to_heterogeneous(tiny_block(), kNodeTypes, kEdgeTypes), "block");
}

}  // namespace
}  // namespace grapevine
