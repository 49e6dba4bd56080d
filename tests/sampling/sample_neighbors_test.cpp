#include "grapevine/sampling/sample_neighbors.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::sampling {
namespace {

using testing_support::chi_square;
using testing_support::ids;
using testing_support::list;
using testing_support::random_graph;
using testing_support::stars;
using testing_support::thread_counts;
using testing_support::typed_graph;

const RandomKey kNeighborsKey(42);
constexpr std::int64_t kStars = 20000;

/// Picked in-edges of each of `nodes`.
std::map<std::int64_t, std::vector<std::int64_t>> picks_by_node(const Graph& frontier) {
  std::map<std::int64_t, std::vector<std::int64_t>> picks;
  const std::vector<std::int64_t> dst = list(frontier.edges().uv().dst);
  const std::vector<std::int64_t> eid = list(frontier.edata()[EID]);
  for (std::size_t i = 0; i < dst.size(); ++i) {
    picks[dst[i]].push_back(eid[i]);
  }
  return picks;
}

Graph weighted_stars(std::int64_t num_nodes, const std::vector<double>& weights,
                     at::ScalarType type) {
  Graph g = stars(num_nodes, static_cast<std::int64_t>(weights.size()));
  g.edata()["w"] = at::tensor(weights, at::kDouble).to(type).repeat({num_nodes});
  return g;
}

/// How often each set of candidates was picked, as bits.
std::map<unsigned, double> count_sets(const Graph& g, std::int64_t degree, std::int64_t fanout,
                                      const NeighborSamplerOptions& options) {
  const at::Tensor nodes = at::arange(degree, g.num_nodes(), at::kLong);
  std::map<unsigned, double> counts;
  for (const auto& [node, picked] :
       picks_by_node(sample_neighbors(g, nodes, fanout, options, kNeighborsKey))) {
    unsigned set = 0;
    for (const std::int64_t edge : picked) {
      set |= 1U << (edge % degree);
    }
    ++counts[set];
  }
  return counts;
}

/// The probability of each set when candidates are drawn one after the other by weight.
void add_sets(const std::vector<double>& weights, std::int64_t fanout, unsigned set,
              double probability, std::map<unsigned, double>& result) {
  if (fanout == 0) {
    result[set] += probability;
    return;
  }
  double total = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    total += (set >> i & 1U) == 0 ? weights[i] : 0;
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if ((set >> i & 1U) == 0 && weights[i] > 0) {
      add_sets(weights, fanout - 1, set | 1U << i, probability * weights[i] / total, result);
    }
  }
}

double chi_square_of_sets(const Graph& g, const std::vector<double>& weights, std::int64_t fanout,
                          const NeighborSamplerOptions& options) {
  std::map<unsigned, double> counts =
      count_sets(g, static_cast<std::int64_t>(weights.size()), fanout, options);
  std::map<unsigned, double> probabilities;
  add_sets(weights, fanout, 0, 1, probabilities);
  std::vector<double> observed;
  std::vector<double> expected;
  for (const auto& [set, probability] : probabilities) {
    observed.push_back(counts[set]);
    expected.push_back(probability * static_cast<double>(kStars));
  }
  EXPECT_EQ(counts.size(), probabilities.size());
  return chi_square(observed, expected);
}

/// How often each candidate was picked.
std::vector<double> count_edges(const Graph& frontier, std::int64_t degree) {
  std::vector<double> counts(static_cast<std::size_t>(degree));
  for (const std::int64_t edge : list(frontier.edata()[EID])) {
    ++counts[static_cast<std::size_t>(edge % degree)];
  }
  return counts;
}

