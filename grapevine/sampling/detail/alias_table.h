#pragma once

#include <cstdint>
#include <vector>

namespace grapevine::sampling::detail {

/// A place of an alias table: it stands for itself with a chance of `threshold / 2^32`, else for
/// the place `alias`.
struct AliasEntry {
  std::uint32_t threshold;
  std::uint32_t alias;
};

/// Makes alias tables, from which one draws in proportion to weights by a look at one place
/// (Walker, 1977), in linear time (Vose, 1991). Holds the memory that this takes.
class AliasBuilder {
 public:
  /// Writes the table of `weights`, finite, not negative, at most 2^32 - 1 of them. A weight of 0
  /// is never drawn; one that is below a 2^-32 of the mean may not be. Returns false, with nothing
  /// written, if every weight is 0.
  bool build(std::int64_t count, const double* weights, AliasEntry* table);

 private:
  std::vector<double> shares_;        // of the mean
  std::vector<std::uint32_t> below_;  // places with less than the mean, which another one fills
  std::vector<std::uint32_t> above_;
};

/// Where 64 random bits point to in a table of `count` places, and the coin that they toss there.
struct AliasPoint {
  AliasPoint(std::uint64_t bits, std::int64_t count) {
    const auto bound = static_cast<std::uint64_t>(count);
    const std::uint64_t product = (bits >> 32) * bound + (((bits & 0xFFFFFFFF) * bound) >> 32);
    place = static_cast<std::int64_t>(product >> 32);
    coin = static_cast<std::uint32_t>(product);
  }
  std::int64_t place;
  std::uint32_t coin;
};

/// The place of a table of `count` places that 64 random bits draw.
[[nodiscard]] inline std::int64_t draw(const AliasEntry* table, std::int64_t count,
                                       std::uint64_t bits) {
  const AliasPoint point(bits, count);
  const AliasEntry entry = table[point.place];
  return point.coin < entry.threshold ? point.place : std::int64_t{entry.alias};
}

/// What to multiply weights by of which `largest` is the largest: a power of two, so that neither
/// the largest nor the smallest doubles spoil a sum.
[[nodiscard]] double weight_scale(double largest);

}  // namespace grapevine::sampling::detail
