#pragma once

#include <bit>
#include <cstdint>

#include "grapevine/util/vec.h"

// The exponential function of a vector of numbers that are not positive.
namespace grapevine::ops::detail {
namespace {

template <typename T>
struct ExponentialConstants;

template <>
struct ExponentialConstants<float> {
  using Integer = std::int32_t;
  static constexpr int kMantissaBits = 23;
  static constexpr Integer kExponentBias = 127;
  static constexpr float kInverseLn2 = 0x1.715476p+0F;
  // ln 2 in two parts. The first has so few digits that its product with any exponent is exact.
  static constexpr float kLn2High = 0x1.62e4p-1F;
  static constexpr float kLn2Low = 0x1.7f7d1cp-20F;
  // Adding it leaves the nearest whole number in the lowest bits of the mantissa.
  static constexpr float kRounding = 0x1.8p23F;
  // Below it the result is less than half of the least number.
  static constexpr float kLeast = -104;
  static constexpr float kFirstExponent = -64;
  // 1 / k! for k = 7 down to 0: Taylor's series, whose rest is below 2^-27 on [-ln 2 / 2, ln 2 /
  // 2].
  static constexpr float kTerms[] = {1.0F / 5040, 1.0F / 720, 1.0F / 120, 1.0F / 24,
                                     1.0F / 6,    1.0F / 2,   1.0F,       1.0F};
};

template <>
struct ExponentialConstants<double> {
  using Integer = std::int64_t;
  static constexpr int kMantissaBits = 52;
  static constexpr Integer kExponentBias = 1023;
  static constexpr double kInverseLn2 = 0x1.71547652b82fep+0;
  static constexpr double kLn2High = 0x1.62e42fefa38p-1;
  static constexpr double kLn2Low = 0x1.ef35793c7673p-45;
  static constexpr double kRounding = 0x1.8p52;
  static constexpr double kLeast = -746;
  static constexpr double kFirstExponent = -512;
  // 1 / k! for k = 13 down to 0; the rest is below 2^-57.
  static constexpr double kTerms[] = {1.0 / 6227020800,
                                      1.0 / 479001600,
                                      1.0 / 39916800,
                                      1.0 / 3628800,
                                      1.0 / 362880,
                                      1.0 / 40320,
                                      1.0 / 5040,
                                      1.0 / 720,
                                      1.0 / 120,
                                      1.0 / 24,
                                      1.0 / 6,
                                      1.0 / 2,
                                      1.0,
                                      1.0};
};

/// 2 to the power of whole numbers that are exponents of normal numbers.
template <typename T>
[[gnu::always_inline]] inline Vec<T> power_of_two(const Vec<T>& exponent) {
  using C = ExponentialConstants<T>;
  using Integers = std::experimental::rebind_simd_t<typename C::Integer, Vec<T>>;
  const auto bits = std::bit_cast<Integers>(exponent + Vec<T>(C::kRounding));
  // The shift drops all bits of the constant that rounds.
  return std::bit_cast<Vec<T>>((bits + C::kExponentBias) << C::kMantissaBits);
}

/// e to the power of `x`, which is not above 0: within 2 units in the last place, less than the
/// least number where the result is not normal. 0 for minus infinity, NaN for NaN.
///
/// With n the whole number next to x / ln 2 and r = x - n ln 2, it is 2^n times a polynomial in r.
/// 2^n is multiplied in two steps, so that only the last one rounds if the result is not normal.
template <typename T>
[[gnu::always_inline]] inline Vec<T> exponential(Vec<T> x) {
  using C = ExponentialConstants<T>;
  std::experimental::where(x < Vec<T>(C::kLeast), x) = Vec<T>(C::kLeast);
  const Vec<T> rounding(C::kRounding);
  const Vec<T> n = (x * C::kInverseLn2 + rounding) - rounding;
  const Vec<T> r = (x - n * C::kLn2High) - n * C::kLn2Low;
  Vec<T> sum(C::kTerms[0]);
  constexpr int kCount = sizeof(C::kTerms) / sizeof(T);
#pragma GCC unroll 16
  for (int i = 1; i < kCount; ++i) {
    sum = sum * r + Vec<T>(C::kTerms[i]);
  }
  const Vec<T> first = std::experimental::max(n, Vec<T>(C::kFirstExponent));
  return sum * power_of_two<T>(first) * power_of_two<T>(n - first);
}

}  // namespace
}  // namespace grapevine::ops::detail
