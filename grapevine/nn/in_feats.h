#pragma once

#include <cstdint>
#include <utility>

namespace grapevine::nn {

/// Widths of the input of a layer: one for all nodes, or a pair for source and destination nodes
/// that differ. Converts from either. A layer that was given a pair has weights of its own for each
/// side, as in DGL.
///
///     GATConv(128, 16, 4);                     // one weight matrix for both sides
///     GATConv(std::pair(128, 64), 16, 4);      // two
class InFeats {
 public:
  InFeats(std::int64_t width)  // NOLINT(google-explicit-constructor)
      : src_(width), dst_(width) {}
  template <typename Src, typename Dst>
  InFeats(std::pair<Src, Dst> widths)  // NOLINT(google-explicit-constructor)
      : src_(widths.first), dst_(widths.second), is_pair_(true) {}

  [[nodiscard]] std::int64_t src() const { return src_; }
  [[nodiscard]] std::int64_t dst() const { return dst_; }
  [[nodiscard]] bool is_pair() const { return is_pair_; }

 private:
  std::int64_t src_;
  std::int64_t dst_;
  bool is_pair_ = false;
};

}  // namespace grapevine::nn
