#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/relu.h>
#include <benchmark/benchmark.h>
#include <torch/optim/adam.h>

#include <cstdint>
#include <vector>

#include "bench/sampling/random_graph.h"
#include "grapevine/dataloading/data_loader.h"
#include "grapevine/message/function.h"
#include "grapevine/sampling/neighbor_sampler.h"

namespace grapevine {
namespace {

constexpr std::int64_t kTrainNodes = 90941;
constexpr std::int64_t kClasses = 40;

/// The layer of DGL's tutorial on message passing: the mean of the neighbours beside the node.
at::Tensor sage_layer(const Graph& block, const at::Tensor& src, const at::Tensor& weight,
                      const at::Tensor& bias) {
  const LocalScope scope = block.local_scope();
  const at::Tensor dst = src.narrow(0, 0, block.num_dst_nodes());
  block.srcdata()["h"] = src;
  block.dstdata()["h"] = dst;
  block.update_all(function::copy_u("h", "m"), function::mean("m", "h_N"));
  return at::linear(at::cat({dst, block.dstdata()["h_N"]}, 1), weight, bias);
}

/// Training steps of the two layers on sampled blocks of a graph of ogbn-arxiv's size, 128 features
/// wide; the argument is the number of loader threads. `beside_cpp.py` runs the same in Python.
void TutorialLoop(benchmark::State& state) {
  const Graph g = bench::arxiv_sized_graph().clone();
  g.ndata()["feat"] = at::randn({g.num_nodes(), 128});
  g.ndata()["label"] = at::randint(kClasses, {g.num_nodes()}, at::kLong);
  std::vector<at::Tensor> parameters;
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{128, 256}, {128}, {kClasses, 256}, {kClasses}}) {
    parameters.push_back((at::randn(shape) * 0.1).requires_grad_());
  }
  torch::optim::Adam optimizer(parameters, torch::optim::AdamOptions(0.01));
  dataloading::DataLoader loader(
      g, at::arange(kTrainNodes, at::kLong), sampling::NeighborSampler({4, 4}),
      {.batch_size = 1024, .shuffle = true, .num_workers = static_cast<int>(state.range(0))});
  std::int64_t batches = 0;
  for (auto _ : state) {
    for (auto& [input_nodes, output_nodes, blocks] : loader) {
      const at::Tensor input = blocks.front().srcdata()["feat"];
      const at::Tensor hidden =
          at::relu(sage_layer(blocks.front(), input, parameters[0], parameters[1]));
      const at::Tensor logits = sage_layer(blocks.back(), hidden, parameters[2], parameters[3]);
      optimizer.zero_grad();
      at::cross_entropy_loss(logits, blocks.back().dstdata()["label"].tensor()).backward();
      optimizer.step();
      ++batches;
    }
  }
  state.counters["batches/s"] =
      benchmark::Counter(static_cast<double>(batches), benchmark::Counter::kIsRate);
}
BENCHMARK(TutorialLoop)
    ->Arg(0)
    ->Arg(1)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace grapevine
