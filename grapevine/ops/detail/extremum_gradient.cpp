#include "grapevine/ops/detail/extremum_gradient.h"

#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "grapevine/ops/detail/broadcast.h"
#include "grapevine/ops/detail/grouping.h"
#include "grapevine/util/parallel.h"

namespace grapevine::ops::detail {
namespace {

/// Where an operand's row starts, for a destination and its winner. The winner of a copy is the
/// row; other winners are edges.
class OperandRows {
 public:
  OperandRows(const EdgeIndex& edges, const Contraction& message, Target target, const Shape& shape)
      : row_size_(numel(shape)), is_destination_(target == Target::kDst) {
    if (message.op != KernelOp::kCopy && target == Target::kSrc) {
      const at::Tensor& ids = edges.coo().src;
      const bool narrow = ids.scalar_type() == at::kInt;
      narrow_ids_ = narrow ? ids.const_data_ptr<std::int32_t>() : nullptr;
      wide_ids_ = narrow ? nullptr : ids.const_data_ptr<std::int64_t>();
    }
  }

  [[nodiscard]] std::int64_t offset(std::int64_t dst, std::int64_t winner) const {
    return row(dst, winner) * row_size_;
  }

 private:
  [[nodiscard]] std::int64_t row(std::int64_t dst, std::int64_t winner) const {
    if (is_destination_) {
      return dst;
    }
    if (narrow_ids_ != nullptr) {
      return narrow_ids_[winner];
    }
    return wide_ids_ != nullptr ? wide_ids_[winner] : winner;
  }

  std::int64_t row_size_;
  bool is_destination_;
  const std::int32_t* narrow_ids_ = nullptr;  // by edge
  const std::int64_t* wide_ids_ = nullptr;
};

template <typename T, typename Winner>
class Scatter {
 public:
  Scatter(const EdgeIndex& edges, const Contraction& message, const at::Tensor& gradient,
          const at::Tensor& winners, const at::Tensor& rhs, const at::Tensor& result)
      : plan_(message.shapes),
        blocks_(plan_.blocks()),
        is_copy_(message.op == KernelOp::kCopy),
        from_sources_(message.lhs_target == Target::kSrc),
        num_dst_(edges.num_dst()),
        out_size_(numel(message.shapes.out)),
        lhs_(edges, message, message.lhs_target, message.shapes.lhs),
        rhs_(edges, message, message.rhs_target, message.shapes.rhs),
        gradient_(gradient.const_data_ptr<T>()),
        winners_(winners.const_data_ptr<Winner>()),
        factors_(rhs.defined() ? rhs.const_data_ptr<T>() : nullptr),
        result_(result.mutable_data_ptr<T>()),
        prefetches_(result.nbytes() > kCacheBytes) {
    if (plan_.swapped()) {
      std::swap(blocks_.lhs_offsets, blocks_.rhs_offsets);
      std::swap(blocks_.lhs_step, blocks_.rhs_step);
    }
  }

  void run() const {
    constexpr std::int64_t kGrain = 32768;
    const std::int64_t width = blocks_.width;
    // Two destinations may have taken their values from one source, but from one edge never.
    if (!from_sources_) {
      return parallel_for(
          0, num_dst_, std::max<std::int64_t>(1, kGrain / (blocks_.num_blocks * width)),
          [&](std::int64_t begin, std::int64_t end) { scatter(begin, end, 0, width); });
    }
    // Each thread reads whole rows' parts of some features, in cache lines. For narrow rows one
    // thread is as fast as several, which would all read all winners.
    constexpr std::int64_t kUnit = 64 / sizeof(T);
    const bool splits = blocks_.num_blocks == 1 && blocks_.lhs_step == 1;
    parallel_for(0, splits ? (width + kUnit - 1) / kUnit : 1, kLinesOfThread,
                 [&](std::int64_t begin, std::int64_t end) {
                   scatter(0, num_dst_, begin * kUnit,
                           splits ? std::min(end * kUnit, width) : width);
                 });
  }

 private:
  /// Features that a thread has at least, in cache lines.
  static constexpr std::int64_t kLinesOfThread = 4;
  /// A smaller result stays in the cache by itself.
  static constexpr std::size_t kCacheBytes = 8 << 20;

