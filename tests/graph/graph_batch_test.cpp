#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "grapevine/graph/transform/add_reverse_edges.h"
#include "grapevine/graph/transform/batch.h"
#include "grapevine/graph/transform/edge_subgraph.h"
#include "grapevine/graph/transform/line_graph.h"
#include "grapevine/graph/transform/node_subgraph.h"
#include "grapevine/graph/transform/reverse.h"
#include "grapevine/graph/transform/self_loop.h"
#include "grapevine/graph/transform/sort_by_tag.h"
#include "grapevine/graph/transform/to_bidirected.h"
#include "grapevine/graph/transform/to_simple.h"
#include "grapevine/graph/transform/unbatch.h"
#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

const CanonicalEtype kFollows{"user", "follows", "user"};
const CanonicalEtype kLikes{"user", "likes", "item"};

/// 0 -> 1, 1 -> 1, 2 -> 0, 3 -> 4, 4 -> 4.
Graph plain(at::ScalarType idtype = at::kLong) {
  return graph(ids({0, 1, 2, 3, 4}, idtype), ids({1, 1, 0, 4, 4}, idtype), {.num_nodes = 6});
}

/// `plain` as a batch of two.
Graph pair(at::ScalarType idtype = at::kLong) {
  Graph g = plain(idtype);
  g.set_batch_num_nodes(ids({3, 3}, idtype));
  g.set_batch_num_edges(ids({3, 2}, idtype));
  return g;
}

void expect_batch(const Graph& g, const Ids& num_nodes, const Ids& num_edges) {
  EXPECT_EQ(g.batch_size(), std::ssize(num_nodes));
  EXPECT_EQ(list(g.batch_num_nodes()), num_nodes);
  EXPECT_EQ(list(g.batch_num_edges()), num_edges);
  EXPECT_EQ(g.batch_num_nodes().scalar_type(), g.idtype());
  EXPECT_EQ(g.batch_num_edges().scalar_type(), g.idtype());
}

TEST(GraphBatch, SingleGraphIsABatchOfOne) {
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    expect_batch(plain(idtype), {6}, {5});
    const Graph typed = social(idtype);
    EXPECT_EQ(typed.batch_size(), 1);
    EXPECT_EQ(list(typed.batch_num_nodes("item")), (Ids{3}));
    EXPECT_EQ(list(typed.batch_num_edges("likes")), (Ids{4}));
    EXPECT_EQ(typed.batch_num_edges(kLikes).scalar_type(), idtype);
  }
  expect_batch(Graph(), {0}, {0});
}

TEST(GraphBatch, CountsAreSetForThisHandleOnly) {
  Graph g = plain(at::kInt);
  const Graph before = g;
  g.set_batch_num_nodes(ids({3, 0, 3}, at::kInt));
  g.set_batch_num_edges(ids({3, 0, 2}, at::kInt));
  expect_batch(g, {3, 0, 3}, {3, 0, 2});
  expect_batch(before, {6}, {5});
  EXPECT_EQ(g.adjacency(), before.adjacency());
  g.ndata()["h"] = at::zeros({6, 1});
  EXPECT_TRUE(before.ndata().contains("h"));
}

TEST(GraphBatch, CountsAreCopied) {
  Graph g = plain();
  const at::Tensor counts = ids({3, 3});
  g.set_batch_num_nodes(counts);
  counts.zero_();
  EXPECT_EQ(list(g.batch_num_nodes()), (Ids{3, 3}));
}

TEST(GraphBatch, CountsOfSeveralTypesAreGivenByType) {
  Graph g = social();
  g.set_batch_num_nodes({{"user", ids({3, 1})}, {"item", ids({1, 2})}});
  g.set_batch_num_edges({{kFollows, ids({3, 1})}, {kLikes, ids({2, 2})}});
  EXPECT_EQ(g.batch_size(), 2);
  EXPECT_EQ(list(g.batch_num_nodes("user")), (Ids{3, 1}));
  EXPECT_EQ(list(g.batch_num_nodes("item")), (Ids{1, 2}));
  EXPECT_EQ(list(g.batch_num_edges("follows")), (Ids{3, 1}));
  EXPECT_EQ(list(g.batch_num_edges(kLikes)), (Ids{2, 2}));
}

TEST(GraphBatch, EdgesMustFollowANewBatchSize) {
  Graph g = plain();
  g.set_batch_num_nodes(ids({3, 3}));
  EXPECT_EQ(g.batch_size(), 2);
  EXPECT_ERROR(g.batch_num_edges(), "batch_num_edges", "2 graphs", "1 by its edges",
               "set_batch_num_edges");
  EXPECT_ERROR(unbatch(g), "batch_num_edges");
  EXPECT_ERROR(batch({g, g}), "batch_num_edges");
  g.set_batch_num_edges(ids({3, 2}));
  expect_batch(g, {3, 3}, {3, 2});
}

TEST(GraphBatch, SubgraphsBecomeBatchesAsInDgl) {
  Graph sub = node_subgraph(pair(), ids({0, 1, 3, 4}));
  expect_batch(sub, {4}, {4});
  sub.set_batch_num_nodes(ids({2, 2}));
  sub.set_batch_num_edges(ids({2, 2}));
  const std::vector<Graph> parts = unbatch(sub);
  EXPECT_EQ(list(parts[1].edges().uv().src), (Ids{0, 1}));
  EXPECT_EQ(list(parts[1].edges().uv().dst), (Ids{1, 1}));
}

