// Forward and backward of the readouts on a batch of 2000 graphs of 30 nodes, 64 features.
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <torch/nn/modules/container/any.h>
#include <torch/nn/modules/linear.h>

#include "bench/nn/layer_bench.h"
#include "grapevine/nn/avg_pooling.h"
#include "grapevine/nn/global_attention_pooling.h"
#include "grapevine/nn/max_pooling.h"
#include "grapevine/nn/set2set.h"
#include "grapevine/nn/sort_pooling.h"
#include "grapevine/nn/sum_pooling.h"
#include "grapevine/nn/weight_and_sum.h"

namespace grapevine::nn {
namespace {

constexpr std::int64_t kFeats = 64;

const Graph& many_graphs() {
  static const Graph g = [] {
    constexpr std::int64_t kGraphs = 2000;
    constexpr std::int64_t kNodes = 30;
    const at::Tensor none = at::zeros({0}, at::kLong);
    Graph result = graph(none, none, {.num_nodes = kGraphs * kNodes});
    result.set_batch_num_nodes(at::full({kGraphs}, kNodes, at::kLong));
    result.set_batch_num_edges(at::zeros({kGraphs}, at::kLong));
    return result;
  }();
  return g;
}

template <typename Layer>
void time_readout(benchmark::State& state, Layer layer) {
  bench::time_layer(
      state, many_graphs(), *layer, kFeats,
      [&](const Graph& graph, const at::Tensor& feat) { return layer->forward(graph, feat); });
}

void sum_pooling(benchmark::State& state) { time_readout(state, SumPooling()); }
void avg_pooling(benchmark::State& state) { time_readout(state, AvgPooling()); }
void max_pooling(benchmark::State& state) { time_readout(state, MaxPooling()); }
void sort_pooling(benchmark::State& state) { time_readout(state, SortPooling(10)); }
void weight_and_sum(benchmark::State& state) { time_readout(state, WeightAndSum(kFeats)); }
void global_attention_pooling(benchmark::State& state) {
  time_readout(state, GlobalAttentionPooling(torch::nn::AnyModule(torch::nn::Linear(kFeats, 1))));
}
void set2set(benchmark::State& state) { time_readout(state, Set2Set(kFeats, 2, 1)); }

#define GRAPEVINE_LAYER_BENCHMARK(function) \
  BENCHMARK(function)->UseRealTime()->Unit(benchmark::kMillisecond)
GRAPEVINE_LAYER_BENCHMARK(sum_pooling);
GRAPEVINE_LAYER_BENCHMARK(avg_pooling);
GRAPEVINE_LAYER_BENCHMARK(max_pooling);
GRAPEVINE_LAYER_BENCHMARK(sort_pooling);
GRAPEVINE_LAYER_BENCHMARK(weight_and_sum);
GRAPEVINE_LAYER_BENCHMARK(global_attention_pooling);
GRAPEVINE_LAYER_BENCHMARK(set2set);
#undef GRAPEVINE_LAYER_BENCHMARK

}  // namespace
}  // namespace grapevine::nn
