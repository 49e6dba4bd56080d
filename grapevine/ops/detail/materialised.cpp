#include "grapevine/ops/detail/materialised.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <limits>

#include "grapevine/ops/detail/grouping.h"
#include "grapevine/util/error.h"

namespace grapevine::ops::detail {
namespace {

/// `row_ids` for features that are on the device of `data`.
at::Tensor row_ids_for(const EdgeIndex& edges, Target target, const at::Tensor& data) {
  const at::Tensor ids = row_ids(edges, target);
  check(ids.device() == data.device(),
        "message passing: the features are on {}, but the graph is on {}", data.device().str(),
        ids.device().str());
  return ids;
}

at::Tensor gather(const EdgeIndex& edges, const at::Tensor& data, Target target) {
  return target == Target::kEdge ? data : data.index_select(0, row_ids_for(edges, target, data));
}

/// Sums away the dimensions in which `shape` has size 1 and `messages` has not, and adds those it
/// lacks.
at::Tensor bring_to_shape(at::Tensor messages, const Shape& shape) {
  at::DimVector target = {messages.size(0)};
  at::DimVector reduced;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const auto dimension = static_cast<std::int64_t>(i) + 1;
    if (shape[i] == 1 && messages.size(dimension) != 1) {
      reduced.push_back(dimension);
    }
    target.push_back(shape[i]);
  }
  if (!reduced.empty()) {
    messages = messages.sum(reduced, /*keepdim=*/true);
  }
  return messages.expand(target);
}

at::Tensor combine(KernelOp op, const at::Tensor& lhs, const at::Tensor& rhs) {
  switch (op) {
    case KernelOp::kAdd:
      return lhs.add(rhs);
    case KernelOp::kMul:
      return lhs.mul(rhs);
    case KernelOp::kCopy:
      break;
  }
  return lhs;
}

at::Tensor messages_of(const EdgeIndex& edges, const Contraction& contraction,
                       const at::Tensor& lhs, const at::Tensor& rhs) {
  const at::Tensor gathered = gather(edges, lhs, contraction.lhs_target);
  const at::Tensor other =
      contraction.op == KernelOp::kCopy ? at::Tensor() : gather(edges, rhs, contraction.rhs_target);
  return bring_to_shape(combine(contraction.op, gathered, other), contraction.shapes.out);
}

at::DimVector with_rows(std::int64_t rows, const at::Tensor& messages) {
  at::DimVector shape(messages.sizes().begin(), messages.sizes().end());
  shape[0] = rows;
  return shape;
}

at::Tensor expand_rows(const at::Tensor& rows, const at::Tensor& messages) {
  at::DimVector shape(static_cast<std::size_t>(messages.dim()), 1);
  shape[0] = messages.size(0);
  return rows.to(at::kLong).view(shape).expand(messages.sizes());
}

}  // namespace

at::Tensor contract_materialised(const EdgeIndex& edges, const Contraction& contraction,
                                 const at::Tensor& lhs, const at::Tensor& rhs) {
  const at::Tensor messages = messages_of(edges, contraction, lhs, rhs);
  if (contraction.out_target == Target::kEdge) {
    return messages.is_alias_of(lhs) ? messages.clone(at::MemoryFormat::Contiguous)
                                     : messages.contiguous();
  }
  const std::int64_t rows = num_rows(edges, contraction.out_target);
  const at::Tensor out =
      at::zeros(with_rows(rows, messages), messages.options())
          .index_add(0, row_ids_for(edges, contraction.out_target, messages), messages);
  return contraction.mean ? out.mul(inverse_degrees(edges, contraction.out_target, out)) : out;
}

ExtremumResult extremum_materialised(const EdgeIndex& edges, const Extremum& extremum,
                                     const at::Tensor& lhs, const at::Tensor& rhs) {
  const at::Tensor messages = messages_of(edges, extremum.message, lhs, rhs);
  const at::Tensor rows = expand_rows(row_ids_for(edges, Target::kDst, messages), messages);
  const at::DimVector shape = with_rows(edges.num_dst(), messages);
  const double worst = std::numeric_limits<double>::infinity() * (extremum.maximum ? -1 : 1);
  const at::Tensor best =
      at::full(shape, worst, messages.options())
          .scatter_reduce(0, rows, messages, extremum.maximum ? "amax" : "amin");
  // The winner is the lowest id among the edges whose message is the best one, NaN included.
  const at::Tensor reached = best.gather(0, rows);
  const at::Tensor is_best = messages.eq(reached).logical_or(messages.isnan());
  const auto ids = messages.options().dtype(at::kLong);
  const at::Tensor edge_ids = expand_rows(at::arange(edges.num_edges(), ids), messages);
  const at::Tensor none = at::full({}, edges.num_edges(), ids);
  const at::Tensor winners =
      at::full(shape, edges.num_edges(), ids)
          .scatter_reduce(0, rows, at::where(is_best, edge_ids, none), "amin");
  const at::Tensor lonely = winners.eq(edges.num_edges());
  return {best.masked_fill(lonely, 0), winners.masked_fill(lonely, -1)};
}

at::Tensor edge_softmax_materialised(const EdgeIndex& edges, const at::Tensor& logits,
                                     Target norm_by) {
  const at::Tensor rows = expand_rows(row_ids_for(edges, norm_by, logits), logits);
  const at::DimVector shape = with_rows(num_rows(edges, norm_by), logits);
  const double lowest = -std::numeric_limits<double>::infinity();
  const at::Tensor largest =
      at::full(shape, lowest, logits.options()).scatter_reduce(0, rows, logits, "amax");
  const at::Tensor values = logits.sub(largest.gather(0, rows)).exp();
  const at::Tensor sums = at::zeros(shape, logits.options()).scatter_add(0, rows, values);
  return values.div(sums.gather(0, rows));
}

}  // namespace grapevine::ops::detail
