#include "grapevine/util/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace grapevine {
namespace {

using Block = std::array<std::uint32_t, 4>;

// Known answers of Salmon et al.'s Random123 distribution.
TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(philox4x32(0, 0, 0), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint64_t ones = ~std::uint64_t{0};
  EXPECT_EQ(philox4x32(ones, ones, ones), (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  // Counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0: the digits of pi.
  EXPECT_EQ(philox4x32(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomKey, TheSameWordsGiveTheSameStream) {
  RandomStream first = RandomKey(7).fold_in(1).fold_in(2).stream(3);
  RandomStream second = RandomKey(7).fold_in(1).fold_in(2).stream(3);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(first.next_uint32(), second.next_uint32());
  }
}

TEST(RandomKey, DifferentWordsGiveDifferentKeys) {
  std::set<std::uint64_t> keys;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    keys.insert(RandomKey(seed).value());
    for (std::uint64_t data = 0; data < 10; ++data) {
      keys.insert(RandomKey(seed).fold_in(data).fold_in(1).value());
    }
  }
  EXPECT_EQ(keys.size(), 110U);
  EXPECT_NE(RandomKey(1).fold_in(2).fold_in(3).value(), RandomKey(1).fold_in(3).fold_in(2).value());
}

TEST(RandomStream, BelowIsUniform) {
  constexpr std::uint64_t kBound = 7;
  constexpr int kDraws = 70000;
  std::vector<int> counts(kBound);
  RandomStream stream = RandomKey(1).stream(0);
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t value = stream.below(kBound);
    ASSERT_LT(value, kBound);
    ++counts[value];
  }
  double chi_square = 0;
  for (const int count : counts) {
    chi_square += (count - 10000.0) * (count - 10000.0) / 10000.0;
  }
  EXPECT_LT(chi_square, 22.5);  // exceeded with probability 0.001 for 6 degrees of freedom
}

TEST(RandomStream, BelowReachesLargeBounds) {
  RandomStream stream = RandomKey(2).stream(0);
  const std::uint64_t bound = (std::uint64_t{1} << 40) + 3;
  std::uint64_t largest = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t value = stream.below(bound);
    ASSERT_LT(value, bound);
    largest = std::max(largest, value);
  }
  EXPECT_GT(largest, bound / 2);
  EXPECT_EQ(stream.below(1), 0U);
}

TEST(RandomStream, DistributionsHaveTheirMoments) {
  constexpr int kDraws = 100000;
  RandomStream stream = RandomKey(3).stream(0);
  double uniform = 0;
  double exponential = 0;
  double normal = 0;
  double square = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = stream.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    uniform += u;
    const double e = stream.exponential();
    ASSERT_GT(e, 0);
    ASSERT_TRUE(std::isfinite(e));
    exponential += e;
    const double n = stream.normal();
    normal += n;
    square += n * n;
  }
  EXPECT_NEAR(uniform / kDraws, 0.5, 0.01);
  EXPECT_NEAR(exponential / kDraws, 1.0, 0.02);
  EXPECT_NEAR(normal / kDraws, 0.0, 0.02);
  EXPECT_NEAR(square / kDraws, 1.0, 0.03);
}

}  // namespace
}  // namespace grapevine