TEST(SampleNeighbors, KeepsAllNodesAndNamesTheParentsEdges) {
  const Graph g = random_graph(50, 400);
  const at::Tensor nodes = ids({7, 3, 49, 12});
  const Graph frontier = sample_neighbors(g, nodes, 3, {}, kNeighborsKey);
  EXPECT_EQ(frontier.num_nodes(), 50);
  EXPECT_FALSE(frontier.is_block());
  const EdgePair uv = frontier.edges().uv();
  const EdgePair expected = g.find_edges(frontier.edata()[EID]);
  EXPECT_TRUE(at::equal(uv.src, expected.src));
  EXPECT_TRUE(at::equal(uv.dst, expected.dst));
  EXPECT_EQ(list(uv.dst), (std::vector<std::int64_t>{7, 7, 7, 3, 3, 3, 12, 12, 12}));
  EXPECT_TRUE(at::equal(frontier.ndata()["x"], g.ndata()["x"]));
  EXPECT_TRUE(at::equal(frontier.edata()["weight"],
                        g.edata()["weight"]->index_select(0, frontier.edata()[EID])));
}

TEST(SampleNeighbors, PicksMinOfFanoutAndDegreeDifferentEdges) {
  const Graph g = random_graph(50, 400);
  const at::Tensor nodes = at::arange(50, at::kLong);
  const std::vector<std::int64_t> degrees = list(g.in_degrees());
  for (const std::int64_t fanout : {0, 1, 5, 8, 100}) {
    auto picks = picks_by_node(sample_neighbors(g, nodes, fanout, {}, kNeighborsKey));
    for (std::int64_t node = 0; node < 50; ++node) {
      const std::set<std::int64_t> different(picks[node].begin(), picks[node].end());
      EXPECT_EQ(different.size(), picks[node].size());
      EXPECT_EQ(static_cast<std::int64_t>(different.size()),
                std::min(fanout, degrees[static_cast<std::size_t>(node)]));
    }
  }
}

TEST(SampleNeighbors, TakesEveryEdgeOnceForMinusOne) {
  const Graph g = random_graph(50, 400);
  const at::Tensor nodes = at::arange(50, at::kLong);
  for (const bool replace : {false, true}) {
    std::vector<std::int64_t> all =
        list(sample_neighbors(g, nodes, -1, {.replace = replace}, kNeighborsKey).edata()[EID]);
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, list(at::arange(400, at::kLong)));
  }
}

TEST(SampleNeighbors, PicksExactlyFanoutWithReplacement) {
  const Graph g = random_graph(50, 120);
  const std::vector<std::int64_t> degrees = list(g.in_degrees());
  auto picks = picks_by_node(
      sample_neighbors(g, at::arange(50, at::kLong), 6, {.replace = true}, kNeighborsKey));
  for (std::int64_t node = 0; node < 50; ++node) {
    EXPECT_EQ(picks[node].size(), degrees[static_cast<std::size_t>(node)] > 0 ? 6U : 0U);
  }
}

TEST(SampleNeighbors, SamplesOutEdges) {
  const Graph g = random_graph(50, 400);
  const Graph frontier =
      sample_neighbors(g, ids({4, 9}), 3, {.edge_dir = EdgeDirection::kOut}, kNeighborsKey);
  EXPECT_EQ(list(frontier.edges().uv().src), (std::vector<std::int64_t>{4, 4, 4, 9, 9, 9}));
  EXPECT_TRUE(at::equal(frontier.edges().uv().dst, g.find_edges(frontier.edata()[EID]).dst));
}

TEST(SampleNeighbors, CountsParallelEdgesAsEdges) {
  const Graph g = graph({0, 0, 0}, {1, 1, 1});
  EXPECT_EQ(sample_neighbors(g, ids({1}), 2, {}, kNeighborsKey).num_edges(), 2);
  EXPECT_EQ(sample_neighbors(g, ids({1}), 5, {}, kNeighborsKey).num_edges(), 3);
}

TEST(SampleNeighbors, SamplesANodeThatIsGivenTwiceTwice) {
  const Graph g = stars(1, 1000);
  const Graph frontier = sample_neighbors(g, ids({1000, 1000, 1000}), 4, {}, kNeighborsKey);
  const std::vector<std::int64_t> eid = list(frontier.edata()[EID]);
  ASSERT_EQ(eid.size(), 12U);
  EXPECT_GT(std::set<std::int64_t>(eid.begin(), eid.end()).size(), 8U);
}

