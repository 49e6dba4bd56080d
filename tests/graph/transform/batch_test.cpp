#include "grapevine/graph/transform/batch.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "grapevine/graph/transform/node_subgraph.h"
#include "grapevine/graph/transform/unbatch.h"
#include "tests/support/backend.h"
#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

// DGL's examples.
Graph first(at::ScalarType idtype = at::kLong) {
  return graph(ids({0, 1, 2}, idtype), ids({1, 2, 3}, idtype));
}
Graph second(at::ScalarType idtype = at::kLong) {
  return graph(ids({0, 0, 0, 1}, idtype), ids({0, 1, 2, 0}, idtype));
}

TEST(Batch, NumbersTheGraphsOneAfterTheOther) {
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    const Graph both = batch({first(idtype), second(idtype)});
    EXPECT_EQ(both.idtype(), idtype);
    EXPECT_EQ(both.edges().uv().src.scalar_type(), idtype);
    EXPECT_EQ(list(both.edges().uv().src), (Ids{0, 1, 2, 4, 4, 4, 5}));
    EXPECT_EQ(list(both.edges().uv().dst), (Ids{1, 2, 3, 4, 5, 6, 4}));
    EXPECT_EQ(both.num_nodes(), 7);
    EXPECT_EQ(both.batch_size(), 2);
    EXPECT_EQ(list(both.batch_num_nodes()), (Ids{4, 3}));
    EXPECT_EQ(list(both.batch_num_edges()), (Ids{3, 4}));
    EXPECT_EQ(both.batch_num_nodes().scalar_type(), idtype);
  }
}

TEST(Batch, BatchesFlatten) {
  const Graph both = batch({first(), second()});
  const Graph all = batch({both, first(), both});
  EXPECT_EQ(all.batch_size(), 5);
  EXPECT_EQ(list(all.batch_num_nodes()), (Ids{4, 3, 4, 4, 3}));
  EXPECT_EQ(list(all.batch_num_edges()), (Ids{3, 4, 3, 3, 4}));
}

TEST(Batch, JoinsFeatures) {
  const Graph g1 = first();
  const Graph g2 = second();
  g1.ndata()["x"] = at::zeros({4, 3});
  g2.ndata()["x"] = at::ones({3, 3});
  g1.edata()["w"] = at::arange(3);
  g2.edata()["w"] = at::arange(4);
  const Graph both = batch({g1, g2});
  EXPECT_EQ(list(both.ndata()["x"]->sum(1)), (Ids{0, 0, 0, 0, 3, 3, 3}));
  EXPECT_EQ(list(both.edata()["w"]), (Ids{0, 1, 2, 0, 1, 2, 3}));
}

TEST(Batch, JoinsChosenFeaturesOnly) {
  const Graph g = first();
  g.ndata()["x"] = at::zeros({4, 3});
  g.ndata()["y"] = at::zeros({4});
  g.edata()["w"] = at::arange(3);
  const Graph other = first();
  other.ndata()["x"] = at::ones({4, 3});
  const std::vector<std::string> none;
  const Graph both = batch({g, other}, {.ndata = {{"x"}}, .edata = none});
  EXPECT_EQ(both.ndata().keys(), (std::vector<std::string>{"x"}));
  EXPECT_TRUE(both.edata().empty());
}