  /// Destinations `[begin, end)`, features `[first, last)` of each block.
  void scatter(std::int64_t begin, std::int64_t end, std::int64_t first, std::int64_t last) const {
    const bool is_plain = is_copy_ && blocks_.num_blocks == 1 && blocks_.lhs_step == 1 &&
                          blocks_.out_step == 1 && out_size_ == blocks_.width;
    for (std::int64_t dst = begin; dst < end; ++dst) {
      if (is_plain) {
        scatter_copy(dst, end, first, last);
      } else {
        scatter_message(dst, first, last);
      }
    }
  }

  void scatter_copy(std::int64_t dst, std::int64_t end, std::int64_t first,
                    std::int64_t last) const {
    const Winner* winners = winners_ + dst * out_size_;
    const std::int64_t ahead = 1 + kValuesAhead / (last - first);
    if (prefetches_ && dst + ahead < end) {
      for (std::int64_t i = first; i < last; ++i) {
        const Winner row = winners[ahead * out_size_ + i];
        __builtin_prefetch(result_ + std::max<std::int64_t>(row, 0) * out_size_ + i, 1);
      }
    }
    if (winners[first] < 0) {
      return;
    }
    for (std::int64_t i = first; i < last; ++i) {
      result_[static_cast<std::int64_t>(winners[i]) * out_size_ + i] +=
          gradient_[dst * out_size_ + i];
    }
  }

  void scatter_message(std::int64_t dst, std::int64_t first, std::int64_t last) const {
    for (std::int64_t block = 0; block < blocks_.num_blocks; ++block) {
      const std::int64_t out = dst * out_size_ + blocks_.out_offsets[block];
      for (std::int64_t i = first; i < last; ++i) {
        const std::int64_t position = out + i * blocks_.out_step;
        const std::int64_t winner = winners_[position];
        if (winner >= 0) {
          result_[lhs_.offset(dst, winner) + blocks_.lhs_offsets[block] + i * blocks_.lhs_step] +=
              gradient_[position] * factor(dst, winner, block, i);
        }
      }
    }
  }

  [[nodiscard]] T factor(std::int64_t dst, std::int64_t winner, std::int64_t block,
                         std::int64_t i) const {
    return factors_ == nullptr ? T{1}
                               : factors_[rhs_.offset(dst, winner) + blocks_.rhs_offsets[block] +
                                          i * blocks_.rhs_step];
  }

  /// How far ahead the result is fetched.
  static constexpr std::int64_t kValuesAhead = 128;

  BroadcastPlan plan_;
  FeatureBlocks blocks_;
  bool is_copy_;
  bool from_sources_;
  std::int64_t num_dst_;
  std::int64_t out_size_;
  OperandRows lhs_;
  OperandRows rhs_;
  const T* gradient_;
  const Winner* winners_;
  const T* factors_;
  T* result_;
  bool prefetches_;
};

template <typename T>
void scatter(const EdgeIndex& edges, const Contraction& message, const at::Tensor& gradient,
             const at::Tensor& winners, const at::Tensor& rhs, const at::Tensor& result) {
  if (winners.scalar_type() == at::kInt) {
    return Scatter<T, std::int32_t>(edges, message, gradient, winners, rhs, result).run();
  }
  Scatter<T, std::int64_t>(edges, message, gradient, winners, rhs, result).run();
}

}  // namespace

at::Tensor extremum_gradient_on_cpu(const EdgeIndex& edges, const Contraction& message,
                                    const at::Tensor& gradient, const at::Tensor& winners,
                                    const at::Tensor& rhs) {
  at::DimVector shape = {num_rows(edges, message.lhs_target)};
  shape.append(message.shapes.lhs.begin(), message.shapes.lhs.end());
  at::Tensor result = at::zeros(shape, gradient.options());
  const at::Tensor factors = message.op == KernelOp::kMul ? rhs.contiguous() : at::Tensor();
  const auto run = gradient.scalar_type() == at::kFloat ? scatter<float> : scatter<double>;
  run(edges, message, gradient.contiguous(), winners, factors, result);
  return result;
}

}  // namespace grapevine::ops::detail