TEST(SampleNeighbors, KeepsInt32) {
  const Graph g = random_graph(50, 400).to_int32();
  const at::Tensor nodes = ids({1, 2, 3});
  const Graph frontier = sample_neighbors(g, nodes.to(at::kInt), 3, {}, kNeighborsKey);
  EXPECT_EQ(frontier.idtype(), at::kInt);
  EXPECT_EQ(frontier.edata()[EID]->scalar_type(), at::kInt);
  const Graph wide = sample_neighbors(random_graph(50, 400), nodes, 3, {}, kNeighborsKey);
  EXPECT_EQ(list(frontier.edata()[EID]), list(wide.edata()[EID]));
}

TEST(SampleNeighbors, DependsOnTheKeyAndNotOnThreads) {
  const Graph g = random_graph(3000, 40000);
  const at::Tensor nodes = at::arange(3000, at::kLong);
  const int threads = at::get_num_threads();
  for (const NeighborSamplerOptions& options : {NeighborSamplerOptions{},
                                                {.prob = "weight"},
                                                {.mask = "mask"},
                                                {.prob = "weight", .replace = true}}) {
    std::vector<at::Tensor> picks;
    for (const int count : thread_counts()) {
      at::set_num_threads(count);
      picks.push_back(sample_neighbors(g, nodes, 5, options, kNeighborsKey).edata()[EID]);
    }
    EXPECT_TRUE(at::equal(picks.front(), picks.back()));
    const at::Tensor other = sample_neighbors(g, nodes, 5, options, RandomKey(43)).edata()[EID];
    EXPECT_FALSE(at::equal(picks.front(), other));
  }
  at::set_num_threads(threads);
}

// The bars are those that a right sampler crosses once in a thousand keys.
TEST(SampleNeighbors, PicksUniformly) {
  EXPECT_LT(chi_square_of_sets(stars(kStars, 5), {1, 1, 1, 1, 1}, 2, {}),
            27.9);  // 9 degrees of freedom
  EXPECT_LT(chi_square_of_sets(stars(kStars, 6), {1, 1, 1, 1, 1, 1}, 3, {}), 43.8);  // 19
}

TEST(SampleNeighbors, PicksUniformlyWithALargeFanout) {
  const Graph g = stars(500, 200);
  const Graph frontier =
      sample_neighbors(g, at::arange(200, 700, at::kLong), 100, {}, kNeighborsKey);
  for (const auto& [node, picked] : picks_by_node(frontier)) {
    EXPECT_EQ(std::set<std::int64_t>(picked.begin(), picked.end()).size(), 100U);
  }
  // Inclusion counts vary less than those of independent picks, by 1 - 100 / 200 and a little.
  const double statistic = chi_square(count_edges(frontier, 200), std::vector<double>(200, 250));
  EXPECT_LT(statistic * 2 * 199 / 200, 266);  // 199
}

TEST(SampleNeighbors, PicksByProbability) {
  const std::vector<double> weights = {1, 2, 0, 3, 4, 10};
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    const Graph g = weighted_stars(kStars, weights, type);
    EXPECT_LT(chi_square_of_sets(g, weights, 1, {.prob = "w"}), 18.5);  // 4
    EXPECT_LT(chi_square_of_sets(g, weights, 2, {.prob = "w"}), 27.9);  // 9
    EXPECT_LT(chi_square_of_sets(g, weights, 3, {.prob = "w"}), 27.9);  // 9
  }
}

TEST(SampleNeighbors, PicksByProbabilityWhereOneWeightIsNearlyAll) {
  // Nearly every draw repeats the first pick.
  const std::vector<double> weights = {1, 2, 1e9, 3, 4, 0};
  const Graph g = weighted_stars(kStars, weights, at::kDouble);
  const std::vector<double> counts = count_edges(
      sample_neighbors(g, at::arange(6, kStars + 6, at::kLong), 2, {.prob = "w"}, kNeighborsKey),
      6);
  EXPECT_EQ(counts[2], kStars);
  EXPECT_EQ(counts[5], 0);
  const std::vector<double> others = {counts[0], counts[1], counts[3], counts[4]};
  EXPECT_LT(chi_square(others, {kStars * 0.1, kStars * 0.2, kStars * 0.3, kStars * 0.4}),
            16.3);  // 3
}