TEST(Batch, JoinsEveryRelation) {
  const CanonicalEtype plays{"user", "plays", "game"};
  const Graph g1 = heterograph({{plays, {ids({0, 1}), ids({0, 0})}}});
  const Graph g2 = heterograph({{plays, {ids({0, 0, 0}), ids({1, 0, 2})}}});
  const Graph both = batch({g1, g2});
  EXPECT_EQ(both.num_nodes("user"), 3);
  EXPECT_EQ(both.num_nodes("game"), 4);
  EXPECT_EQ(list(both.batch_num_nodes("user")), (Ids{2, 1}));
  EXPECT_EQ(list(both.batch_num_nodes("game")), (Ids{1, 3}));
  EXPECT_EQ(list(both.batch_num_edges("plays")), (Ids{2, 3}));
  EXPECT_EQ(list(both.edges().uv().src), (Ids{0, 1, 2, 2, 2}));
  EXPECT_EQ(list(both.edges().uv().dst), (Ids{0, 0, 2, 1, 3}));
  const Graph twice = batch({social(), social()});
  EXPECT_EQ(list(twice.nodes("item").data["h"]), (Ids{0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(list(twice.edges("follows").uv().dst), (Ids{1, 2, 0, 3, 5, 6, 4, 7}));
  EXPECT_EQ(list(twice.edges("likes").data["w"]), (Ids{0, 1, 2, 3, 0, 1, 2, 3}));
}

TEST(Batch, SkipsFeaturesOfGraphsWithoutRows) {
  const Graph g = first();
  g.ndata()["x"] = at::ones({4, 2});
  g.edata()["w"] = at::ones({3});
  const Graph empty = graph({}, {}, {.num_nodes = 0});
  const Graph lonely = graph({}, {}, {.num_nodes = 1});
  lonely.ndata()["x"] = at::zeros({1, 2});
  const Graph all = batch({empty, g, lonely, empty});
  EXPECT_EQ(list(all.batch_num_nodes()), (Ids{0, 4, 1, 0}));
  EXPECT_EQ(list(all.batch_num_edges()), (Ids{0, 3, 0, 0}));
  EXPECT_EQ(list(all.ndata()["x"]->sum(1)), (Ids{2, 2, 2, 2, 0}));
  EXPECT_EQ(all.edata()["w"]->size(0), 3);
}

TEST(Batch, GraphsWithoutRowsAtAllKeepTheirFeatures) {
  const Graph empty = graph({}, {}, {.num_nodes = 0});
  empty.ndata()["x"] = at::zeros({0, 5});
  EXPECT_EQ(batch({empty, empty}).ndata()["x"]->size(1), 5);
  const Graph bare = graph({}, {}, {.num_nodes = 0});
  EXPECT_ERROR(batch({empty, bare}), "batch", "graphs[1]");
}

TEST(Batch, OneGraphIsABatchOfOne) {
  const Graph g = random_graph(1, 5, 9);
  const Graph only = batch({g});
  EXPECT_EQ(only.batch_size(), 1);
  EXPECT_TRUE(at::equal(only.edges().uv().src, g.edges().uv().src));
  EXPECT_TRUE(at::equal(only.ndata()["h"], g.ndata()["h"]));
}

TEST(Batch, PassesGradientsToTheParts) {
  const Graph g1 = first();
  const Graph g2 = second();
  const at::Tensor x1 = at::ones({4, 2}).requires_grad_();
  const at::Tensor x2 = at::ones({3, 2}).requires_grad_();
  g1.ndata()["x"] = x1;
  g2.ndata()["x"] = x2;
  batch({g1, g2}).ndata()["x"]->pow(2).sum().backward();
  EXPECT_TRUE(at::equal(x1.grad(), at::ones({4, 2}).mul(2)));
  EXPECT_TRUE(at::equal(x2.grad(), at::ones({3, 2}).mul(2)));
}

TEST(Batch, TakesLazyFeaturesOfSubgraphs) {
  const Graph g = random_graph(2, 6, 20);
  const Graph a = node_subgraph(g, ids({5, 1}));
  const Graph b = node_subgraph(g, ids({2, 0, 4}));
  EXPECT_EQ(list(batch({a, b}).ndata()["h"]), (Ids{5, 1, 2, 0, 4}));
}

/// Graphs of several sizes, without edges, with self-loops and parallel edges.
std::vector<Graph> random_parts(std::uint64_t seed, at::ScalarType idtype) {
  std::vector<Graph> parts;
  for (std::int64_t i = 0; i < 6; ++i) {
    const auto own = static_cast<std::int64_t>(seed) + i;
    parts.push_back(random_graph(seed * 10 + static_cast<std::uint64_t>(i), 1 + own % 4,
                                 (own * 5) % 7, idtype));
  }
  return parts;
}

TEST(Batch, IsTheDisjointUnionInEveryFormat) {
  const std::vector<std::vector<std::string>> choices = {{},      {"coo"},        {"csc"},
                                                         {"csr"}, {"csr", "csc"}, {"coo", "csc"}};
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
      const std::vector<Graph> parts = random_parts(seed, idtype);
      Ids src;
      Ids dst;
      std::int64_t num_nodes = 0;
      for (const Graph& part : parts) {
        for (const std::int64_t id : list(part.edges().uv().src)) {
          src.push_back(num_nodes + id);
        }
        for (const std::int64_t id : list(part.edges().uv().dst)) {
          dst.push_back(num_nodes + id);
        }
        num_nodes += part.num_nodes();
      }
      for (const std::vector<std::string>& formats : choices) {
        std::vector<Graph> given;
        for (const Graph& part : parts) {
          given.push_back(formats.empty() ? part : part.formats(formats));
        }
        const Graph joined = batch(given);
        for (const Graph& part : unbatch(joined)) {
          EXPECT_EQ(part.adjacency()->allowed(), joined.adjacency()->allowed());
        }
        const FormatSet allowed = joined.adjacency()->allowed();
        EXPECT_EQ(allowed, given.front().adjacency()->allowed());
        const ops::Csr* rows = allowed.csc   ? &joined.adjacency()->csc()
                               : allowed.csr ? &joined.adjacency()->csr()
                                             : nullptr;
        if (rows != nullptr) {
          const AdjacencyPtr expected =
              Adjacency::from_coo(num_nodes, num_nodes, ids(src, idtype), ids(dst, idtype));
          const AdjacencyPtr actual =
              allowed.csc ? Adjacency::from_csc_unchecked(num_nodes, num_nodes, *rows)
                          : Adjacency::from_csc_unchecked(num_nodes, num_nodes, *rows)->reverse();
          EXPECT_TRUE(at::equal(actual->coo().src, expected->coo().src));
          EXPECT_TRUE(at::equal(actual->coo().dst, expected->coo().dst));
          const ops::Csr& wanted = allowed.csc ? expected->csc() : expected->csr();
          EXPECT_TRUE(at::equal(rows->indptr, wanted.indptr));
          EXPECT_EQ(rows->indices.scalar_type(), idtype);
        }
        if (allowed.coo) {
          EXPECT_EQ(list(joined.edges().uv().src), src);
          EXPECT_EQ(list(joined.edges().uv().dst), dst);
        }
      }
    }
  }
}

TEST(Batch, ConvertsNothingThatAllGraphsHave) {
  const Graph g = random_graph(3, 5, 12).formats({"csc"});
  const Graph free = heterograph({{{"_N", "_E", "_N"}, {ids({0}), ids({0})}}});
  const Graph joined = batch({g, g});
  EXPECT_EQ(joined.adjacency()->created(), (FormatSet{.csc = true}));
  EXPECT_EQ(batch({free, free}).adjacency()->created(), (FormatSet{.coo = true}));
  EXPECT_ERROR(batch({g, g.formats({"csr"})}), "batch", "format");
  EXPECT_EQ(batch({free, free.formats({"coo", "csc"})}).adjacency()->allowed(),
            (FormatSet{.coo = true, .csc = true}));
}

TEST(Batch, IsUndoneByUnbatch) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const std::vector<Graph> parts = random_parts(seed, at::kInt);
    const std::vector<Graph> again = unbatch(batch(parts));
    ASSERT_EQ(again.size(), parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      EXPECT_EQ(again[i].num_nodes(), parts[i].num_nodes());
      EXPECT_EQ(again[i].batch_size(), 1);
      EXPECT_EQ(again[i].idtype(), at::kInt);
      EXPECT_TRUE(at::equal(again[i].edges().uv().src, parts[i].edges().uv().src));
      EXPECT_TRUE(at::equal(again[i].edges().uv().dst, parts[i].edges().uv().dst));
      EXPECT_TRUE(at::equal(again[i].ndata()["h"], parts[i].ndata()["h"]));
      EXPECT_TRUE(at::equal(again[i].edata()["w"], parts[i].edata()["w"]));
    }
  }
}

