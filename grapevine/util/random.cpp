#include "grapevine/util/random.h"

#include <cmath>
#include <numbers>

namespace grapevine {
namespace {

constexpr std::uint32_t kMultiplier0 = 0xD2511F53;
constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;
constexpr int kRounds = 10;

constexpr std::uint32_t high(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }
constexpr std::uint32_t low(std::uint64_t word) { return static_cast<std::uint32_t>(word); }

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::uint64_t key, std::uint64_t counter_high,
                                        std::uint64_t counter_low) {
  std::array<std::uint32_t, 4> state = {low(counter_low), high(counter_low), low(counter_high),
                                        high(counter_high)};
  std::uint32_t key0 = low(key);
  std::uint32_t key1 = high(key);
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{kMultiplier0} * state[0];
    const std::uint64_t product1 = std::uint64_t{kMultiplier1} * state[2];
    state = {high(product1) ^ state[1] ^ key0, low(product1), high(product0) ^ state[3] ^ key1,
             low(product0)};
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return state;
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
  if (bound <= UINT32_MAX) {
    // Multiply-and-shift; the few low products that would favour some results are drawn again.
    const auto narrow = static_cast<std::uint32_t>(bound);
    std::uint64_t product = std::uint64_t{next_uint32()} * narrow;
    if (low(product) < narrow) {
      const std::uint32_t threshold = (0U - narrow) % narrow;
      while (low(product) < threshold) {
        product = std::uint64_t{next_uint32()} * narrow;
      }
    }
    return product >> 32;
  }
  const std::uint64_t threshold = (std::uint64_t{0} - bound) % bound;
  std::uint64_t bits = next_uint64();
  while (bits < threshold) {
    bits = next_uint64();
  }
  return bits % bound;
}

double RandomStream::exponential() { return -std::log1p(-uniform()) + 0x1.0p-60; }

double RandomStream::normal() {
  const double radius = std::sqrt(2.0 * exponential());
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

RandomKey::RandomKey(std::uint64_t seed) : key_(seed) { key_ = fold_in(0).key_; }

RandomKey RandomKey::fold_in(std::uint64_t data) const {
  const std::array<std::uint32_t, 4> bits = philox4x32(key_, 0x67726170'6576696e, data);
  RandomKey folded = *this;
  folded.key_ = (std::uint64_t{bits[0]} << 32) | bits[1];
  return folded;
}

}  // namespace grapevine
