#include "grapevine/sampling/detail/alias_table.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace grapevine::sampling::detail {
namespace {

std::uint32_t threshold_of(double share) {
  constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
  return share >= 1 ? kMost : static_cast<std::uint32_t>(share * 0x1.0p32);
}

}  // namespace

double weight_scale(double largest) {
  int exponent = 0;
  std::frexp(largest, &exponent);
  return std::ldexp(1.0, std::min(-exponent, 1000));
}

bool AliasBuilder::build(std::int64_t count, const double* weights, AliasEntry* table) {
  const double* largest = std::max_element(weights, weights + count);
  if (count == 0 || *largest == 0) {
    return false;
  }
  const double scale = weight_scale(*largest);
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    sum += weights[i] * scale;
  }
  const double to_share = static_cast<double>(count) / sum;
  shares_.resize(static_cast<std::size_t>(count));
  below_.clear();
  above_.clear();
  for (std::int64_t i = 0; i < count; ++i) {
    shares_[i] = weights[i] * scale * to_share;
    (shares_[i] < 1 ? below_ : above_).push_back(static_cast<std::uint32_t>(i));
  }
  while (!below_.empty() && !above_.empty()) {
    const std::uint32_t place = below_.back();
    const std::uint32_t filler = above_.back();
    below_.pop_back();
    table[place] = {threshold_of(shares_[place]), filler};
    shares_[filler] -= 1 - shares_[place];
    if (shares_[filler] < 1) {
      above_.pop_back();
      below_.push_back(filler);
    }
  }
  // What is left has a share of 1 but for rounding, unless rounding left a 0 without a filler.
  for (const std::uint32_t place : above_) {
    table[place] = {threshold_of(1), place};
  }
  const auto heaviest = static_cast<std::uint32_t>(largest - weights);
  for (const std::uint32_t place : below_) {
    table[place] =
        weights[place] > 0 ? AliasEntry{threshold_of(1), place} : AliasEntry{0, heaviest};
  }
  return true;
}

}  // namespace grapevine::sampling::detail