TEST(SampleNeighbors, PicksAllThatHaveAProbabilityIfTheyAreFew) {
  const Graph g = weighted_stars(50, {0, 1e-12, 0, 5, 0, 0, 0, 1}, at::kFloat);
  for (const auto& [node, picked] :
       picks_by_node(sample_neighbors(g, ids({8, 20, 57}), 4, {.prob = "w"}, kNeighborsKey))) {
    std::vector<std::int64_t> places;
    for (const std::int64_t edge : picked) {
      places.push_back(edge % 8);
    }
    std::sort(places.begin(), places.end());
    EXPECT_EQ(places, (std::vector<std::int64_t>{1, 3, 7})) << node;
  }
}

TEST(SampleNeighbors, PicksByProbabilityWithALargeFanout) {
  std::vector<double> weights(200, 1);
  std::fill(weights.begin(), weights.begin() + 100, 0);
  const Graph g = weighted_stars(100, weights, at::kFloat);
  for (const auto& [node, picked] : picks_by_node(sample_neighbors(
           g, at::arange(200, 300, at::kLong), 90, {.prob = "w"}, kNeighborsKey))) {
    EXPECT_EQ(std::set<std::int64_t>(picked.begin(), picked.end()).size(), 90U) << node;
    EXPECT_TRUE(std::all_of(picked.begin(), picked.end(),
                            [](std::int64_t edge) { return edge % 200 >= 100; }));
  }
}

TEST(SampleNeighbors, PicksByProbabilityFromExtremeWeights) {
  for (const double scale : {1e-320, 1e-300, 1e300}) {
    const std::vector<double> weights = {1 * scale, 2 * scale, 3 * scale, 4 * scale};
    const Graph g = weighted_stars(kStars, weights, at::kDouble);
    EXPECT_LT(chi_square_of_sets(g, {1, 2, 3, 4}, 2, {.prob = "w"}), 20.5);  // 5
  }
}

TEST(SampleNeighbors, PicksUniformlyWithReplacement) {
  const Graph g = stars(kStars, 5);
  const Graph frontier = sample_neighbors(g, at::arange(5, kStars + 5, at::kLong), 3,
                                          {.replace = true}, kNeighborsKey);
  EXPECT_LT(chi_square(count_edges(frontier, 5), std::vector<double>(5, 3.0 * kStars / 5)),
            18.5);  // 4
}

TEST(SampleNeighbors, PicksByProbabilityWithReplacement) {
  const Graph g = weighted_stars(kStars, {1, 2, 3, 4, 0}, at::kFloat);
  const Graph frontier = sample_neighbors(g, at::arange(5, kStars + 5, at::kLong), 3,
                                          {.prob = "w", .replace = true}, kNeighborsKey);
  EXPECT_EQ(frontier.num_edges(), 3 * kStars);
  std::vector<double> counts = count_edges(frontier, 5);
  EXPECT_EQ(counts[4], 0);
  counts.pop_back();
  const double unit = 3.0 * kStars / 10;
  EXPECT_LT(chi_square(counts, {unit, 2 * unit, 3 * unit, 4 * unit}), 16.3);  // 3
}

TEST(SampleNeighbors, PicksUniformlyAmongTheMasked) {
  for (const at::ScalarType type : {at::kBool, at::kByte, at::kChar}) {
    const std::vector<double> mask = {1, 0, 1, 1, 0, 1, 1};
    EXPECT_LT(chi_square_of_sets(weighted_stars(kStars, mask, type), mask, 2, {.mask = "w"}),
              27.9);  // 9
  }
}

TEST(SampleNeighbors, NeverPicksAZero) {
  const Graph g = random_graph(50, 400);
  const at::Tensor nodes = at::arange(50, at::kLong);
  for (const std::int64_t fanout : {-1, 2, 4, 100}) {
    for (const bool replace : {false, true}) {
      const Graph by_prob =
          sample_neighbors(g, nodes, fanout, {.prob = "weight", .replace = replace}, kNeighborsKey);
      EXPECT_TRUE(by_prob.edata()["weight"]->gt(0).all().item<bool>());
      const Graph by_mask =
          sample_neighbors(g, nodes, fanout, {.mask = "mask", .replace = replace}, kNeighborsKey);
      EXPECT_TRUE(by_mask.edata()["mask"]->all().item<bool>());
    }
  }
}

