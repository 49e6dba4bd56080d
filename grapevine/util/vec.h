#pragma once

#include <cstdint>
#include <experimental/simd>
#include <type_traits>
#include <utility>

// The vector type of the kernels: as many lanes as the instruction set that a file is compiled for
// has. Everything stands in an anonymous namespace, because kernel files are compiled several times
// with different instructions and may not share inline code with each other or with the rest of the
// library.
namespace grapevine {
namespace {

template <typename T>
using Vec = std::experimental::native_simd<T>;

template <typename T>
constexpr std::int64_t kLanes = static_cast<std::int64_t>(Vec<T>::size());

/// A vector of `kCount` lanes, at most `kLanes`: reading fewer bytes crosses fewer cache lines.
template <typename T, std::int64_t kCount>
using ShortVec = std::experimental::simd<T, std::experimental::simd_abi::deduce_t<T, kCount>>;
template <typename T, std::int64_t kCount>
using Mask = typename ShortVec<T, kCount>::mask_type;

/// The first `count` lanes, for the end of a row that does not fill a vector.
template <typename T, std::int64_t kCount = kLanes<T>>
[[gnu::always_inline]] inline Mask<T, kCount> first_lanes(std::int64_t count) {
  using V = ShortVec<T, kCount>;
  return V([](auto lane) { return static_cast<T>(decltype(lane)::value); }) <
         V(static_cast<T>(count));
}

template <std::int64_t kCount, typename T>
requires std::is_arithmetic_v<T>
[[gnu::always_inline]] inline ShortVec<T, kCount> load(const T* from) {
  return ShortVec<T, kCount>(from, std::experimental::element_aligned);
}
template <typename T>
requires std::is_arithmetic_v<T>
[[gnu::always_inline]] inline Vec<T> load(const T* from) { return load<kLanes<T>>(from); }

/// Lanes outside the mask, which has the first lanes set, are 0 and their memory is not read.
template <std::int64_t kCount, typename T>
requires std::is_arithmetic_v<T>
[[gnu::always_inline]] inline ShortVec<T, kCount> load(const T* from, const Mask<T, kCount>& mask) {
  ShortVec<T, kCount> result(T{0});
  std::experimental::where(mask, result).copy_from(from, std::experimental::element_aligned);
  return result;
}
template <typename T>
requires std::is_arithmetic_v<T>
[[gnu::always_inline]] inline Vec<T> load(const T* from, const typename Vec<T>::mask_type& mask) {
  return load<kLanes<T>>(from, mask);
}

template <std::int64_t kCount, typename T>
[[gnu::always_inline]] inline void store(const ShortVec<T, kCount>& value, T* to) {
  value.copy_to(to, std::experimental::element_aligned);
}
template <typename T>
[[gnu::always_inline]] inline void store(const Vec<T>& value, T* to) {
  value.copy_to(to, std::experimental::element_aligned);
}

/// Memory outside the mask is not written.
template <std::int64_t kCount, typename T>
[[gnu::always_inline]] inline void store(const ShortVec<T, kCount>& value, T* to,
                                         const Mask<T, kCount>& mask) {
  std::experimental::where(mask, value).copy_to(to, std::experimental::element_aligned);
}
template <typename T>
[[gnu::always_inline]] inline void store(const Vec<T>& value, T* to,
                                         const typename Vec<T>::mask_type& mask) {
  std::experimental::where(mask, value).copy_to(to, std::experimental::element_aligned);
}

// Lanes as the compiler's own vectors, which it can cut in two without a way through memory.
template <typename T, std::int64_t kCount>
using Lanes [[gnu::vector_size(kCount * sizeof(T))]] = T;

template <typename T, std::int64_t kCount, std::int64_t... kLane>
[[gnu::always_inline]] inline T add_halves(Lanes<T, kCount> value,
                                           std::integer_sequence<std::int64_t, kLane...>) {
  constexpr std::int64_t kHalf = kCount / 2;
  if constexpr (kHalf == 1) {
    return value[0] + value[1];
  } else {
    const Lanes<T, kHalf> sums = __builtin_shufflevector(value, value, kLane...) +
                                 __builtin_shufflevector(value, value, kLane + kHalf...);
    return add_halves<T, kHalf>(sums, std::make_integer_sequence<std::int64_t, kHalf / 2>());
  }
}

/// The sum of all lanes: of the lower and the upper half, then of the halves of that.
template <typename T, std::int64_t kCount = kLanes<T>>
[[gnu::always_inline]] inline T add_lanes(const ShortVec<T, kCount>& value) {
  return add_halves<T, kCount>(__builtin_bit_cast(Lanes<T, kCount>, value),
                               std::make_integer_sequence<std::int64_t, kCount / 2>());
}

}  // namespace
}  // namespace grapevine
