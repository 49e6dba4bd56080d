#include "grapevine/sampling/random_walk.h"

#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::sampling {
namespace {

using namespace testing_support;

const RandomKey kWalkKey(5);

/// Expects each step along an edge of the metapath, with its id, and -1 from a dead end on.
void expect_walks(const Graph& g, const RandomWalks& walks, const std::vector<EtypeKey>& metapath) {
  for (std::int64_t walk = 0; walk < walks.traces.size(0); ++walk) {
    const std::vector<std::int64_t> nodes = list(walks.traces[walk]);
    const std::vector<std::int64_t> edges = list(walks.eids[walk]);
    ASSERT_EQ(nodes.size(), metapath.size() + 1);
    for (std::size_t step = 0; step < metapath.size(); ++step) {
      if (edges[step] < 0) {
        EXPECT_EQ(nodes[step + 1], -1);
        continue;
      }
      const EdgePair ends = g.find_edges(at::full({1}, edges[step], g.idtype()), metapath[step]);
      EXPECT_EQ(ends.src.item<std::int64_t>(), nodes[step]);
      EXPECT_EQ(ends.dst.item<std::int64_t>(), nodes[step + 1]);
    }
  }
}

TEST(RandomWalk, GoesAlongEdges) {
  const Graph base = random_graph(100, 800);
  const std::vector<EtypeKey> metapath(6, EtypeKey());
  for (const Graph& g : {base, base.to_int32()}) {
    const at::Tensor starts = at::arange(100, g.idtype()).repeat({3});
    const RandomWalks walks = random_walk(g, starts, metapath, {}, kWalkKey);
    EXPECT_EQ(walks.traces.scalar_type(), g.idtype());
    EXPECT_EQ(walks.types, std::vector<std::int64_t>(7, 0));
    EXPECT_TRUE(at::equal(walks.traces.select(1, 0), starts));
    EXPECT_FALSE(at::equal(walks.traces.narrow(0, 0, 100), walks.traces.narrow(0, 100, 100)));
    EXPECT_TRUE(walks.eids[99].eq(-1).all().item<bool>());  // the last node has no edges
    expect_walks(g, walks, metapath);
  }
}

TEST(RandomWalk, FollowsAMetapath) {
  const Graph g = typed_graph();
  const std::vector<EtypeKey> metapath = {"follows", "buys", "liked-by", "buys"};
  const RandomWalks walks = random_walk(g, at::arange(60, at::kLong), metapath, {}, kWalkKey);
  EXPECT_EQ(walks.types, (std::vector<std::int64_t>{2, 2, 0, 2, 0}));
  expect_walks(g, walks, metapath);
}

TEST(RandomWalk, ChoosesByWeightOrMask) {
  const Graph g = random_graph(100, 800);
  const std::vector<EtypeKey> metapath(4, EtypeKey());
  for (const std::string prob : {"weight", "mask"}) {
    const RandomWalks walks =
        random_walk(g, at::arange(100, at::kLong), metapath, {.prob = prob}, kWalkKey);
    expect_walks(g, walks, metapath);
    const at::Tensor edges = walks.eids.masked_select(walks.eids.ge(0));
    EXPECT_GT(edges.numel(), 100);
    EXPECT_TRUE(g.edata()[prob]->index_select(0, edges).gt(0).all().item<bool>());
  }
  const Graph fork = graph({0, 0}, {1, 2});
  fork.edata()["p"] = at::tensor({1.0, 3.0});
  const RandomWalks walks =
      random_walk(fork, at::zeros({4000}, at::kLong), {EtypeKey()}, {.prob = "p"}, kWalkKey);
  const double seconds = walks.eids.eq(1).sum().item<double>();
  EXPECT_LT(chi_square({4000 - seconds, seconds}, {1000, 3000}), 10.8);  // p = 0.001, 1 degree
}

TEST(RandomWalk, MayEndBeforeAStep) {
  const Graph g = graph({0, 1}, {1, 0});
  const std::vector<EtypeKey> metapath(3, EtypeKey());
  const RandomWalks walks = random_walk(g, at::zeros({4000}, at::kLong), metapath,
                                        {.restart_prob = at::tensor({0.0, 0.5, 1.0})}, kWalkKey);
  EXPECT_TRUE(walks.traces.select(1, 1).eq(1).all().item<bool>());
  EXPECT_TRUE(walks.traces.select(1, 3).eq(-1).all().item<bool>());
  const double went_on = walks.traces.select(1, 2).eq(0).sum().item<double>();
  EXPECT_LT(chi_square({went_on, 4000 - went_on}, {2000, 2000}), 10.8);  // p = 0.001, 1 degree
}

TEST(RandomWalk, DependsOnTheKeyAlone) {
  const Graph g = random_graph(2000, 20000);
  const std::vector<EtypeKey> metapath(5, EtypeKey());
  const int threads = at::get_num_threads();
  std::vector<at::Tensor> traces;
  for (const int count : thread_counts()) {
    at::set_num_threads(count);
    traces.push_back(random_walk(g, at::arange(2000, at::kLong), metapath, {}, kWalkKey).traces);
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(traces.front(), traces.back()));
}

TEST(RandomWalk, RefusesBadArguments) {
  const Graph g = typed_graph();
  EXPECT_ERROR(random_walk(g, ids({1}), {"buys", "follows"}, {}, kWalkKey), "metapath", "follows");
  EXPECT_ERROR(random_walk(g, ids({60}), {"buys"}, {}, kWalkKey), "60");
  EXPECT_ERROR(random_walk(g, ids({1}), {}, {}, kWalkKey), "metapath");
  EXPECT_ERROR(
      random_walk(g, ids({1}), {"buys"}, {.restart_prob = at::tensor({0.1, 0.2})}, kWalkKey),
      "restart_prob");
  EXPECT_ERROR(random_walk(g, ids({1}), {"buys"}, {.restart_prob = at::tensor({1.5})}, kWalkKey),
               "restart_prob", "1.5");
  EXPECT_EQ(random_walk(graph({0}, {1}), ids({0, 1}), {}, {}, kWalkKey).traces.size(1), 1);
}

}  // namespace
}  // namespace grapevine::sampling
