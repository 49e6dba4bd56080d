#include "grapevine/sampling/node2vec_random_walk.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::sampling {
namespace {

using namespace testing_support;

const RandomKey kNode2vecKey(7);

/// 0 -> 1 -> {0, 2, 3, 4}; 2 and 4 lead back to 0, 0 leads to 3; two edges go from 1 to 2.
Graph crossing() {
  Graph g = graph({1, 0, 2, 1, 1, 0, 1, 4, 1}, {2, 1, 0, 3, 0, 3, 4, 0, 2});
  g.edata()["weight"] = at::tensor({1.0, 1.0, 1.0, 2.0, 3.0, 0.0, 0.0, 1.0, 5.0}, at::kDouble);
  g.edata()["mask"] = g.edata()["weight"]->gt(0);
  return g;
}

/// How often walks from 0 over 1 take each edge then, and how often they would on average.
struct Counts {
  std::vector<double> seen;
  std::vector<double> expected;
};

Counts second_steps(const Graph& g, const Node2vecOptions& options) {
  constexpr std::int64_t kWalks = 20000;
  const RandomWalks walks =
      node2vec_random_walk(g, at::zeros({kWalks}, g.idtype()), 2, options, kNode2vecKey);
  std::map<std::int64_t, double> seen;
  double total = 0;
  for (std::int64_t i = 0; i < kWalks; ++i) {
    if (walks.traces[i][1].item<std::int64_t>() == 1) {
      seen[walks.eids[i][1].item<std::int64_t>()] += 1;
      total += 1;
    }
  }
  std::map<std::int64_t, double> chances;
  double sum = 0;
  const EdgeList out = g.out_edges(at::ones({1}, g.idtype()));
  for (std::int64_t i = 0; i < out.eid.numel(); ++i) {
    const auto end = out.dst[i].item<std::int64_t>();
    const auto edge = out.eid[i].item<std::int64_t>();
    double chance = end == 0 ? 1 / options.p : end == 2 || end == 4 ? 1 : 1 / options.q;
    if (!options.prob.empty()) {
      chance *= g.edata()[options.prob]->to(at::kDouble)[edge].item<double>();
    }
    chances[edge] = chance;
    sum += chance;
  }
  Counts counts;
  for (const auto& [edge, chance] : chances) {
    counts.seen.push_back(seen[edge]);
    counts.expected.push_back(chance * total / sum);
  }
  return counts;
}

TEST(Node2vecRandomWalk, ChoosesByWhereItCameFrom) {
  for (const auto& [p, q] : std::vector<std::pair<double, double>>{
           {1, 1}, {0.25, 4}, {4, 0.25}, {0.01, 1}, {1, 1000}, {1000, 0.001}}) {
    for (const Graph& g : {crossing(), crossing().to_int32()}) {
      const Counts counts = second_steps(g, {.p = p, .q = q});
      ASSERT_EQ(counts.seen.size(), 5U);
      EXPECT_LT(chi_square(counts.seen, counts.expected), 18.5) << p << " " << q;  // p = 0.001
    }
  }
}

TEST(Node2vecRandomWalk, WeightsMultiplyTheChances) {
  for (const std::string prob : {"weight", "mask"}) {
    Counts counts = second_steps(crossing(), {.p = 0.5, .q = 3, .prob = prob});
    ASSERT_EQ(counts.expected[3], 0) << "the edge to 4 has no weight";
    EXPECT_EQ(counts.seen[3], 0);
    counts.seen.erase(counts.seen.begin() + 3);
    counts.expected.erase(counts.expected.begin() + 3);
    EXPECT_LT(chi_square(counts.seen, counts.expected), 16.3) << prob;  // p = 0.001
  }
}

// No proposal is taken, so the exact choice among all edges is what counts.
TEST(Node2vecRandomWalk, AHubWhoseEdgesAllLeadAwayIsLeftAtRandom) {
  std::vector<std::int64_t> src = {0};
  std::vector<std::int64_t> dst = {1};
  for (std::int64_t i = 2; i < 12; ++i) {
    src.push_back(1);
    dst.push_back(i);
  }
  const Graph g = graph(at::tensor(src), at::tensor(dst));
  const RandomWalks walks =
      node2vec_random_walk(g, at::zeros({5000}, at::kLong), 2, {.q = 1e6}, kNode2vecKey);
  std::vector<double> seen(10);
  for (const std::int64_t end : list(walks.traces.select(1, 2))) {
    seen.at(static_cast<std::size_t>(end - 2)) += 1;
  }
  EXPECT_LT(chi_square(seen, std::vector<double>(10, 500)), 27.9);  // p = 0.001, 9 degrees
}

TEST(Node2vecRandomWalk, GoesAlongEdgesUntilThereIsNone) {
  for (const std::string prob : {"", "weight"}) {
    const Graph g = random_graph(100, 400);
    const at::Tensor starts = at::arange(100, at::kLong);
    const RandomWalks walks =
        node2vec_random_walk(g, starts, 6, {.p = 0.3, .q = 2, .prob = prob}, kNode2vecKey);
    EXPECT_TRUE(at::equal(walks.traces.select(1, 0), starts));
    EXPECT_EQ(walks.types, std::vector<std::int64_t>(7, 0));
    EXPECT_TRUE(walks.eids[99].eq(-1).all().item<bool>());  // the last node has no edges
    const at::Tensor here = walks.traces.narrow(1, 0, 6);
    const at::Tensor next = walks.traces.narrow(1, 1, 6);
    const at::Tensor walked = walks.eids.ge(0);
    EXPECT_TRUE(at::equal(walked, next.ge(0)));
    EXPECT_GT(walked.sum().item<std::int64_t>(), 200);
    const EdgePair ends = g.find_edges(walks.eids.masked_select(walked));
    EXPECT_TRUE(at::equal(ends.src, here.masked_select(walked)));
    EXPECT_TRUE(at::equal(ends.dst, next.masked_select(walked)));
  }
  const RandomWalks none = node2vec_random_walk(crossing(), ids({1, 2}), 0, {}, kNode2vecKey);
  EXPECT_TRUE(at::equal(none.traces, at::tensor({1, 2}, at::kLong).view({2, 1})));
  EXPECT_EQ(none.eids.numel(), 0);
}

TEST(Node2vecRandomWalk, DependsOnTheKeyAlone) {
  const Graph g = random_graph(2000, 20000);
  const at::Tensor starts = at::arange(2000, at::kLong);
  const int threads = at::get_num_threads();
  std::vector<at::Tensor> traces;
  for (const int count : thread_counts()) {
    at::set_num_threads(count);
    traces.push_back(node2vec_random_walk(g, starts, 5, {.q = 0.5}, kNode2vecKey).traces);
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(traces.front(), traces.back()));
  EXPECT_FALSE(at::equal(traces.front(),
                         node2vec_random_walk(g, starts, 5, {.q = 0.5}, RandomKey(8)).traces));
}

TEST(Node2vecRandomWalk, RefusesBadArguments) {
  const Graph g = crossing();
  EXPECT_ERROR(node2vec_random_walk(g, ids({0}), 2, {.p = 0}, kNode2vecKey), "p:", "positive", "0");
  EXPECT_ERROR(node2vec_random_walk(g, ids({0}), 2, {.q = -1}, kNode2vecKey), "q:", "positive",
               "-1");
  EXPECT_ERROR(node2vec_random_walk(g, ids({0}), -1, {}, kNode2vecKey), "walk_length", "-1");
  EXPECT_ERROR(node2vec_random_walk(g, ids({5}), 2, {}, kNode2vecKey), "node2vec_random_walk", "5");
  EXPECT_ERROR(node2vec_random_walk(g, ids({0}), 2, {.prob = "none"}, kNode2vecKey), "none");
  EXPECT_ERROR(node2vec_random_walk(typed_graph(), ids({0}), 2, {}, kNode2vecKey), "homogeneous");
  g.edata()["weight"] = g.edata()["weight"]->neg();
  EXPECT_ERROR(node2vec_random_walk(g, ids({1}), 1, {.prob = "weight"}, kNode2vecKey), "weight");
}

}  // namespace
}  // namespace grapevine::sampling
