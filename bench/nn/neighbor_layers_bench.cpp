// Forward and backward of the layers that combine their neighbours' features without attention, on
// a random graph of ogbn-arxiv's size, 128 features to 64.
#include <ATen/ops/rand.h>
#include <benchmark/benchmark.h>
#include <torch/nn/modules/linear.h>

#include "bench/nn/layer_bench.h"
#include "grapevine/nn/edge_conv.h"
#include "grapevine/nn/edge_weight_norm.h"
#include "grapevine/nn/gin_conv.h"
#include "grapevine/nn/gine_conv.h"
#include "grapevine/nn/graph_conv.h"
#include "grapevine/nn/nn_conv.h"
#include "grapevine/nn/pna_conv.h"
#include "grapevine/nn/sage_conv.h"

namespace grapevine::nn {
namespace {

constexpr std::int64_t kIn = 128;
constexpr std::int64_t kOut = 64;
/// A matrix or a long sequence for each edge fits memory with these only.
constexpr std::int64_t kNarrow = 8;

template <typename Layer>
void time_conv(benchmark::State& state, Layer conv, std::int64_t in, const at::Tensor& edge_feat) {
  bench::time_layer(state, *conv, in, [&](const Graph& graph, const at::Tensor& feat) {
    return conv->forward(graph, feat, edge_feat);
  });
}

at::Tensor edge_features(std::int64_t width) {
  return at::rand({bench::layer_bench_graph().num_edges(), width});
}

torch::nn::AnyModule linear(std::int64_t in, std::int64_t out) {
  return torch::nn::AnyModule(torch::nn::Linear(in, out));
}

void sage(benchmark::State& state, SAGEAggregator aggregator, std::int64_t in) {
  time_conv(state, SAGEConv(in, kOut, SAGEConvOptions{.aggregator_type = aggregator}), in, {});
}
void sage_mean(benchmark::State& state) { sage(state, SAGEAggregator::kMean, kIn); }
void sage_gcn(benchmark::State& state) { sage(state, SAGEAggregator::kGcn, kIn); }
void sage_pool(benchmark::State& state) { sage(state, SAGEAggregator::kPool, kIn); }
void sage_lstm(benchmark::State& state) { sage(state, SAGEAggregator::kLstm, kNarrow); }

void graph_conv(benchmark::State& state) { time_conv(state, GraphConv(kIn, kOut), kIn, {}); }
void graph_conv_weighted(benchmark::State& state) {
  time_conv(state, GraphConv(kIn, kOut), kIn, edge_features(1));
}
void gin(benchmark::State& state) { time_conv(state, GINConv(linear(kIn, kOut)), kIn, {}); }
void gine(benchmark::State& state) {
  time_conv(state, GINEConv(linear(kIn, kOut)), kIn, edge_features(kIn));
}
void nn_conv(benchmark::State& state) {
  time_conv(state, NNConv(kNarrow, kNarrow, linear(4, kNarrow * kNarrow)), kNarrow,
            edge_features(4));
}
void edge_conv(benchmark::State& state) { time_conv(state, EdgeConv(kIn, kOut), kIn, {}); }
void edge_conv_batch_norm(benchmark::State& state) {
  time_conv(state, EdgeConv(kIn, kOut, EdgeConvOptions{.batch_norm = true}), kIn, {});
}
void pna(benchmark::State& state) { time_conv(state, PNAConv(kOut, kOut), kOut, {}); }

void edge_weight_norm(benchmark::State& state) {
  EdgeWeightNorm norm;
  const at::Tensor weight = edge_features(1).squeeze(1).add(0.1);  // must be positive
  bench::time_layer(state, *norm, 1, [&](const Graph& graph, const at::Tensor& feat) {
    return norm(graph, weight * feat[0].abs());
  });
}

#define GRAPEVINE_LAYER_BENCHMARK(function) \
  BENCHMARK(function)->UseRealTime()->Unit(benchmark::kMillisecond)
GRAPEVINE_LAYER_BENCHMARK(sage_mean);
GRAPEVINE_LAYER_BENCHMARK(sage_gcn);
GRAPEVINE_LAYER_BENCHMARK(sage_pool);
GRAPEVINE_LAYER_BENCHMARK(sage_lstm);
GRAPEVINE_LAYER_BENCHMARK(graph_conv);
GRAPEVINE_LAYER_BENCHMARK(graph_conv_weighted);
GRAPEVINE_LAYER_BENCHMARK(gin);
GRAPEVINE_LAYER_BENCHMARK(gine);
GRAPEVINE_LAYER_BENCHMARK(nn_conv);
GRAPEVINE_LAYER_BENCHMARK(edge_conv);
GRAPEVINE_LAYER_BENCHMARK(edge_conv_batch_norm);
GRAPEVINE_LAYER_BENCHMARK(pna);
GRAPEVINE_LAYER_BENCHMARK(edge_weight_norm);
#undef GRAPEVINE_LAYER_BENCHMARK

}  // namespace
}  // namespace grapevine::nn
