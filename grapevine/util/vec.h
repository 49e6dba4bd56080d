#pragma once

#include <cstdint>
#include <experimental/simd>

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

/// The first `count` lanes, for the end of a row that does not fill a vector.
template <typename T>
[[gnu::always_inline]] inline typename Vec<T>::mask_type first_lanes(std::int64_t count) {
  return Vec<T>([](auto lane) { return static_cast<T>(decltype(lane)::value); }) <
         Vec<T>(static_cast<T>(count));
}

template <typename T>
[[gnu::always_inline]] inline Vec<T> load(const T* from) {
  return Vec<T>(from, std::experimental::element_aligned);
}

/// Lanes outside the mask are 0 and their memory is not read.
template <typename T>
[[gnu::always_inline]] inline Vec<T> load(const T* from, const typename Vec<T>::mask_type& mask) {
  Vec<T> result(T{0});
  std::experimental::where(mask, result).copy_from(from, std::experimental::element_aligned);
  return result;
}

template <typename T>
[[gnu::always_inline]] inline void store(const Vec<T>& value, T* to) {
  value.copy_to(to, std::experimental::element_aligned);
}

/// Memory outside the mask is not written.
template <typename T>
[[gnu::always_inline]] inline void store(const Vec<T>& value, T* to,
                                         const typename Vec<T>::mask_type& mask) {
  std::experimental::where(mask, value).copy_to(to, std::experimental::element_aligned);
}

/// The sum of all lanes.
template <typename T>
[[gnu::always_inline]] inline T add_lanes(const Vec<T>& value) {
  T lanes[kLanes<T>];
  store<T>(value, lanes);
  for (std::int64_t half = kLanes<T> / 2; half > 0; half /= 2) {
    for (std::int64_t i = 0; i < half; ++i) {
      lanes[i] += lanes[i + half];
    }
  }
  return lanes[0];
}

}  // namespace
}  // namespace grapevine
