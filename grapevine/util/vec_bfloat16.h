#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "grapevine/util/vec.h"

// Values that are stored as bfloat16 and computed in float32, for kernels. In an anonymous
// namespace, and without the standard library's inline functions, for the reason given in vec.h.
namespace grapevine {
namespace {

/// The upper half of a float, as it stands in memory. Kernels compute with floats.
struct BFloat16 {
  std::uint16_t bits;
};

/// What values that are stored as `S` are computed in.
template <typename S>
using Computed = std::conditional_t<std::is_same_v<S, BFloat16>, float, S>;

template <typename T>
[[gnu::always_inline]] inline T widen(T value) {
  return value;
}
[[gnu::always_inline]] inline float widen(BFloat16 value) {
  return __builtin_bit_cast(float, static_cast<std::uint32_t>(value.bits) << 16);
}

template <typename S>
[[gnu::always_inline]] inline S narrow(Computed<S> value) {
  if constexpr (std::is_same_v<S, BFloat16>) {
    const auto bits = __builtin_bit_cast(std::uint32_t, value);
    // To the nearest, of two equally near to the even one; the sum could make a NaN an infinity.
    const std::uint32_t rounded = bits + 0x7fffU + (bits >> 16 & 1U);
    return {static_cast<std::uint16_t>((value != value ? bits | 0x400000U : rounded) >> 16)};
  } else {
    return value;
  }
}

// Some lanes in half the bytes, and their bits.
template <std::int64_t kCount>
using Bits16 [[gnu::vector_size(2 * kCount)]] = std::uint16_t;
template <std::int64_t kCount>
using Bits32 [[gnu::vector_size(4 * kCount)]] = std::uint32_t;
template <std::int64_t kCount>
using Floats [[gnu::vector_size(4 * kCount)]] = float;

template <std::int64_t kCount>
[[gnu::always_inline]] inline ShortVec<float, kCount> widen(Bits16<kCount> value) {
  Bits32<kCount> bits;
  // One instruction, of which the compiler would make four.
#ifdef __AVX512F__
  if constexpr (kCount == 16) {
    bits = __builtin_bit_cast(
        Bits32<16>, _mm512_maskz_cvtepu16_epi32(0xffff, __builtin_bit_cast(__m256i, value)));
  } else
#endif
#ifdef __AVX2__
      if constexpr (kCount == 8) {
    bits = __builtin_bit_cast(Bits32<8>, _mm256_cvtepu16_epi32(__builtin_bit_cast(__m128i, value)));
  } else
#endif
  {
    bits = __builtin_convertvector(value, Bits32<kCount>);
  }
  return __builtin_bit_cast(ShortVec<float, kCount>, bits << 16);
}

template <std::int64_t kCount>
[[gnu::always_inline]] inline Bits16<kCount> narrow(const ShortVec<float, kCount>& value) {
  const auto bits = __builtin_bit_cast(Bits32<kCount>, value);
  const auto floats = __builtin_bit_cast(Floats<kCount>, value);
  const Bits32<kCount> rounded = bits + 0x7fffU + (bits >> 16 & 1U);
  return __builtin_convertvector((floats != floats ? bits | 0x400000U : rounded) >> 16,
                                 Bits16<kCount>);
}

template <std::int64_t kCount = kLanes<float>>
[[gnu::always_inline]] inline ShortVec<float, kCount> load(const BFloat16* from) {
  Bits16<kCount> bits;
  std::memcpy(&bits, from, sizeof(bits));
  return widen<kCount>(bits);
}

template <std::int64_t kCount = kLanes<float>>
[[gnu::always_inline]] inline ShortVec<float, kCount> load(const BFloat16* from,
                                                           const Mask<float, kCount>& mask) {
  const int count = std::experimental::popcount(mask);
#ifdef __AVX512BW__
  if constexpr (kCount == 16) {
    const auto lanes = static_cast<__mmask16>((1U << count) - 1);
    return widen<16>(__builtin_bit_cast(Bits16<16>, _mm256_maskz_loadu_epi16(lanes, from)));
  }
#endif
  Bits16<kCount> bits = {};
  for (int i = 0; i < count; ++i) {
    bits[i] = from[i].bits;
  }
  return widen<kCount>(bits);
}

template <std::int64_t kCount = kLanes<float>>
[[gnu::always_inline]] inline void store(const ShortVec<float, kCount>& value, BFloat16* to) {
  const Bits16<kCount> bits = narrow<kCount>(value);
  std::memcpy(to, &bits, sizeof(bits));
}

template <std::int64_t kCount = kLanes<float>>
[[gnu::always_inline]] inline void store(const ShortVec<float, kCount>& value, BFloat16* to,
                                         const Mask<float, kCount>& mask) {
  const Bits16<kCount> bits = narrow<kCount>(value);
  const int count = std::experimental::popcount(mask);
  for (int i = 0; i < count; ++i) {
    to[i].bits = bits[i];
  }
}

}  // namespace
}  // namespace grapevine
