#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "grapevine/ops/cpu/edge_rows.h"

namespace grapevine::ops::detail {

/// A feature shape: the sizes of a tensor after its first dimension.
using Shape = std::vector<std::int64_t>;

/// The shapes of both operands and of the result, all of one rank; each size is that of the feature
/// space or 1.
struct MessageShapes {
  Shape lhs;
  Shape rhs;
  Shape out;
};

/// `shape` with ones in front up to `rank` dimensions.
[[nodiscard]] Shape pad(const Shape& shape, std::size_t rank);
/// The common shape of two, right-aligned; nothing if they do not fit.
[[nodiscard]] std::optional<Shape> broadcast(const Shape& first, const Shape& second);
/// The feature space: what all three shapes broadcast to.
[[nodiscard]] Shape feature_space(const MessageShapes& shapes);
/// The number of values.
[[nodiscard]] std::int64_t numel(const Shape& shape);
/// "[2, 3]".
[[nodiscard]] std::string to_string(const Shape& shape);

/// How the kernels walk through the feature space: a list of runs as long as possible, in each of
/// which every operand stands still or advances by one.
class BroadcastPlan {
 public:
  explicit BroadcastPlan(const MessageShapes& shapes);

  /// Pointers into this object; operands are swapped if `swapped()`.
  [[nodiscard]] FeatureBlocks blocks() const;
  /// Whether lhs and rhs change places, so that a standing operand is always the right one.
  [[nodiscard]] bool swapped() const { return swapped_; }
  /// Whether no two runs write to the same place.
  [[nodiscard]] bool unique_outputs() const { return unique_outputs_; }

 private:
  struct Dimension {
    std::int64_t size;
    std::int64_t lhs_stride;
    std::int64_t rhs_stride;
    std::int64_t out_stride;
  };
  static std::vector<Dimension> merged_dimensions(const MessageShapes& shapes);
  void add_blocks(const std::vector<Dimension>& outer);

  std::vector<std::int64_t> lhs_offsets_;
  std::vector<std::int64_t> rhs_offsets_;
  std::vector<std::int64_t> out_offsets_;
  std::int64_t width_ = 1;
  int lhs_step_ = 1;
  int rhs_step_ = 1;
  int out_step_ = 0;
  bool swapped_ = false;
  bool unique_outputs_ = true;
};

}  // namespace grapevine::ops::detail