TEST(GraphBatch, ConversionsKeepIt) {
  const Graph g = pair();
  expect_batch(g.clone(), {3, 3}, {3, 2});
  expect_batch(g.to(at::kCPU), {3, 3}, {3, 2});
  expect_batch(g.to_int32(), {3, 3}, {3, 2});
  expect_batch(g.to_int32().to_int64(), {3, 3}, {3, 2});
  expect_batch(g.formats({"csc"}), {3, 3}, {3, 2});
  expect_batch(sort_csr_by_tag(g, ids({0, 1, 0, 1, 0, 1})), {3, 3}, {3, 2});
  const LocalScope scope = g.local_scope();
  expect_batch(g, {3, 3}, {3, 2});
}

TEST(GraphBatch, RemovingSelfLoopsCountsTheEdgesLeft) {
  expect_batch(remove_self_loop(pair()), {3, 3}, {2, 1});
  expect_batch(remove_self_loop(pair(at::kInt)), {3, 3}, {2, 1});
  expect_batch(remove_self_loop(plain()), {6}, {3});
  const Graph typed = remove_self_loop(batch({social(), social()}), "follows");
  EXPECT_EQ(list(typed.batch_num_edges("follows")), (Ids{3, 3}));
  EXPECT_EQ(list(typed.batch_num_edges("likes")), (Ids{4, 4}));
}

TEST(GraphBatch, OtherTransformsGiveSingleGraphs) {
  const Graph g = pair();
  for (const Graph& single :
       {reverse(g), add_self_loop(g), add_reverse_edges(g), to_simple(g), to_bidirected(g),
        line_graph(g), g[kDefaultEtype], node_subgraph(g, ids({0})), edge_subgraph(g, ids({0}))}) {
    expect_batch(single, {single.num_nodes()}, {single.num_edges()});
  }
  const Graph relation = batch({social(), social()})["likes"];
  EXPECT_EQ(relation.batch_size(), 1);
  EXPECT_EQ(list(relation.batch_num_nodes("item")), (Ids{6}));
}

TEST(GraphBatch, RefusesBadCounts) {
  Graph g = plain();
  EXPECT_ERROR(g.set_batch_num_nodes(ids({3, 2})), "set_batch_num_nodes", "6 nodes", "sum of 5");
  EXPECT_ERROR(g.set_batch_num_nodes(ids({3, 4})), "set_batch_num_nodes", "6 nodes", "more");
  EXPECT_ERROR(g.set_batch_num_nodes(ids({7, -1})), "set_batch_num_nodes", "6 nodes");
  EXPECT_ERROR(g.set_batch_num_nodes(ids({-1, 7})), "set_batch_num_nodes", "-1");
  EXPECT_ERROR(g.set_batch_num_nodes(ids({3, 3}, at::kInt)), "set_batch_num_nodes", "Long", "Int");
  EXPECT_ERROR(g.set_batch_num_nodes(ids({6}).view({1, 1})), "set_batch_num_nodes", "1-D");
  EXPECT_ERROR(g.set_batch_num_nodes(at::tensor({3.0, 3.0})), "set_batch_num_nodes", "Double");
  EXPECT_ERROR(g.set_batch_num_nodes(at::Tensor()), "set_batch_num_nodes", "undefined");
  EXPECT_ERROR(g.set_batch_num_edges(ids({5, 5})), "set_batch_num_edges", "5 edges", "more");
  EXPECT_ERROR(g.set_batch_num_edges(ids({1, 1})), "set_batch_num_edges", "5 edges", "sum of 2");
  expect_batch(g, {6}, {5});
}

TEST(GraphBatch, RefusesBadTypes) {
  Graph g = social();
  EXPECT_ERROR(g.batch_num_nodes(), "node type", "item, user");
  EXPECT_ERROR(g.batch_num_nodes("shop"), "shop", "item, user");
  EXPECT_ERROR(g.batch_num_edges("buys"), "buys");
  EXPECT_ERROR(g.set_batch_num_nodes(ids({4})), "set_batch_num_nodes", "2 node types");
  EXPECT_ERROR(g.set_batch_num_edges(ids({4})), "set_batch_num_edges", "2 edge types");
  EXPECT_ERROR(g.set_batch_num_nodes({{"user", ids({4})}}), "set_batch_num_nodes", "\"item\"");
  EXPECT_ERROR(g.set_batch_num_nodes({{"user", ids({4})}, {"shop", ids({4})}}), "shop");
  EXPECT_ERROR(g.set_batch_num_nodes({{"user", ids({4})}, {"item", ids({1, 2})}}),
               "set_batch_num_nodes", "2 and 1");
  EXPECT_ERROR(g.set_batch_num_edges({{kLikes, ids({4})}}), "set_batch_num_edges", "follows");
  EXPECT_ERROR(g.set_batch_num_edges({{kLikes, ids({4})}, {kFollows, ids({2, 2})}}),
               "set_batch_num_edges", "2 and 1");
}

TEST(GraphBatch, BlocksAreNoBatches) {
  Graph block = tiny_block();
  EXPECT_EQ(block.batch_size(), 1);
  EXPECT_EQ(list(block.batch_num_edges()), (Ids{1}));
  EXPECT_ERROR(block.batch_num_nodes(), "batch_num_nodes", "block");
  EXPECT_ERROR(block.set_batch_num_nodes(ids({1})), "set_batch_num_nodes", "block");
  EXPECT_ERROR(block.set_batch_num_edges(ids({1})), "set_batch_num_edges", "block");
}

}  // namespace
}  // namespace grapevine
