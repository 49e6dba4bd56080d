#include <benchmark/benchmark.h>

#include <cstdint>

#include "grapevine/datasets/node_classification.h"
#include "grapevine/nn/conv_stack.h"
#include "grapevine/train/inference.h"
#include "grapevine/train/node_classification.h"
#include "grapevine/train/prepare_graph.h"

namespace grapevine {
namespace {

const datasets::NodeClassificationDataset& arxiv_like() {
  static const datasets::NodeClassificationDataset dataset = [] {
    auto result = datasets::load_node_classification("arxiv-like");
    result.graph = train::prepare_graph(result.graph).graph;
    return result;
  }();
  return dataset;
}

/// One epoch of a two-layer GraphSAGE on a graph of ogbn-arxiv's size; the argument is the number
/// of loader threads.
void TrainEpoch(benchmark::State& state) {
  train::NodeClassificationOptions options{.epochs = 1,
                                           .num_workers = static_cast<int>(state.range(0))};
  double wait_share = 0;
  std::int64_t batches = 0;
  for (auto _ : state) {
    const auto report = train::train_node_classification(arxiv_like(), options).epochs.front();
    state.SetIterationTime(report.seconds);
    wait_share = report.wait_share;
    batches += report.batches;
  }
  state.counters["batches/s"] =
      benchmark::Counter(static_cast<double>(batches), benchmark::Counter::kIsRate);
  state.counters["wait_share"] = wait_share;
}
BENCHMARK(TrainEpoch)
    ->Arg(0)
    ->Arg(1)
    ->Iterations(2)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

/// Predictions for every node, layer by layer; the argument is the number of nodes in a batch.
void LayerwiseInference(benchmark::State& state) {
  const auto& dataset = arxiv_like();
  const at::Tensor feat = dataset.graph.ndata()["feat"];
  nn::ConvStack model(feat.size(1), dataset.num_classes);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        train::layerwise_inference(*model, dataset.graph, feat, {.batch_size = state.range(0)}));
  }
  state.counters["nodes/s"] = benchmark::Counter(
      static_cast<double>(state.iterations() * feat.size(0)), benchmark::Counter::kIsRate);
}
BENCHMARK(LayerwiseInference)
    ->Arg(4096)
    ->Arg(65536)
    ->Arg(1 << 20)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace grapevine
