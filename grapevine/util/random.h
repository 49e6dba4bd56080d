#pragma once

#include <array>
#include <cstdint>

namespace grapevine {

/// The Philox4x32-10 counter-based generator (Salmon et al., 2011): a pure function from a 64-bit
/// key and a 128-bit counter to 128 random bits.
[[nodiscard]] std::array<std::uint32_t, 4> philox4x32(std::uint64_t key, std::uint64_t counter_high,
                                                      std::uint64_t counter_low);

/// The random numbers of one sampled thing, in a fixed order. Cheap to make; not thread-safe
/// itself, but two streams never share state, so who draws from which stream never changes what is
/// drawn.
class RandomStream {
 public:
  RandomStream(std::uint64_t key, std::uint64_t id) : key_(key), id_(id) {}

  /// 32 uniform bits.
  std::uint32_t next_uint32() {
    if (used_ == bits_.size()) {
      bits_ = philox4x32(key_, id_, block_++);
      used_ = 0;
    }
    return bits_[used_++];
  }
  /// 64 uniform bits.
  std::uint64_t next_uint64() {
    const std::uint64_t first = next_uint32();
    return (first << 32) | next_uint32();
  }
  /// An integer in `[0, bound)`, without bias (Lemire, 2019). `bound` must be positive.
  std::uint64_t below(std::uint64_t bound);
  /// A double in `[0, 1)` with 53 random bits.
  double uniform() { return static_cast<double>(next_uint64() >> 11) * 0x1.0p-53; }
  /// A double from the exponential distribution of rate 1; never 0 and never infinite.
  double exponential();
  /// A double from the standard normal distribution (Box and Muller, 1958).
  double normal();

 private:
  std::uint64_t key_;
  std::uint64_t id_;
  std::uint64_t block_ = 0;
  std::array<std::uint32_t, 4> bits_{};
  unsigned used_ = 4;
};

/// A key that names what is sampled: fold in the seed, epoch, batch, hop and relation, then take
/// the stream of a node. The same words give the same numbers on any thread, worker or rank.
///
///     const RandomKey key = RandomKey(seed).fold_in(epoch).fold_in(batch);
///     RandomStream stream = key.stream(node);
class RandomKey {
 public:
  explicit RandomKey(std::uint64_t seed);
  /// The key of a part of what this key names; different `data` give independent keys.
  [[nodiscard]] RandomKey fold_in(std::uint64_t data) const;
  /// The stream of one item (a node, a position) under this key.
  [[nodiscard]] RandomStream stream(std::uint64_t id) const { return {key_, id}; }
  /// The 64-bit value of the key.
  [[nodiscard]] std::uint64_t value() const { return key_; }

 private:
  std::uint64_t key_;
};

}  // namespace grapevine
