// Forward and backward of the layers of several hops and of the gated ones on a random graph of
// ogbn-arxiv's size, 128 features to 64 unless a layer keeps or widens them.
#include <ATen/ops/arange.h>
#include <ATen/ops/rand.h>
#include <benchmark/benchmark.h>

#include "bench/nn/layer_bench.h"
#include "grapevine/nn/appnp_conv.h"
#include "grapevine/nn/cheb_conv.h"
#include "grapevine/nn/gated_gcn_conv.h"
#include "grapevine/nn/gated_graph_conv.h"
#include "grapevine/nn/gcn2_conv.h"
#include "grapevine/nn/jumping_knowledge.h"
#include "grapevine/nn/sequential.h"
#include "grapevine/nn/sg_conv.h"
#include "grapevine/nn/tag_conv.h"

namespace grapevine::nn {
namespace {

constexpr std::int64_t kIn = 128;
constexpr std::int64_t kOut = 64;
/// What a layer that stores features of the edges takes.
constexpr std::int64_t kNarrow = 16;

template <typename Layer>
void time_conv(benchmark::State& state, Layer conv, std::int64_t in,
               const at::Tensor& edge_feat = {}) {
  bench::time_layer(state, *conv, in, [&](const Graph& graph, const at::Tensor& feat) {
    return conv->forward(graph, feat, edge_feat);
  });
}

std::int64_t num_edges() { return bench::layer_bench_graph().num_edges(); }

void sg(benchmark::State& state) {
  time_conv(state, SGConv(kIn, kOut, SGConvOptions{.k = 2}), kIn);
}
void sg_weighted(benchmark::State& state) {
  time_conv(state, SGConv(kIn, kOut, SGConvOptions{.k = 2}), kIn, at::rand({num_edges()}).add(0.1));
}
void appnp(benchmark::State& state) { time_conv(state, APPNPConv(10, 0.1), kOut); }
void tag(benchmark::State& state) { time_conv(state, TAGConv(kIn, kOut), kIn); }
void tag_widening(benchmark::State& state) { time_conv(state, TAGConv(kOut, kIn), kOut); }
void cheb(benchmark::State& state) { time_conv(state, ChebConv(kIn, kOut, 3), kIn); }
void cheb_widening(benchmark::State& state) { time_conv(state, ChebConv(kOut, kIn, 3), kOut); }

void gated_graph(benchmark::State& state) {
  time_conv(state, GatedGraphConv(kOut, kOut, 2, 1), kOut);
}
void gated_graph_typed(benchmark::State& state) {
  time_conv(state, GatedGraphConv(kOut, kOut, 2, 3), kOut, at::arange(num_edges()).remainder(3));
}

void gcn2(benchmark::State& state) {
  GCN2Conv conv(kOut, 2);
  bench::time_layer(state, *conv, kOut, [&](const Graph& graph, const at::Tensor& feat) {
    return conv(graph, feat, feat);
  });
}

void gated_gcn(benchmark::State& state) {
  GatedGCNConv conv(kNarrow, kNarrow, kNarrow);
  const at::Tensor edge_feat = at::rand({num_edges(), kNarrow});
  bench::time_layer(state, *conv, kNarrow, [&](const Graph& graph, const at::Tensor& feat) {
    return conv->forward_with_edges(graph, feat, edge_feat).node;
  });
}

void jumping_knowledge(benchmark::State& state, JumpingKnowledgeMode mode) {
  JumpingKnowledge jump(
      JumpingKnowledgeOptions{.mode = mode, .in_feats = kNarrow, .num_layers = 3});
  bench::time_layer(state, *jump, kNarrow, [&](const Graph&, const at::Tensor& feat) {
    return jump->forward({feat, feat, feat});
  });
}
void jumping_knowledge_cat(benchmark::State& state) {
  jumping_knowledge(state, JumpingKnowledgeMode::kCat);
}
void jumping_knowledge_max(benchmark::State& state) {
  jumping_knowledge(state, JumpingKnowledgeMode::kMax);
}
void jumping_knowledge_lstm(benchmark::State& state) {
  jumping_knowledge(state, JumpingKnowledgeMode::kLstm);
}

void sequential(benchmark::State& state) {
  Sequential model(TAGConv(kIn, kOut), TAGConv(kOut, kNarrow));
  bench::time_layer(state, *model, kIn,
                    [&](const Graph& graph, const at::Tensor& feat) { return model(graph, feat); });
}

#define GRAPEVINE_LAYER_BENCHMARK(function) \
  BENCHMARK(function)->UseRealTime()->Unit(benchmark::kMillisecond)
GRAPEVINE_LAYER_BENCHMARK(sg);
GRAPEVINE_LAYER_BENCHMARK(sg_weighted);
GRAPEVINE_LAYER_BENCHMARK(appnp);
GRAPEVINE_LAYER_BENCHMARK(tag);
GRAPEVINE_LAYER_BENCHMARK(tag_widening);
GRAPEVINE_LAYER_BENCHMARK(cheb);
GRAPEVINE_LAYER_BENCHMARK(cheb_widening);
GRAPEVINE_LAYER_BENCHMARK(gated_graph);
GRAPEVINE_LAYER_BENCHMARK(gated_graph_typed);
GRAPEVINE_LAYER_BENCHMARK(gcn2);
GRAPEVINE_LAYER_BENCHMARK(gated_gcn);
GRAPEVINE_LAYER_BENCHMARK(jumping_knowledge_cat);
GRAPEVINE_LAYER_BENCHMARK(jumping_knowledge_max);
GRAPEVINE_LAYER_BENCHMARK(jumping_knowledge_lstm);
GRAPEVINE_LAYER_BENCHMARK(sequential);
#undef GRAPEVINE_LAYER_BENCHMARK

}  // namespace
}  // namespace grapevine::nn