TEST(SampleNeighbors, PicksNothingIfAllAreZero) {
  const Graph g = weighted_stars(3, {0, 0, 0}, at::kFloat);
  for (const bool replace : {false, true}) {
    EXPECT_EQ(
        sample_neighbors(g, ids({3, 4, 5}), 2, {.prob = "w", .replace = replace}, kNeighborsKey)
            .num_edges(),
        0);
  }
}

TEST(SampleNeighbors, ReadsAColumnWithStrides) {
  const Graph g = weighted_stars(10, {0, 1, 0, 1}, at::kFloat);
  const at::Tensor whole = at::zeros({40, 3});
  const at::Tensor column = whole.select(1, 1);
  column.copy_(g.edata()["w"].tensor());
  g.edata()["strided"] = column;
  const at::Tensor nodes = at::arange(4, 14, at::kLong);
  EXPECT_TRUE(
      at::equal(sample_neighbors(g, nodes, 1, {.prob = "strided"}, kNeighborsKey).edata()[EID],
                sample_neighbors(g, nodes, 1, {.prob = "w"}, kNeighborsKey).edata()[EID]));
}

TEST(SampleNeighbors, SamplesEveryRelation) {
  const Graph g = typed_graph();
  const Graph frontier = sample_neighbors(g, {{"user", ids({1, 2})}}, 2, {}, kNeighborsKey);
  EXPECT_EQ(frontier.canonical_etypes(), g.canonical_etypes());
  EXPECT_EQ(frontier.num_edges("follows"), 4);
  EXPECT_EQ(frontier.num_edges("liked-by"), 4);
  EXPECT_EQ(frontier.num_edges("buys"), 0);
  EXPECT_EQ(frontier.num_nodes("item"), 40);
}

TEST(SampleNeighbors, TakesAFanoutForEachRelation) {
  const Graph g = typed_graph();
  const NodeIds nodes = {{"user", ids({1, 2})}, {"item", ids({3})}};
  const Fanout fanout{{"follows", 1}, {"buys", 0}, {CanonicalEtype{"item", "liked-by", "user"}, 2}};
  const Graph frontier = sample_neighbors(g, nodes, fanout, {}, kNeighborsKey);
  EXPECT_EQ(frontier.num_edges("follows"), 2);
  EXPECT_EQ(frontier.num_edges("buys"), 0);
  EXPECT_EQ(frontier.num_edges("liked-by"), 4);
}

TEST(SampleNeighbors, SamplesARelationWithoutTheFeatureUniformly) {
  const Graph g = typed_graph();
  const Graph frontier =
      sample_neighbors(g, {{"user", ids({1, 2})}}, 2, {.prob = "weight"}, kNeighborsKey);
  EXPECT_EQ(frontier.num_edges("liked-by"), 4);
  EXPECT_TRUE(frontier.edges("follows").data["weight"]->gt(0).all().item<bool>());
}

TEST(SampleNeighbors, NamesBadNodes) {
  const Graph g = random_graph(50, 400);
  EXPECT_ERROR(sample_neighbors(g, ids({3, 50}), 2, {}, kNeighborsKey), "nodes", "50", "49");
  EXPECT_ERROR(sample_neighbors(g, ids({3, -1}), 2, {}, kNeighborsKey), "nodes", "-1");
  EXPECT_ERROR(sample_neighbors(g, ids({3}).to(at::kInt), 2, {}, kNeighborsKey), "nodes", "Int",
               "Long");
  EXPECT_ERROR(sample_neighbors(g, at::ones({50}, at::kBool), 2, {}, kNeighborsKey), "nodes",
               "Bool");
  EXPECT_ERROR(sample_neighbors(g, ids({3}).to(at::kFloat), 2, {}, kNeighborsKey), "nodes",
               "Float");
  EXPECT_ERROR(sample_neighbors(g, ids({3}).view({1, 1}), 2, {}, kNeighborsKey), "nodes",
               "2 dimensions");
  EXPECT_ERROR(sample_neighbors(g, at::Tensor(), 2, {}, kNeighborsKey), "nodes", "undefined");
  EXPECT_ERROR(sample_neighbors(g, {{"paper", ids({3})}}, 2, {}, kNeighborsKey), "paper", "_N");
  EXPECT_ERROR(sample_neighbors(g, NodeIds(), 2, {}, kNeighborsKey), "nodes", "none");
  EXPECT_ERROR(sample_neighbors(typed_graph(), ids({3}), 2, {}, kNeighborsKey), "type", "user");
}

