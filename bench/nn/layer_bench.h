#pragma once

#include <ATen/ops/ones_like.h>
#include <ATen/ops/randn.h>
#include <benchmark/benchmark.h>
#include <torch/nn/module.h>

#include <cstdint>

#include "bench/sampling/random_graph.h"
#include "grapevine/graph/transform/self_loop.h"

namespace grapevine::bench {

/// `arxiv_sized_graph()` with a self-loop for each node, so that every layer takes it.
inline const Graph& layer_bench_graph() {
  static const Graph g = [] {
    Graph result = add_self_loop(arxiv_sized_graph());
    result.create_formats_();
    return result;
  }();
  return g;
}

/// Times forward and backward of `forward(graph, feat)`, with gradients for the parameters of
/// `module` and for the features `[num_nodes, in_feats]`, after a first step for what is made once.
template <typename Forward>
void time_layer(benchmark::State& state, const Graph& graph, torch::nn::Module& module,
                std::int64_t in_feats, const Forward& forward) {
  const at::Tensor feat = at::randn({graph.num_nodes(), in_feats}).requires_grad_();
  const auto clear = [&] {
    feat.mutable_grad().reset();
    module.zero_grad();
  };
  const at::Tensor first = forward(graph, feat);
  const at::Tensor gradient = at::ones_like(first);
  first.backward(gradient);
  clear();
  for (auto _ : state) {
    forward(graph, feat).backward(gradient);
    state.PauseTiming();
    clear();
    state.ResumeTiming();
  }
  state.counters["edges/s"] = benchmark::Counter(
      static_cast<double>(state.iterations() * graph.num_edges()), benchmark::Counter::kIsRate);
}

/// The same on `layer_bench_graph()`.
template <typename Forward>
void time_layer(benchmark::State& state, torch::nn::Module& module, std::int64_t in_feats,
                const Forward& forward) {
  time_layer(state, layer_bench_graph(), module, in_feats, forward);
}

}  // namespace grapevine::bench
