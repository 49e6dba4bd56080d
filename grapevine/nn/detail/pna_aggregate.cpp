#include "grapevine/nn/detail/pna_aggregate.h"

#include <ATen/TensorOperators.h>

#include <algorithm>

#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::nn::detail {

namespace {

using ops::BinaryOp;
using ops::Operand;
using ops::Reduce;
using ops::Target;

/// Keeps roots differentiable at 0.
constexpr double kTiny = 1e-30;

/// Whether an aggregator needs powers of the messages, not just their sum or extremum.
bool needs_powers(PNAAggregator aggregator) { return aggregator >= PNAAggregator::kStd; }

/// Reductions of the messages without what the destination adds to them, which changes neither
/// their variance nor their central moments.
class Aggregation {
 public:
  Aggregation(const ops::EdgeIndexPtr& edges, const PNAMessages& messages, bool with_powers)
      : edges_(edges), lhs_{Target::kSrc, messages.src} {
    if (!messages.edge.defined()) {
      return;
    }
    rhs_ = {Target::kEdge, messages.edge};
    if (with_powers) {
      lhs_ = {Target::kEdge, ops::gsddmm(edges, BinaryOp::kAdd, lhs_, rhs_)};
      rhs_ = {};
    }
  }

  [[nodiscard]] at::Tensor reduce(Reduce how) const {
    return ops::gspmm(edges_, rhs_.data.defined() ? BinaryOp::kAdd : BinaryOp::kCopyLhs, how, lhs_,
                      rhs_);
  }

  [[nodiscard]] at::Tensor variance() {
    const at::Tensor squares = lhs_.data * lhs_.data;
    return (mean_of({lhs_.target, squares}) - mean() * mean()).relu();
  }

  /// The n-th root of the n-th central moment.
  [[nodiscard]] at::Tensor moment(int n) {
    if (!centered_.defined()) {
      centered_ = ops::gsddmm(edges_, BinaryOp::kSub, lhs_, {Target::kDst, mean()});
    }
    const at::Tensor moment = mean_of({Target::kEdge, centered_.pow(n)});
    return moment.sign() * (moment.abs() + kTiny).pow(1.0 / n);
  }

 private:
  [[nodiscard]] at::Tensor mean_of(const Operand& values) const {
    return ops::gspmm(edges_, BinaryOp::kCopyLhs, Reduce::kMean, values);
  }
  const at::Tensor& mean() {
    if (!mean_.defined()) {
      mean_ = mean_of(lhs_);
    }
    return mean_;
  }

  ops::EdgeIndexPtr edges_;
  Operand lhs_;  ///< of the messages; with powers, the only operand
  Operand rhs_;
  at::Tensor mean_;
  at::Tensor centered_;  ///< a message for each edge, less the mean of its destination
};

}  // namespace

std::vector<at::Tensor> pna_aggregate(const ops::EdgeIndexPtr& edges, const at::Tensor& in_degrees,
                                      const PNAMessages& messages,
                                      const std::vector<PNAAggregator>& aggregators) {
  Aggregation aggregation(edges, messages,
                          std::any_of(aggregators.begin(), aggregators.end(), needs_powers));
  const at::Tensor degrees = in_degrees.to(messages.dst.scalar_type()).unsqueeze(-1);
  const at::Tensor shift = messages.dst * degrees.clamp_max(1);  // 0 where no message arrives
  std::vector<at::Tensor> results;
  for (const PNAAggregator aggregator : aggregators) {
    switch (aggregator) {
      case PNAAggregator::kMean:
        results.push_back(aggregation.reduce(Reduce::kMean) + shift);
        break;
      case PNAAggregator::kMax:
        results.push_back(aggregation.reduce(Reduce::kMax) + shift);
        break;
      case PNAAggregator::kMin:
        results.push_back(aggregation.reduce(Reduce::kMin) + shift);
        break;
      case PNAAggregator::kSum:
        results.push_back(aggregation.reduce(Reduce::kSum) + messages.dst * degrees);
        break;
      case PNAAggregator::kStd:
        results.push_back((aggregation.variance() + kTiny).sqrt());
        break;
      case PNAAggregator::kVar:
        results.push_back(aggregation.variance());
        break;
      case PNAAggregator::kMoment3:
        results.push_back(aggregation.moment(3));
        break;
      case PNAAggregator::kMoment4:
        results.push_back(aggregation.moment(4));
        break;
      case PNAAggregator::kMoment5:
        results.push_back(aggregation.moment(5));
        break;
    }
  }
  return results;
}

}  // namespace grapevine::nn::detail
