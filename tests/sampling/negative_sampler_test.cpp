#include "grapevine/sampling/negative_sampler.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::sampling {
namespace {

using namespace testing_support;

const RandomKey kNegativeKey(11);
const CanonicalEtype kOnly{"_N", "_E", "_N"};

std::set<std::pair<std::int64_t, std::int64_t>> distinct(const EdgePair& pairs) {
  const std::vector<std::int64_t> src = list(pairs.src);
  const std::vector<std::int64_t> dst = list(pairs.dst);
  std::set<std::pair<std::int64_t, std::int64_t>> result;
  for (std::size_t i = 0; i < src.size(); ++i) {
    result.emplace(src[i], dst[i]);
  }
  return result;
}

TEST(PerSourceUniform, KeepsTheSourceOfEachEdge) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const Graph g = idtype == at::kInt ? random_graph(50, 200).to_int32() : random_graph(50, 200);
    const at::Tensor eids = ids({4, 9, 4, 0}).to(idtype);
    const PairsByRelation pairs = PerSourceUniform(3).sample(g, {{kOnly, eids}}, kNegativeKey);
    ASSERT_EQ(pairs.size(), 1U);
    const EdgePair& pair = pairs.at(kOnly);
    EXPECT_EQ(pair.src.scalar_type(), idtype);
    EXPECT_EQ(pair.dst.scalar_type(), idtype);
    EXPECT_TRUE(at::equal(pair.src, g.find_edges(eids).src.repeat_interleave(3)));
    EXPECT_EQ(pair.dst.numel(), 12);
    EXPECT_GE(pair.dst.min().item<std::int64_t>(), 0);
    EXPECT_LT(pair.dst.max().item<std::int64_t>(), 50);
  }
}

TEST(PerSourceUniform, DrawsDestinationsOfTheRelationsType) {
  const Graph g = typed_graph();
  const CanonicalEtype buys{"user", "buys", "item"};
  const CanonicalEtype liked{"item", "liked-by", "user"};
  const PairsByRelation pairs =
      PerSourceUniform(40).sample(g, {{buys, ids({0, 1})}, {liked, ids({0, 1})}}, kNegativeKey);
  EXPECT_LT(pairs.at(buys).dst.max().item<std::int64_t>(), 40);
  EXPECT_GE(pairs.at(liked).dst.max().item<std::int64_t>(), 40);
}

TEST(PerSourceUniform, DrawsUniformly) {
  const Graph g = random_graph(8, 30);
  const PairsByRelation pairs =
      PerSourceUniform(400).sample(g, {{kOnly, at::arange(20, at::kLong)}}, kNegativeKey);
  std::vector<double> counts(8);
  for (const std::int64_t node : list(pairs.at(kOnly).dst)) {
    counts[static_cast<std::size_t>(node)] += 1;
  }
  EXPECT_LT(chi_square(counts, std::vector<double>(8, 1000)), 24.3);  // p = 0.001, 7 degrees
}

TEST(PerSourceUniform, DependsOnTheKeyAlone) {
  const Graph g = random_graph(50, 20000);
  const EdgesByRelation edges{{kOnly, at::arange(20000, at::kLong)}};
  const int threads = at::get_num_threads();
  std::vector<at::Tensor> drawn;
  for (const int count : thread_counts()) {
    at::set_num_threads(count);
    drawn.push_back(PerSourceUniform(2).sample(g, edges, kNegativeKey).at(kOnly).dst);
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(drawn.front(), drawn.back()));
  EXPECT_FALSE(
      at::equal(drawn.front(), PerSourceUniform(2).sample(g, edges, RandomKey(12)).at(kOnly).dst));
}

TEST(PerSourceUniform, RefusesBadArguments) {
  EXPECT_ERROR(PerSourceUniform(-1), "k", "-1");
  EXPECT_ERROR(static_cast<void>(PerSourceUniform(1).sample(random_graph(5, 9), {{kOnly, ids({9})}},
                                                            kNegativeKey)),
               "9");
  EXPECT_TRUE(PerSourceUniform(0)
                  .sample(random_graph(5, 9), {{kOnly, ids({1})}}, kNegativeKey)
                  .at(kOnly)
                  .src.numel() == 0);
}

