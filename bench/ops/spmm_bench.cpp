// Message-passing kernels on a random graph of ogbn-arxiv's size. `edges/s` counts edges once per
// call; `GFLOPS` counts one addition, and for products one multiplication, for each edge and
// feature.
#include "grapevine/ops/spmm.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <benchmark/benchmark.h>
#include <torch/csrc/autograd/autograd.h>

#include <vector>

#include "grapevine/graph/adjacency.h"
#include "grapevine/ops/edge_softmax.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/util/random.h"

namespace grapevine::ops {
namespace {

constexpr std::int64_t kNodes = 169343;
constexpr std::int64_t kEdges = 1166243;

/// Squaring a uniform number gives some nodes far more in-edges than others, as citations do.
EdgeIndexPtr make_graph() {
  RandomStream stream = RandomKey(0).stream(0);
  const at::Tensor src = at::empty({kEdges}, at::kLong);
  const at::Tensor dst = at::empty({kEdges}, at::kLong);
  for (std::int64_t edge = 0; edge < kEdges; ++edge) {
    const double place = stream.uniform();
    src.mutable_data_ptr<std::int64_t>()[edge] =
        static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(kNodes)));
    dst.mutable_data_ptr<std::int64_t>()[edge] = static_cast<std::int64_t>(place * place * kNodes);
  }
  const AdjacencyPtr edges = Adjacency::from_coo(kNodes, kNodes, src, dst);
  static_cast<void>(edges->csc());
  static_cast<void>(edges->csr());
  return edges;
}

const EdgeIndexPtr& shared_graph() {
  static const EdgeIndexPtr graph = make_graph();
  return graph;
}

at::Tensor features(std::int64_t rows, std::int64_t width) {
  return at::ones({rows, width}, at::kFloat);
}

void count(benchmark::State& state, double operations_per_edge) {
  const double edges = static_cast<double>(state.iterations()) * kEdges;
  state.counters["edges/s"] = benchmark::Counter(edges, benchmark::Counter::kIsRate);
  state.counters["GFLOPS"] =
      benchmark::Counter(edges * operations_per_edge * 1e-9, benchmark::Counter::kIsRate);
}

void copy_u(benchmark::State& state, Reduce reduce) {
  const at::NoGradGuard no_grad;
  const Operand u{Target::kSrc, features(kNodes, state.range(0))};
  shared_graph();
  for (auto _ : state) {
    benchmark::DoNotOptimize(gspmm(shared_graph(), BinaryOp::kCopyLhs, reduce, u));
  }
  count(state, static_cast<double>(state.range(0)));
}

void copy_u_sum(benchmark::State& state) { copy_u(state, Reduce::kSum); }
void copy_u_mean(benchmark::State& state) { copy_u(state, Reduce::kMean); }
void copy_u_max(benchmark::State& state) { copy_u(state, Reduce::kMax); }

void u_mul_e_sum(benchmark::State& state) {
  const at::NoGradGuard no_grad;
  const Operand u{Target::kSrc, features(kNodes, state.range(0))};
  const Operand e{Target::kEdge, features(kEdges, 1)};
  shared_graph();
  for (auto _ : state) {
    benchmark::DoNotOptimize(gspmm(shared_graph(), BinaryOp::kMul, Reduce::kSum, u, e));
  }
  count(state, 2.0 * static_cast<double>(state.range(0)));
}

void u_dot_v(benchmark::State& state) {
  const at::NoGradGuard no_grad;
  const Operand u{Target::kSrc, features(kNodes, state.range(0))};
  const Operand v{Target::kDst, features(kNodes, state.range(0))};
  shared_graph();
  for (auto _ : state) {
    benchmark::DoNotOptimize(gsddmm(shared_graph(), BinaryOp::kDot, u, v));
  }
  count(state, 2.0 * static_cast<double>(state.range(0)));
}

void softmax(benchmark::State& state) {
  const at::NoGradGuard no_grad;
  const at::Tensor logits = features(kEdges, state.range(0));
  shared_graph();
  for (auto _ : state) {
    benchmark::DoNotOptimize(edge_softmax(shared_graph(), logits));
  }
  count(state, static_cast<double>(state.range(0)));
}

void copy_u_mean_backward(benchmark::State& state) {
  const at::Tensor u = features(kNodes, state.range(0)).requires_grad_();
  const at::Tensor out =
      gspmm(shared_graph(), BinaryOp::kCopyLhs, Reduce::kMean, {Target::kSrc, u});
  const std::vector<at::Tensor> gradient = {features(kNodes, state.range(0))};
  for (auto _ : state) {
    benchmark::DoNotOptimize(torch::autograd::grad({out}, {u}, gradient, /*retain_graph=*/true));
  }
  count(state, static_cast<double>(state.range(0)));
}

void u_mul_e_sum_backward(benchmark::State& state) {
  const at::Tensor u = features(kNodes, state.range(0)).requires_grad_();
  const at::Tensor e = features(kEdges, 1).requires_grad_();
  const at::Tensor out =
      gspmm(shared_graph(), BinaryOp::kMul, Reduce::kSum, {Target::kSrc, u}, {Target::kEdge, e});
  const std::vector<at::Tensor> gradient = {features(kNodes, state.range(0))};
  for (auto _ : state) {
    benchmark::DoNotOptimize(torch::autograd::grad({out}, {u, e}, gradient, /*retain_graph=*/true));
  }
  count(state, 4.0 * static_cast<double>(state.range(0)));
}

#define GRAPEVINE_KERNEL_BENCHMARK(function)                                         \
  BENCHMARK(function)->ArgName("F")->Arg(4)->Arg(32)->Arg(256)->UseRealTime()->Unit( \
      benchmark::kMillisecond)
GRAPEVINE_KERNEL_BENCHMARK(copy_u_sum);
GRAPEVINE_KERNEL_BENCHMARK(copy_u_mean);
GRAPEVINE_KERNEL_BENCHMARK(copy_u_max);
GRAPEVINE_KERNEL_BENCHMARK(u_mul_e_sum);
GRAPEVINE_KERNEL_BENCHMARK(u_dot_v);
BENCHMARK(softmax)
    ->Name("edge_softmax")
    ->ArgName("F")
    ->Arg(1)
    ->Arg(4)
    ->Arg(32)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
GRAPEVINE_KERNEL_BENCHMARK(copy_u_mean_backward);
GRAPEVINE_KERNEL_BENCHMARK(u_mul_e_sum_backward);
#undef GRAPEVINE_KERNEL_BENCHMARK

}  // namespace
}  // namespace grapevine::ops
