#include "grapevine/ops/detail/broadcast.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace grapevine::ops::detail {
namespace {

/// The strides of a contiguous tensor, with 0 where it has size 1.
std::vector<std::int64_t> strides(const Shape& shape) {
  std::vector<std::int64_t> result(shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    result[i] = shape[i] == 1 ? 0 : stride;
    stride *= shape[i];
  }
  return result;
}

}  // namespace

Shape pad(const Shape& shape, std::size_t rank) {
  Shape padded(rank - shape.size(), 1);
  padded.insert(padded.end(), shape.begin(), shape.end());
  return padded;
}

std::optional<Shape> broadcast(const Shape& first, const Shape& second) {
  const std::size_t rank = std::max(first.size(), second.size());
  Shape result = pad(first, rank);
  const Shape other = pad(second, rank);
  for (std::size_t i = 0; i < rank; ++i) {
    if (result[i] == 1) {
      result[i] = other[i];
    } else if (other[i] != 1 && other[i] != result[i]) {
      return std::nullopt;
    }
  }
  return result;
}

Shape feature_space(const MessageShapes& shapes) {
  return broadcast(broadcast(shapes.lhs, shapes.rhs).value(), shapes.out).value();
}

std::int64_t numel(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

std::vector<BroadcastPlan::Dimension> BroadcastPlan::merged_dimensions(
    const MessageShapes& shapes) {
  const Shape space = feature_space(shapes);
  const std::vector<std::int64_t> lhs = strides(shapes.lhs);
  const std::vector<std::int64_t> rhs = strides(shapes.rhs);
  const std::vector<std::int64_t> out = strides(shapes.out);
  std::vector<Dimension> merged;  // the innermost comes first
  for (std::size_t i = space.size(); i-- > 0;) {
    if (space[i] == 1) {
      continue;
    }
    if (!merged.empty()) {
      Dimension& inner = merged.back();
      if (lhs[i] == inner.lhs_stride * inner.size && rhs[i] == inner.rhs_stride * inner.size &&
          out[i] == inner.out_stride * inner.size) {
        inner.size *= space[i];
        continue;
      }
    }
    merged.push_back({space[i], lhs[i], rhs[i], out[i]});
  }
  std::reverse(merged.begin(), merged.end());
  return merged;
}

BroadcastPlan::BroadcastPlan(const MessageShapes& shapes) {
  std::vector<Dimension> dimensions = merged_dimensions(shapes);
  if (!dimensions.empty()) {
    // The stride of the innermost dimension is 0 or 1: whatever lies inside it has size 1.
    const Dimension inner = dimensions.back();
    width_ = inner.size;
    lhs_step_ = static_cast<int>(inner.lhs_stride);
    rhs_step_ = static_cast<int>(inner.rhs_stride);
    out_step_ = static_cast<int>(inner.out_stride);
    dimensions.pop_back();
  }
  swapped_ = lhs_step_ == 0 && rhs_step_ == 1;
  add_blocks(dimensions);
  if (swapped_) {
    std::swap(lhs_step_, rhs_step_);
    std::swap(lhs_offsets_, rhs_offsets_);
  }
}

void BroadcastPlan::add_blocks(const std::vector<Dimension>& outer) {
  lhs_offsets_ = rhs_offsets_ = out_offsets_ = {0};
  const auto expand = [](std::vector<std::int64_t>& offsets, std::int64_t size,
                         std::int64_t stride) {
    std::vector<std::int64_t> expanded;
    expanded.reserve(offsets.size() * static_cast<std::size_t>(size));
    for (const std::int64_t offset : offsets) {
      for (std::int64_t i = 0; i < size; ++i) {
        expanded.push_back(offset + i * stride);
      }
    }
    offsets = std::move(expanded);
  };
  for (const Dimension& dimension : outer) {
    expand(lhs_offsets_, dimension.size, dimension.lhs_stride);
    expand(rhs_offsets_, dimension.size, dimension.rhs_stride);
    expand(out_offsets_, dimension.size, dimension.out_stride);
    unique_outputs_ = unique_outputs_ && dimension.out_stride != 0;
  }
}

FeatureBlocks BroadcastPlan::blocks() const {
  return {.num_blocks = static_cast<std::int64_t>(out_offsets_.size()),
          .width = width_,
          .lhs_offsets = lhs_offsets_.data(),
          .rhs_offsets = rhs_offsets_.data(),
          .out_offsets = out_offsets_.data(),
          .lhs_step = lhs_step_,
          .rhs_step = rhs_step_,
          .out_step = out_step_};
}

}  // namespace grapevine::ops::detail