TEST(SampleNeighbors, NamesBadFanouts) {
  EXPECT_ERROR(Fanout(-2), "fanout", "-2");
  EXPECT_ERROR((Fanout{{"follows", -3}}), "fanout", "-3");
  EXPECT_ERROR(sample_neighbors(graph({0}, {1}), ids({1}), std::int64_t{1} << 60, {.replace = true},
                                kNeighborsKey),
               "fanout", "1152921504606846976");
  const Graph g = typed_graph();
  const NodeIds nodes = {{"user", ids({1})}};
  EXPECT_ERROR(sample_neighbors(g, nodes, Fanout{{"follows", 1}, {"buys", 1}}, {}, kNeighborsKey),
               "fanout", "liked-by");
  EXPECT_ERROR(sample_neighbors(g, nodes, Fanout{{"sells", 1}}, {}, kNeighborsKey), "sells");
  const CanonicalEtype follows{"user", "follows", "user"};
  EXPECT_ERROR(sample_neighbors(g, nodes, Fanout{{"follows", 1}, {follows, 1}}, {}, kNeighborsKey),
               "follows", "twice");
}

TEST(SampleNeighbors, NamesBadFeatures) {
  const Graph g = random_graph(50, 400);
  g.edata()["number"] = at::ones({400}, at::kLong);
  g.edata()["wide"] = at::ones({400, 2});
  const at::Tensor nodes = ids({1, 2, 3});
  EXPECT_ERROR(sample_neighbors(g, nodes, 2, {.prob = "w"}, kNeighborsKey), "prob \"w\"", "weight");
  EXPECT_ERROR(sample_neighbors(g, nodes, 2, {.mask = "m"}, kNeighborsKey), "mask \"m\"", "mask");
  EXPECT_ERROR(sample_neighbors(g, nodes, 2, {.prob = "number"}, kNeighborsKey), "prob \"number\"",
               "float32", "Long");
  EXPECT_ERROR(sample_neighbors(g, nodes, 2, {.prob = "mask"}, kNeighborsKey), "prob \"mask\"",
               "Bool");
  EXPECT_ERROR(sample_neighbors(g, nodes, 2, {.mask = "weight"}, kNeighborsKey), "mask \"weight\"",
               "Float");
  EXPECT_ERROR(sample_neighbors(g, nodes, 2, {.prob = "wide"}, kNeighborsKey), "prob \"wide\"",
               "2 dimensions");
  EXPECT_ERROR(sample_neighbors(g, nodes, 2, {.prob = "weight", .mask = "mask"}, kNeighborsKey),
               "weight", "mask", "together");
}

TEST(SampleNeighbors, NamesBadProbabilities) {
  for (const double bad : {std::nan(""), -0.5, std::numeric_limits<double>::infinity()}) {
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
      const Graph g = weighted_stars(3, {1, bad, 1}, type);
      EXPECT_ERROR(sample_neighbors(g, ids({4}), 2, {.prob = "w"}, kNeighborsKey), "prob \"w\"",
                   fmt::format("{}", bad), "edge 4");
    }
  }
}

TEST(SampleNeighbors, RefusesABlock) {
  const Graph block = create_block(ids({0}), ids({0}), 2, 1);
  EXPECT_ERROR(sample_neighbors(block, ids({0}), 2, {}, kNeighborsKey), "block");
}

}  // namespace
}  // namespace grapevine::sampling
