#include "grapevine/graph/transform/metis_partition_assignment.h"

#include <ATen/ops/bincount.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "grapevine/util/random.h"
#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

const std::vector<PartitionMode> kModes = {PartitionMode::kKWay, PartitionMode::kRecursive};

Ids sizes(const at::Tensor& parts, std::int64_t k) {
  return list(at::bincount(parts.to(at::kLong), {}, k));
}

std::int64_t cut(const Graph& g, const at::Tensor& parts) {
  const EdgePair ends = g.edges().uv();
  return parts.index_select(0, ends.src).ne(parts.index_select(0, ends.dst)).sum().item<int>();
}

/// A ring through all nodes and random edges besides.
Graph connected(std::uint64_t seed, std::int64_t num_nodes, std::int64_t num_more,
                at::ScalarType idtype = at::kLong) {
  const at::Tensor ring = at::arange(num_nodes, at::kLong);
  const AdjacencyPtr more = random_edges(seed, {num_nodes, num_nodes, num_more});
  return graph(at::cat({ring, more->coo().src}).to(idtype),
               at::cat({ring.roll(1), more->coo().dst}).to(idtype), {.num_nodes = num_nodes});
}

/// `num_groups` groups of 40 nodes, node i in group i % num_groups, with 10 edges from each node
/// into its group and one edge in 20 elsewhere.
Graph planted(std::int64_t num_groups) {
  Ids src;
  Ids dst;
  const std::int64_t num_nodes = 40 * num_groups;
  for (std::int64_t node = 0; node < num_nodes; ++node) {
    RandomStream stream = RandomKey(7).stream(static_cast<std::uint64_t>(node));
    for (int i = 0; i < 10; ++i) {
      src.push_back(node);
      dst.push_back(static_cast<std::int64_t>(stream.below(40)) * num_groups + node % num_groups);
    }
    if (node % 2 == 0) {
      src.push_back(node);
      dst.push_back(static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(num_nodes))));
    }
  }
  return graph(src, dst, {.num_nodes = num_nodes});
}

TEST(MetisPartitionAssignment, CutsTheBridgeOfTwoTriangles) {
  for (const PartitionMode mode : kModes) {
    for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
      const Graph g = graph(ids({0, 2, 4, 1, 3, 5, 0}, idtype), ids({2, 4, 0, 3, 5, 1, 1}, idtype));
      const at::Tensor parts = metis_partition_assignment(g, 2, {.mode = mode});
      EXPECT_EQ(parts.scalar_type(), idtype);
      const Ids got = list(parts);
      EXPECT_EQ(got, (Ids{got[0], 1 - got[0], got[0], 1 - got[0], got[0], 1 - got[0]}));
    }
  }
}

TEST(MetisPartitionAssignment, FindsAPlantedPartition) {
  for (const PartitionMode mode : kModes) {
    for (const PartitionObjective objective :
         {PartitionObjective::kCut, PartitionObjective::kVolume}) {
      if (mode == PartitionMode::kRecursive && objective == PartitionObjective::kVolume) {
        continue;  // which METIS does not have
      }
      const Graph g = planted(4);
      const at::Tensor parts =
          metis_partition_assignment(g, 4, {.mode = mode, .objective = objective});
      // At most 80 edges lead elsewhere, of 1680.
      EXPECT_LE(cut(g, parts), 100);
      const Ids of_node = list(parts);
      for (std::size_t node = 4; node < of_node.size(); ++node) {
        EXPECT_EQ(of_node[node], of_node[node % 4]) << node;
      }
    }
  }
}

TEST(MetisPartitionAssignment, MakesPartsOfAboutEqualSize) {
  for (const PartitionMode mode : kModes) {
    for (const std::int64_t k : {2, 3, 8}) {
      const Ids got =
          sizes(metis_partition_assignment(connected(1, 1200, 3000), k, {.mode = mode}), k);
      EXPECT_LE(*std::max_element(got.begin(), got.end()), 1200 * 21 / (20 * k));
      EXPECT_GE(*std::min_element(got.begin(), got.end()), 1200 * 4 / (5 * k));
    }
  }
}

TEST(MetisPartitionAssignment, LeavesNoPartEmpty) {
  for (const PartitionMode mode : kModes) {
    for (const std::int64_t num_nodes : {1, 2, 3, 7, 20}) {
      for (const std::int64_t num_more : {0, 5, 60}) {
        for (std::int64_t k = 1; k <= num_nodes; ++k) {
          const Graph g = connected(static_cast<std::uint64_t>(k), num_nodes, num_more, at::kInt);
          const Ids got = sizes(metis_partition_assignment(g, k, {.mode = mode}), k);
          ASSERT_EQ(got.size(), static_cast<std::size_t>(k));
          EXPECT_GE(*std::min_element(got.begin(), got.end()), 1) << num_nodes << " nodes, k " << k;
        }
      }
    }
  }
}

