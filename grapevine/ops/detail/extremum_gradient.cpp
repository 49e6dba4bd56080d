#include "grapevine/ops/detail/extremum_gradient.h"

#include <ATen/ops/zeros.h>

#include <algorithm>
#include <utility>

#include "grapevine/ops/detail/broadcast.h"
#include "grapevine/ops/detail/grouping.h"
#include "grapevine/util/parallel.h"

namespace grapevine::ops::detail {
namespace {

/// Which row of an operand an edge belongs to.
template <typename Id>
struct OperandRows {
  Target target;
  const Id* ids;  // by edge, for `kSrc`
  std::int64_t row_size;

  OperandRows(const EdgeIndex& edges, Target operand_target, const Shape& shape)
      : target(operand_target),
        ids(target == Target::kSrc ? edges.coo().src.const_data_ptr<Id>() : nullptr),
        row_size(numel(shape)) {}

  [[nodiscard]] std::int64_t offset(std::int64_t dst, std::int64_t edge) const {
    switch (target) {
      case Target::kSrc:
        return static_cast<std::int64_t>(ids[edge]) * row_size;
      case Target::kDst:
        return dst * row_size;
      case Target::kEdge:
        break;
    }
    return edge * row_size;
  }
};

template <typename T, typename Id>
class Scatter {
 public:
  Scatter(const EdgeIndex& edges, const Contraction& message, const at::Tensor& gradient,
          const at::Tensor& winners, const at::Tensor& rhs, const at::Tensor& result)
      : plan_(message.shapes),
        blocks_(plan_.blocks()),
        num_dst_(edges.num_dst()),
        out_size_(numel(message.shapes.out)),
        lhs_(edges, message.lhs_target, message.shapes.lhs),
        rhs_(edges, message.rhs_target, message.shapes.rhs),
        gradient_(gradient.const_data_ptr<T>()),
        winners_(winners.const_data_ptr<std::int64_t>()),
        factors_(rhs.defined() ? rhs.const_data_ptr<T>() : nullptr),
        result_(result.mutable_data_ptr<T>()) {
    if (plan_.swapped()) {
      std::swap(blocks_.lhs_offsets, blocks_.rhs_offsets);
      std::swap(blocks_.lhs_step, blocks_.rhs_step);
    }
  }

  void run() const {
    constexpr std::int64_t kGrain = 32768;
    const std::int64_t values = blocks_.num_blocks * blocks_.width;
    // Two destinations may have taken their values from one source, but from one edge never.
    if (lhs_.target != Target::kSrc) {
      return parallel_for(
          0, num_dst_, std::max<std::int64_t>(1, kGrain / values),
          [&](std::int64_t begin, std::int64_t end) { scatter(begin, end, 0, blocks_.width); });
    }
    if (blocks_.num_blocks > 1 || blocks_.lhs_step == 0) {
      return scatter(0, num_dst_, 0, blocks_.width);
    }
    constexpr std::int64_t kCacheLine = 64 / sizeof(T);
    parallel_for(0, blocks_.width,
                 std::max(kCacheLine, kGrain / std::max<std::int64_t>(1, num_dst_)),
                 [&](std::int64_t begin, std::int64_t end) { scatter(0, num_dst_, begin, end); });
  }

 private:
  /// Destinations `[begin, end)`, features `[first, last)` of each block.
  void scatter(std::int64_t begin, std::int64_t end, std::int64_t first, std::int64_t last) const {
    for (std::int64_t dst = begin; dst < end; ++dst) {
      for (std::int64_t block = 0; block < blocks_.num_blocks; ++block) {
        const std::int64_t out = dst * out_size_ + blocks_.out_offsets[block];
        for (std::int64_t i = first; i < last; ++i) {
          const std::int64_t position = out + i * blocks_.out_step;
          const std::int64_t edge = winners_[position];
          if (edge >= 0) {
            result_[lhs_.offset(dst, edge) + blocks_.lhs_offsets[block] + i * blocks_.lhs_step] +=
                gradient_[position] * factor(dst, edge, block, i);
          }
        }
      }
    }
  }

  [[nodiscard]] T factor(std::int64_t dst, std::int64_t edge, std::int64_t block,
                         std::int64_t i) const {
    return factors_ == nullptr ? T{1}
                               : factors_[rhs_.offset(dst, edge) + blocks_.rhs_offsets[block] +
                                          i * blocks_.rhs_step];
  }

  BroadcastPlan plan_;
  FeatureBlocks blocks_;
  std::int64_t num_dst_;
  std::int64_t out_size_;
  OperandRows<Id> lhs_;
  OperandRows<Id> rhs_;
  const T* gradient_;
  const std::int64_t* winners_;
  const T* factors_;
  T* result_;
};

template <typename T>
void scatter(const EdgeIndex& edges, const Contraction& message, const at::Tensor& gradient,
             const at::Tensor& winners, const at::Tensor& rhs, const at::Tensor& result) {
  const bool reads_sources =
      message.lhs_target == Target::kSrc || message.rhs_target == Target::kSrc;
  if (reads_sources && edges.coo().src.scalar_type() == at::kInt) {
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
