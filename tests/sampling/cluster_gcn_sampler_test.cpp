#include "grapevine/sampling/cluster_gcn_sampler.h"

#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "grapevine/dataloading/data_loader.h"
#include "grapevine/graph/transform/node_subgraph.h"
#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::sampling {
namespace {

using namespace testing_support;

Clusters three_clusters() { return {ids({0, 2, 2, 5}), ids({4, 1, 0, 2, 3})}; }

TEST(ClusterGCNSampler, EveryNodeIsInOneCluster) {
  for (const Graph& g : {random_graph(200, 1500), random_graph(200, 1500).to_int32()}) {
    const ClusterGCNSampler sampler(g, 8);
    EXPECT_EQ(sampler.num_clusters(), 8);
    std::vector<std::int64_t> seen;
    for (std::int64_t cluster = 0; cluster < 8; ++cluster) {
      const MiniBatch batch = sampler.sample(g, at::full({1}, cluster, g.idtype()), RandomKey(0));
      const std::vector<std::int64_t> nodes = list(batch.input_nodes);
      EXPECT_FALSE(nodes.empty());
      EXPECT_TRUE(std::is_sorted(nodes.begin(), nodes.end()));
      seen.insert(seen.end(), nodes.begin(), nodes.end());
    }
    std::sort(seen.begin(), seen.end());
    std::vector<std::int64_t> expected(200);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(seen, expected);
  }
}

TEST(ClusterGCNSampler, ClustersAreThoseOfMetis) {
  const Graph g = random_graph(200, 1500);
  const at::Tensor assignment = metis_partition_assignment(g, 4, {.balance_edges = true});
  const ClusterGCNSampler sampler(g, 4, {.balance_edges = true});
  for (std::int64_t cluster = 0; cluster < 4; ++cluster) {
    const MiniBatch batch = sampler.sample(g, ids({cluster}), RandomKey(0));
    EXPECT_TRUE(at::equal(batch.input_nodes.tensor(), assignment.eq(cluster).nonzero().flatten()));
  }
}

TEST(ClusterGCNSampler, ClustersOfAnAssignmentMayBeEmpty) {
  const Clusters clusters = clusters_of(at::tensor({2, 0, 2, 0, 0}, at::kInt), 4);
  EXPECT_EQ(list(clusters.offsets), (std::vector<std::int64_t>{0, 3, 3, 5, 5}));
  EXPECT_EQ(list(clusters.node_ids), (std::vector<std::int64_t>{1, 3, 4, 0, 2}));
  EXPECT_ERROR(clusters_of(ids({0, 4}), 4), "assignment", "4", "0 to 3");
}

TEST(ClusterGCNSampler, ABatchIsTheSubgraphOfItsClusters) {
  const Graph g = graph({0, 1, 4, 2, 3, 1, 4}, {1, 4, 1, 0, 3, 2, 2}, {.num_nodes = 5});
  g.ndata()["x"] = at::arange(5, at::kFloat);
  const ClusterGCNSampler sampler(three_clusters());
  const auto nodes_of = [&](const at::Tensor& seeds) {
    return list(sampler.sample(g, seeds, RandomKey(0)).input_nodes);
  };
  EXPECT_EQ(nodes_of(ids({0})), (std::vector<std::int64_t>{4, 1}));
  EXPECT_EQ(nodes_of(ids({2, 0})), (std::vector<std::int64_t>{0, 2, 3, 4, 1}));
  EXPECT_TRUE(nodes_of(ids({1})).empty());
  EXPECT_TRUE(nodes_of(ids({})).empty());
  const MiniBatch batch = sampler.sample(g, ids({0, 1}), RandomKey(0));
  expect_same_ids(batch.input_nodes, batch.output_nodes);
  ASSERT_EQ(batch.blocks.size(), 1U);
  const Graph& subgraph = batch.blocks[0];
  EXPECT_EQ(list(subgraph.edata()[EID]), (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(list(subgraph.ndata()[NID]), (std::vector<std::int64_t>{4, 1}));
  EXPECT_TRUE(at::equal(subgraph.ndata()["x"], at::tensor({4.0, 1.0}, at::kFloat)));
  const MiniBatch less = sampler.sample_excluding(g, ids({0, 1}), ids({2}), RandomKey(0));
  EXPECT_EQ(list(less.blocks[0].edata()[EID]), (std::vector<std::int64_t>{1}));
}

TEST(ClusterGCNSampler, ALoaderTakesClustersAsSeeds) {
  const Graph g = random_graph(200, 1500);
  dataloading::DataLoader loader(g, at::arange(8, at::kLong), ClusterGCNSampler(g, 8),
                                 {.batch_size = 3, .shuffle = true, .num_workers = 2, .seed = 1});
  std::int64_t batches = 0;
  std::int64_t nodes = 0;
  for (auto& [input_nodes, output_nodes, blocks] : loader) {
    EXPECT_EQ(blocks.at(0).num_nodes(), input_nodes.num_ids());
    nodes += input_nodes.num_ids();
    ++batches;
  }
  EXPECT_EQ(batches, 3);
  EXPECT_EQ(nodes, 200);
}

TEST(ClusterGCNSampler, RefusesBadArguments) {
  EXPECT_ERROR(ClusterGCNSampler({ids({0, 2}), ids({0, 1, 2})}), "offsets", "3 nodes");
  EXPECT_ERROR(ClusterGCNSampler({ids({0, 2, 1, 3}), ids({0, 1, 2})}), "offsets");
  EXPECT_ERROR(ClusterGCNSampler({ids({0, 3}), ids({0, 1, 1})}), "node_ids", "once");
  EXPECT_ERROR(ClusterGCNSampler({at::tensor({0.0, 1.0}), ids({0})}), "offsets", "int64");
  const ClusterGCNSampler sampler(three_clusters());
  const RandomKey key(0);
  const Graph g = graph({0}, {4});
  EXPECT_ERROR(sampler.sample(g, ids({3}), key), "cluster", "3", "0 to 2");
  EXPECT_ERROR(sampler.sample(graph({0}, {5}), ids({0}), key), "5 nodes", "6");
  EXPECT_ERROR(sampler.sample(typed_graph(), ids({0}), key), "homogeneous");
  EXPECT_ERROR(ClusterGCNSampler(g, 6), "6");
}

}  // namespace
}  // namespace grapevine::sampling
