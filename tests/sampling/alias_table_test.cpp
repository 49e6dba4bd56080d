#include "grapevine/sampling/detail/alias_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "grapevine/util/random.h"
#include "tests/sampling/sample_graphs.h"

namespace grapevine::sampling::detail {
namespace {

using testing_support::chi_square;

constexpr int kAliasDraws = 200000;

std::vector<double> count_draws(const std::vector<double>& weights) {
  std::vector<AliasEntry> table(weights.size());
  EXPECT_TRUE(AliasBuilder().build(std::ssize(weights), weights.data(), table.data()));
  RandomStream stream = RandomKey(7).stream(0);
  std::vector<double> counts(weights.size());
  for (int i = 0; i < kAliasDraws; ++i) {
    ++counts[static_cast<std::size_t>(
        draw(table.data(), std::ssize(weights), stream.next_uint64()))];
  }
  return counts;
}

/// Over the weights that are not 0, which must be all that were drawn.
double statistic_of(const std::vector<double>& weights) {
  const std::vector<double> counts = count_draws(weights);
  double sum = 0;
  for (const double weight : weights) {
    sum += weight;
  }
  std::vector<double> observed;
  std::vector<double> expected;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) {
      EXPECT_EQ(counts[i], 0) << i;
    } else {
      observed.push_back(counts[i]);
      expected.push_back(weights[i] / sum * kAliasDraws);
    }
  }
  return chi_square(observed, expected);
}

TEST(AliasTable, DrawsInProportionToWeights) {
  EXPECT_LT(statistic_of({1, 2, 0, 3, 4, 10}), 18.5);               // 4
  EXPECT_LT(statistic_of({0, 0.1, 0.1, 0.1, 1e-3, 0.5, 0}), 18.5);  // 4
  EXPECT_LT(statistic_of(std::vector<double>(1000, 0.3)), 1143);    // 999
  EXPECT_LT(statistic_of({1e300, 2e300, 3e300, 1e300}), 16.3);      // 3
  EXPECT_LT(statistic_of({1e-320, 2e-320, 3e-320, 1e-320}), 16.3);  // 3
}

TEST(AliasTable, DrawsTheOnlyPlaceThereIs) {
  EXPECT_EQ(count_draws({3}), std::vector<double>{kAliasDraws});
  EXPECT_EQ(count_draws({0, 0, 0, 1e-9, 0}), (std::vector<double>{0, 0, 0, kAliasDraws, 0}));
}

TEST(AliasTable, NeverDrawsAZeroAfterRounding) {
  // Weights whose shares are no binary fractions, with zeros among them.
  RandomStream stream = RandomKey(8).stream(0);
  for (int round = 0; round < 300; ++round) {
    std::vector<double> weights(1 + stream.below(40));
    for (double& weight : weights) {
      weight = stream.below(2) == 0 ? 0 : stream.uniform() / 3;
    }
    std::vector<AliasEntry> table(weights.size());
    if (!AliasBuilder().build(std::ssize(weights), weights.data(), table.data())) {
      continue;
    }
    for (std::size_t i = 0; i < table.size(); ++i) {
      EXPECT_TRUE(weights[i] > 0 || table[i].threshold == 0);
      EXPECT_GT(weights[table[i].alias], 0);
    }
  }
}

TEST(AliasTable, SaysThatThereIsNoWeight) {
  const std::vector<double> zeros(3);
  std::vector<AliasEntry> table(3);
  EXPECT_FALSE(AliasBuilder().build(3, zeros.data(), table.data()));
  EXPECT_FALSE(AliasBuilder().build(0, nullptr, nullptr));
}

}  // namespace
}  // namespace grapevine::sampling::detail