TEST(GlobalUniform, DrawsNoEdgesAndNoSelfLoops) {
  for (const Graph& g : {random_graph(20, 200), random_graph(20, 200).to_int32()}) {
    const EdgePair pairs =
        global_uniform_negative_sampling(g, 100, {.replace = true}, kNegativeKey);
    EXPECT_EQ(pairs.src.numel(), 100);
    EXPECT_EQ(pairs.src.scalar_type(), g.idtype());
    EXPECT_FALSE(g.has_edges_between(pairs.src, pairs.dst).any().item<bool>());
    EXPECT_FALSE(pairs.src.eq(pairs.dst).any().item<bool>());
  }
}

TEST(GlobalUniform, WithoutReplacementGivesEveryPairOnce) {
  const Graph g = random_graph(20, 200);
  const EdgePair pairs = global_uniform_negative_sampling(g, 60, {}, kNegativeKey);
  EXPECT_EQ(distinct(pairs).size(), static_cast<std::size_t>(pairs.src.numel()));
  EXPECT_GT(pairs.src.numel(), 50);
}

TEST(GlobalUniform, GivesWhatThereIs) {
  // Of the four pairs of two nodes one is an edge and two are loops.
  const Graph g = graph({0}, {1});
  EXPECT_EQ(distinct(global_uniform_negative_sampling(g, 20, {}, kNegativeKey)),
            (std::set<std::pair<std::int64_t, std::int64_t>>{{1, 0}}));
  EXPECT_EQ(global_uniform_negative_sampling(g, 20, {.exclude_self_loops = false}, kNegativeKey)
                .src.numel(),
            3);
  EXPECT_EQ(global_uniform_negative_sampling(Graph(), 20, {}, kNegativeKey).src.numel(), 0);
  EXPECT_EQ(global_uniform_negative_sampling(g, 0, {}, kNegativeKey).src.numel(), 0);
  EXPECT_ERROR(static_cast<void>(global_uniform_negative_sampling(g, -1, {}, kNegativeKey)),
               "num_samples", "-1");
}

TEST(GlobalUniform, IsUniformOverThePairsThatAreFree) {
  // Three nodes, one edge: five pairs are free without loops.
  const Graph g = graph(ids({0}), ids({1}), {.num_nodes = 3});
  const EdgePair pairs = global_uniform_negative_sampling(g, 5000, {.replace = true}, kNegativeKey);
  std::map<std::pair<std::int64_t, std::int64_t>, double> counts;
  const std::vector<std::int64_t> src = list(pairs.src);
  const std::vector<std::int64_t> dst = list(pairs.dst);
  for (std::size_t i = 0; i < src.size(); ++i) {
    counts[{src[i], dst[i]}] += 1;
  }
  std::vector<double> observed;
  for (const auto& [pair, count] : counts) {
    observed.push_back(count);
  }
  ASSERT_EQ(observed.size(), 5U);
  EXPECT_LT(chi_square(observed, std::vector<double>(5, 1000)), 18.5);  // p = 0.001, 4 degrees
}

TEST(GlobalUniform, TakesAtMostKForEachEdge) {
  const Graph g = typed_graph();
  const CanonicalEtype buys{"user", "buys", "item"};
  const CanonicalEtype follows{"user", "follows", "user"};
  const PairsByRelation pairs =
      GlobalUniform(5).sample(g, {{buys, ids({0, 1})}, {follows, ids({})}}, kNegativeKey);
  EXPECT_EQ(pairs.at(buys).src.numel(), 10);
  EXPECT_EQ(pairs.at(follows).src.numel(), 0);
  EXPECT_LT(pairs.at(buys).dst.max().item<std::int64_t>(), 40);
  EXPECT_FALSE(
      g.has_edges_between(pairs.at(buys).src, pairs.at(buys).dst, buys).any().item<bool>());
  EXPECT_ERROR(GlobalUniform(-2), "k", "-2");
}

}  // namespace
}  // namespace grapevine::sampling
