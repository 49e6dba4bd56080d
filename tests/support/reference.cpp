#include "tests/support/reference.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>

#include "tests/support/graphs.h"

namespace grapevine::testing_support {

using ops::BinaryOp;
using ops::Operand;
using ops::Reduce;
using ops::Target;

namespace {

std::int64_t rows_of(const ops::EdgeIndex& edges, Target target) {
  return target == Target::kSrc ? edges.num_src()
                                : (target == Target::kDst ? edges.num_dst() : edges.num_edges());
}

at::Tensor gather(const ops::EdgeIndex& edges, const Operand& operand, std::int64_t dim) {
  at::Tensor data = operand.data;
  if (operand.target != Target::kEdge) {
    data = data.index_select(0, operand.target == Target::kSrc ? edges.coo().src : edges.coo().dst);
  }
  while (data.dim() < dim) {
    data = data.unsqueeze(1);
  }
  return data;
}

/// The messages of each node, as a list of tensors.
std::vector<at::Tensor> by_node(const ops::EdgeIndex& edges, const at::Tensor& messages,
                                Target target) {
  const at::Tensor ids = target == Target::kSrc ? edges.coo().src : edges.coo().dst;
  std::vector<at::Tensor> result;
  for (std::int64_t node = 0; node < rows_of(edges, target); ++node) {
    result.push_back(messages.index_select(0, ids.eq(node).nonzero().flatten()));
  }
  return result;
}

}  // namespace

at::Tensor reference_sddmm(const ops::EdgeIndexPtr& edges, BinaryOp op, const Operand& lhs,
                           const Operand& rhs) {
  if (op == BinaryOp::kCopyLhs) {
    return gather(*edges, lhs, 0);
  }
  const bool both_flat = lhs.data.dim() == 1 && rhs.data.dim() == 1;
  const std::int64_t dim = std::max(lhs.data.dim(), rhs.data.dim());
  const at::Tensor left = gather(*edges, lhs, dim);
  const at::Tensor right = gather(*edges, rhs, dim);
  switch (op) {
    case BinaryOp::kAdd:
      return left.add(right);
    case BinaryOp::kSub:
      return left.sub(right);
    case BinaryOp::kDiv:
      return left.div(right);
    case BinaryOp::kDot:
      return both_flat ? left.mul(right) : left.mul(right).sum(-1, /*keepdim=*/true);
    default:
      return left.mul(right);
  }
}

at::Tensor reference_spmm(const ops::EdgeIndexPtr& edges, BinaryOp op, Reduce reduce,
                          const Operand& lhs, const Operand& rhs) {
  const at::Tensor messages = reference_sddmm(edges, op, lhs, rhs);
  const at::Tensor zero = at::zeros(messages.sizes().slice(1), messages.options());
  std::vector<at::Tensor> rows;
  for (const at::Tensor& received : by_node(*edges, messages, Target::kDst)) {
    if (received.size(0) == 0) {
      rows.push_back(zero);
    } else if (reduce == Reduce::kSum) {
      rows.push_back(received.sum(0));
    } else if (reduce == Reduce::kMean) {
      rows.push_back(received.mean(0));
    } else {
      rows.push_back(reduce == Reduce::kMax ? received.amax(0) : received.amin(0));
    }
  }
  return at::stack(rows);
}

at::Tensor reference_edge_softmax(const ops::EdgeIndexPtr& edges, const at::Tensor& logits,
                                  Target norm_by) {
  const std::vector<at::Tensor> ids =
      by_node(*edges, at::arange(edges->num_edges(), at::kLong), norm_by);
  std::vector<at::Tensor> parts;
  for (const at::Tensor& own : ids) {
    parts.push_back(logits.index_select(0, own).softmax(0));
  }
  return at::cat(parts).index_select(0, at::cat(ids).argsort());
}

std::string MessageKind::name() const {
  return op == BinaryOp::kCopyLhs
             ? fmt::format("copy_{}", ops::name(lhs))
             : fmt::format("{}_{}_{}", ops::name(lhs), ops::name(op), ops::name(rhs));
}

std::vector<MessageKind> all_messages() {
  std::vector<MessageKind> messages;
  const std::vector<Target> targets = {Target::kSrc, Target::kDst, Target::kEdge};
  for (const Target target : targets) {
    messages.push_back({BinaryOp::kCopyLhs, target, target});
  }
  for (const BinaryOp op :
       {BinaryOp::kAdd, BinaryOp::kSub, BinaryOp::kMul, BinaryOp::kDiv, BinaryOp::kDot}) {
    for (const Target lhs : targets) {
      for (const Target rhs : targets) {
        if (lhs != rhs) {
          messages.push_back({op, lhs, rhs});
        }
      }
    }
  }
  return messages;
}

std::vector<Reduce> all_reduces() {
  return {Reduce::kSum, Reduce::kMean, Reduce::kMax, Reduce::kMin};
}

std::vector<ShapePair> shape_pairs(BinaryOp op) {
  if (op == BinaryOp::kDot) {
    return {{{}, {}},      {{1}, {1}},   {{5}, {5}},          {{2, 3}, {1, 3}},
            {{3}, {2, 3}}, {{67}, {67}}, {{2, 1, 7}, {4, 7}}, {{4, 1}, {4, 1}}};
  }
  return {{{}, {}},      {{1}, {5}},          {{12}, {12}},      {{67}, {67}},
          {{67}, {1}},   {{2, 3}, {1, 3}},    {{2, 1}, {2, 4}},  {{}, {2}},
          {{4}, {2, 1}}, {{2, 1, 3}, {2, 1}}, {{1, 17}, {3, 1}}, {{2, 3, 4}, {2, 3, 4}}};
}

RandomOperands random_operands(const ops::EdgeIndex& edges, const MessageKind& message,
                               const ShapePair& shapes, at::ScalarType dtype) {
  const auto make = [&](std::uint64_t seed, Target target, const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> full = {rows_of(edges, target)};
    full.insert(full.end(), shape.begin(), shape.end());
    return Operand{target, random_values(seed, full, dtype)};
  };
  RandomOperands operands{make(11, message.lhs, shapes.lhs), {}};
  if (message.op != BinaryOp::kCopyLhs) {
    operands.rhs = make(12, message.rhs, shapes.rhs);
  }
  return operands;
}

::testing::AssertionResult all_close(const at::Tensor& actual, const at::Tensor& expected) {
  if (!actual.defined() || !expected.defined()) {
    return ::testing::AssertionFailure() << "a tensor is undefined";
  }
  if (actual.sizes() != expected.sizes() || actual.scalar_type() != expected.scalar_type()) {
    return ::testing::AssertionFailure()
           << "got " << actual.scalar_type() << " of shape " << actual.sizes() << ", expected "
           << expected.scalar_type() << " of shape " << expected.sizes();
  }
  // Sums of many values cancel, so what counts is the size of the largest.
  const double scale =
      expected.numel() == 0 ? 0 : expected.detach().nan_to_num().abs().max().item<double>();
  const double tolerance =
      (actual.scalar_type() == at::kDouble ? 1e-12 : 2e-5) * std::max(1.0, scale);
  if (actual.allclose(expected, 0, tolerance, /*equal_nan=*/true)) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure()
         << "values differ by up to " << actual.sub(expected).abs().max().item<double>();
}

}  // namespace grapevine::testing_support