TEST(Batch, RefusesGraphsThatDiffer) {
  EXPECT_ERROR(batch({}), "batch", "at least one graph");
  EXPECT_ERROR(batch({first(), tiny_block()}), "batch", "graphs[1]", "block");
  EXPECT_ERROR(batch({first(), first(at::kInt)}), "batch", "graphs[1]", "Long", "Int");
  EXPECT_ERROR(batch({first(), social()}), "batch", "graphs[1]", "node types", "item, user");
  const Graph a = heterograph({{{"a", "r", "a"}, {ids({0}), ids({0})}}});
  const Graph b = heterograph({{{"a", "s", "a"}, {ids({0}), ids({0})}}});
  EXPECT_ERROR(batch({a, b}), "batch", "graphs[1]", "('a', 'r', 'a')", "('a', 's', 'a')");
}

TEST(Batch, RefusesGraphsOnSeveralDevices) {
  for (const at::Device device : other_devices()) {
    EXPECT_ERROR(batch({first(), first().to(device)}), "batch", "graphs[1]", "cpu", device.str());
    Graph g = first().to(device);
    EXPECT_ERROR(g.set_batch_num_nodes(ids({4})), "set_batch_num_nodes", "cpu", device.str());
  }
}

TEST(Batch, RefusesFeaturesThatDiffer) {
  const Graph g = first();
  g.ndata()["x"] = at::zeros({4, 3});
  const Graph wide = first();
  wide.ndata()["x"] = at::zeros({4, 5});
  const Graph more = first();
  more.ndata()["x"] = at::zeros({4, 3});
  more.ndata()["y"] = at::zeros({4});
  const Graph whole = first();
  whole.ndata()["x"] = at::zeros({4, 3}, at::kLong);
  EXPECT_ERROR(batch({g, first()}), "batch", "nodes(\"_N\").data", "'x': [3] Float", "graphs[1]");
  EXPECT_ERROR(batch({first(), g}), "batch", "nodes(\"_N\").data", "graphs[1]");
  EXPECT_ERROR(batch({g, g, wide}), "batch", "graphs[2]", "[3]", "[5]");
  EXPECT_ERROR(batch({g, more}), "batch", "graphs[1]", "'y'");
  EXPECT_ERROR(batch({more, g}), "batch", "graphs[1]", "'y'");
  EXPECT_ERROR(batch({g, whole}), "batch", "Float", "Long");
  EXPECT_EQ(batch({g, more}, {.ndata = {{"x"}}}).ndata().size(), 1);
  EXPECT_ERROR(batch({more, g}, {.ndata = {{"y"}}}), "batch", "graphs[1]", "'y'");
  EXPECT_ERROR(batch({g, more}, {.ndata = {{"y"}}}), "batch", "graphs[0]", "\"y\"");
  const Graph edge = first();
  edge.edata()["w"] = at::zeros({3});
  EXPECT_ERROR(batch({first(), edge}), "batch", "edges(('_N', '_E', '_N')).data", "'w'");
}

}  // namespace
}  // namespace grapevine
