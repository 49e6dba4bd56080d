// Forward and backward of the attention layers on a random graph of ogbn-arxiv's size, 128 features
// to 4 heads of 16.
#include <benchmark/benchmark.h>

#include "bench/nn/layer_bench.h"
#include "grapevine/nn/agnn_conv.h"
#include "grapevine/nn/dot_gat_conv.h"
#include "grapevine/nn/edge_predictor.h"
#include "grapevine/nn/egat_conv.h"
#include "grapevine/nn/gat_conv.h"
#include "grapevine/nn/gatv2_conv.h"

namespace grapevine::nn {
namespace {

constexpr std::int64_t kIn = 128;
constexpr std::int64_t kOut = 16;
constexpr std::int64_t kHeads = 4;
constexpr std::int64_t kEdgeFeats = 8;

template <typename Layer>
void time_conv(benchmark::State& state, Layer conv) {
  bench::time_layer(state, *conv, kIn, [&](const Graph& graph, const at::Tensor& feat) {
    return conv->forward(graph, feat);
  });
}

void gat(benchmark::State& state) { time_conv(state, GATConv(kIn, kOut, kHeads)); }
void gatv2(benchmark::State& state) { time_conv(state, GATv2Conv(kIn, kOut, kHeads)); }
void dot_gat(benchmark::State& state) { time_conv(state, DotGatConv(kIn, kOut, kHeads)); }
void agnn(benchmark::State& state) { time_conv(state, AGNNConv()); }

void egat(benchmark::State& state) {
  EGATConv conv(kIn, kEdgeFeats, kOut, kEdgeFeats, EGATConvOptions{.num_heads = kHeads});
  const at::Tensor edge_feat = at::randn({bench::layer_bench_graph().num_edges(), kEdgeFeats});
  bench::time_layer(state, *conv, kIn, [&](const Graph& graph, const at::Tensor& feat) {
    return conv->forward(graph, feat, edge_feat);
  });
}

void edge_predictor(benchmark::State& state) {
  EdgePredictor predict(EdgePredictorOp::kDot);
  bench::time_layer(state, *predict, kOut, [&](const Graph& graph, const at::Tensor& feat) {
    const auto [src, dst] = graph.edges().uv();
    return predict(feat.index_select(0, src), feat.index_select(0, dst));
  });
}

#define GRAPEVINE_LAYER_BENCHMARK(function) \
  BENCHMARK(function)->UseRealTime()->Unit(benchmark::kMillisecond)
GRAPEVINE_LAYER_BENCHMARK(gat);
GRAPEVINE_LAYER_BENCHMARK(gatv2);
GRAPEVINE_LAYER_BENCHMARK(dot_gat);
GRAPEVINE_LAYER_BENCHMARK(egat);
GRAPEVINE_LAYER_BENCHMARK(agnn);
GRAPEVINE_LAYER_BENCHMARK(edge_predictor);
#undef GRAPEVINE_LAYER_BENCHMARK

}  // namespace
}  // namespace grapevine::nn