TEST(MetisPartitionAssignment, TakesGraphsWithoutEdgesAndIsolatedNodes) {
  for (const PartitionMode mode : kModes) {
    for (const Graph& g :
         {graph({}, {}, {.num_nodes = 12}), graph({3, 3}, {3, 3}, {.num_nodes = 9}),
          graph({0, 1, 1}, {1, 0, 0}, {.num_nodes = 10})}) {
      for (const std::int64_t k : {1, 3, 9}) {
        const Ids got = sizes(metis_partition_assignment(g, k, {.mode = mode}), k);
        EXPECT_GE(*std::min_element(got.begin(), got.end()), 1);
      }
    }
  }
  EXPECT_EQ(metis_partition_assignment(graph({}, {}), 1).numel(), 0);
}

TEST(MetisPartitionAssignment, CountsNeitherDirectionsNorLoopsNorParallelEdges) {
  const Graph g = planted(3);
  const EdgePair ends = g.edges().uv();
  const at::Tensor loops = at::arange(g.num_nodes());
  const Graph more = graph(at::cat({ends.dst, ends.src, ends.src, loops}),
                           at::cat({ends.src, ends.dst, ends.dst, loops}));
  EXPECT_TRUE(metis_partition_assignment(g, 3).equal(metis_partition_assignment(more, 3)));
}

TEST(MetisPartitionAssignment, GivesEachPartItsShareOfEachType) {
  const Graph g = connected(3, 400, 800);
  const at::Tensor types = at::arange(400).remainder(4).eq(0).to(at::kInt).mul(7);
  for (const bool balance_edges : {false, true}) {
    const at::Tensor parts =
        metis_partition_assignment(g, 4, {.balance_ntypes = types, .balance_edges = balance_edges});
    const Ids rare = sizes(parts.index_select(0, types.nonzero().squeeze(1)), 4);
    EXPECT_LE(*std::max_element(rare.begin(), rare.end()), 35);  // of 100
    EXPECT_GE(*std::min_element(rare.begin(), rare.end()), 15);
  }
}

TEST(MetisPartitionAssignment, BalancesInEdges) {
  // Ten nodes with 90 in-edges each from 900 others.
  const at::Tensor sources = at::arange(10, 910);
  const Graph g = graph(sources, at::arange(900).remainder(10));
  const at::Tensor parts = metis_partition_assignment(g, 2, {.balance_edges = true});
  EXPECT_EQ(list(at::bincount(parts, g.in_degrees(), 2)), (Ids{450, 450}));
}

TEST(MetisPartitionAssignment, IsTheSameEveryTime) {
  const Graph g = connected(5, 2000, 6000);
  const at::Tensor expected = metis_partition_assignment(g, 7);
  std::srand(99);
  EXPECT_TRUE(metis_partition_assignment(g, 7).equal(expected));
  at::Tensor left;
  at::Tensor right;
  std::thread other([&] { left = metis_partition_assignment(g, 7); });
  right = metis_partition_assignment(g, 7);
  other.join();
  EXPECT_TRUE(left.equal(expected));
  EXPECT_TRUE(right.equal(expected));
}

TEST(MetisPartitionAssignment, BadInputIsNamed) {
  const Graph g = connected(1, 10, 5);
  EXPECT_ERROR(metis_partition_assignment(g, 0), "metis_partition_assignment: k", "1 to 10", "0");
  EXPECT_ERROR(metis_partition_assignment(g, 11), "metis_partition_assignment: k", "10", "11");
  EXPECT_ERROR(metis_partition_assignment(graph({}, {}), 2), "k:", "2");
  EXPECT_ERROR(metis_partition_assignment(social(), 2), "one node type");
  EXPECT_ERROR(metis_partition_assignment(tiny_block(), 2), "block");
  EXPECT_ERROR(metis_partition_assignment(g, 2, {.balance_ntypes = at::arange(9)}),
               "balance_ntypes", "10", "9");
  EXPECT_ERROR(metis_partition_assignment(g, 2, {.balance_ntypes = at::full({10}, 1.0)}),
               "balance_ntypes", "integers", "Float");
  EXPECT_ERROR(
      metis_partition_assignment(
          g, 2, {.mode = PartitionMode::kRecursive, .objective = PartitionObjective::kVolume}),
      "objective", "recursive");
}

}  // namespace
}  // namespace grapevine
