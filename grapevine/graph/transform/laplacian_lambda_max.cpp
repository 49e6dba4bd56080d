#include "grapevine/graph/transform/laplacian_lambda_max.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/diag_embed.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <cstdint>
#include <vector>

#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"
#include "grapevine/util/random.h"

namespace grapevine {
namespace {

constexpr std::int64_t kFirstCheck = 16;
constexpr std::int64_t kMaxSteps = 512;
constexpr double kTolerance = 1e-8;
constexpr std::uint64_t kRandomBound = 1U << 20U;

at::Tensor sum_of_sources(const ops::EdgeIndexPtr& edges, const at::Tensor& x) {
  return ops::gspmm(edges, ops::BinaryOp::kCopyLhs, ops::Reduce::kSum, {ops::Target::kSrc, x});
}

at::Tensor random_values(std::int64_t count, at::Device device) {
  RandomStream stream = RandomKey(0).stream(0);
  at::Tensor values = at::empty({count}, at::kDouble);
  for (std::int64_t i = 0; i < count; ++i) {
    // Whole numbers, whose sums are exact in any order.
    values.mutable_data_ptr<double>()[i] = static_cast<double>(stream.below(kRandomBound));
  }
  return values.to(device);
}

/// A matrix and its transpose that differ give different products with a random vector.
void check_bidirected(const AdjacencyPtr& edges, const at::Tensor& random) {
  check(sum_of_sources(edges, random).equal(sum_of_sources(edges->reverse(), random)),
        "laplacian_lambda_max: expected a bi-directed graph, got edges without a reverse edge; see "
        "to_bidirected");
}

/// The Laplacians of a batch, and scalar products within each of its graphs.
struct Laplacians {
  AdjacencyPtr edges;
  at::Tensor inverse_root_degrees;  ///< `[num_nodes]`
  at::Tensor graph_of_node;         ///< `[num_nodes]`
  std::int64_t num_graphs;

  at::Tensor multiply(const at::Tensor& x) const {
    return x - inverse_root_degrees * sum_of_sources(edges, inverse_root_degrees * x);
  }
  at::Tensor dot(const at::Tensor& x, const at::Tensor& y) const {
    return at::zeros({num_graphs}, x.options()).index_add_(0, graph_of_node, x * y);
  }
  at::Tensor spread(const at::Tensor& per_graph) const {
    return per_graph.index_select(0, graph_of_node);
  }
};

struct RitzValues {
  at::Tensor largest;  ///< `[num_graphs]`
  at::Tensor error;    ///< `[num_graphs]`, a bound
};

/// The largest eigenvalues of the tridiagonal matrices that Lanczos has made so far.
RitzValues ritz_values(const std::vector<at::Tensor>& diagonal,
                       const std::vector<at::Tensor>& off) {
  const auto steps = static_cast<std::int64_t>(diagonal.size());
  at::Tensor matrix = at::diag_embed(at::stack(diagonal, 1));
  if (steps > 1) {
    const at::Tensor beside = at::stack(at::TensorList(off.data(), off.size() - 1), 1);
    matrix = matrix + at::diag_embed(beside, 1) + at::diag_embed(beside, -1);
  }
  const auto [values, vectors] = at::linalg_eigh(matrix);
  return {values.select(1, steps - 1),
          off.back() * vectors.select(2, steps - 1).select(1, steps - 1).abs()};
}

/// `1 / x`, and 0 where a graph's Krylov space is exhausted.
at::Tensor inverse_or_zero(const at::Tensor& x) {
  return at::where(x > 1e-10, 1 / x, at::zeros({}, x.options()));
}

at::Tensor lanczos(const Laplacians& laplacians, const at::Tensor& start) {
  std::vector<at::Tensor> diagonal;
  std::vector<at::Tensor> off;
  at::Tensor previous = at::zeros_like(start);
  at::Tensor current =
      start * laplacians.spread(inverse_or_zero(laplacians.dot(start, start).sqrt()));
  for (std::int64_t step = 1, next_check = kFirstCheck;; ++step) {
    at::Tensor residual = laplacians.multiply(current);
    if (step > 1) {
      residual = residual - laplacians.spread(off.back()) * previous;
    }
    diagonal.push_back(laplacians.dot(residual, current));
    residual = residual - laplacians.spread(diagonal.back()) * current;
    at::Tensor norm = laplacians.dot(residual, residual).sqrt();
    norm = at::where(norm > 1e-10, norm, at::zeros({}, norm.options()));
    off.push_back(norm);
    if (step == next_check) {
      const RitzValues ritz = ritz_values(diagonal, off);
      if (step >= kMaxSteps || ritz.error.le(kTolerance).all().item<bool>()) {
        return ritz.largest.clamp(0, 2);
      }
      next_check *= 2;
    }
    previous = current;
    current = residual * laplacians.spread(inverse_or_zero(norm));
  }
}

}  // namespace

at::Tensor laplacian_lambda_max(const Graph& graph) {
  check(graph.is_homogeneous(),
        "laplacian_lambda_max: expected a graph of one node type and one relation, not a block");
  const at::NoGradGuard no_grad;
  const AdjacencyPtr& edges = graph.adjacency();
  const at::Tensor start = random_values(graph.num_nodes(), graph.device());
  check_bidirected(edges, start);
  const std::int64_t num_graphs = graph.batch_size();
  const at::Tensor ids = at::arange(num_graphs, at::dtype(at::kLong).device(graph.device()));
  return lanczos({.edges = edges,
                  .inverse_root_degrees = edges->in_degrees().to(at::kDouble).clamp_min(1).rsqrt(),
                  .graph_of_node = ids.repeat_interleave(graph.batch_num_nodes().to(at::kLong)),
                  .num_graphs = num_graphs},
                 start - (static_cast<double>(kRandomBound) / 2 + 0.5));
}

}  // namespace grapevine
