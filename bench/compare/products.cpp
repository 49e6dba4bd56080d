#include "bench/compare/products.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <torch/optim/adam.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <utility>

#include "bench/compare/stage.h"
#include "grapevine/dataloading/data_loader.h"
#include "grapevine/datasets/arxiv_like.h"
#include "grapevine/graph/graph_from_formats.h"
#include "grapevine/graph/transform/add_reverse_edges.h"
#include "grapevine/io/graph_file.h"
#include "grapevine/nn/conv_stack.h"
#include "grapevine/sampling/neighbor_sampler.h"

namespace grapevine::compare {
namespace {

constexpr std::int64_t kBatchSize = 1024;
constexpr std::int64_t kTrainShare =
    12;  // one node in so many is for training, as in ogbn-products

struct Sizes {
  std::int64_t nodes = 2400000;
  std::int64_t edges = 62000000;
  std::int64_t features = 100;
  std::int64_t classes = 47;
};

/// In-edges alone, numbered as they stand: what sampling and training read.
Graph only_in_edges(const datasets::NodeClassificationDataset& dataset) {
  const Graph symmetric = add_reverse_edges(dataset.graph, {.copy_ndata = false});
  const ops::Csr& in_edges = symmetric.adjacency()->csc();
  Graph result =
      graph_from_csc(in_edges.indptr, in_edges.indices, {}, {.num_nodes = symmetric.num_nodes()});
  result.ndata()["feat"] = dataset.graph.ndata()["feat"];
  result.ndata()["label"] = dataset.labels;
  return result;
}

int build(const std::string& file, const Sizes& sizes) {
  const auto dataset = datasets::arxiv_like({.num_nodes = sizes.nodes,
                                             .num_edges = sizes.edges / 2,
                                             .num_features = sizes.features,
                                             .num_classes = sizes.classes});
  io::save_graphs(file, {only_in_edges(dataset)});
  return 0;
}

/// Bytes of a line of this process's status, such as "VmHWM".
double status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) {
      return std::stod(line.substr(name.size() + 1)) * 1024;
    }
  }
  return 0;
}

double bytes_of(const Graph& graph) {
  const ops::Csr& in_edges = graph.adjacency()->csc();
  const at::Tensor feat = graph.ndata()["feat"];
  const at::Tensor label = graph.ndata()["label"];
  return static_cast<double>(in_edges.indptr.nbytes() + in_edges.indices.nbytes() + feat.nbytes() +
                             label.nbytes());
}

Json train(const Graph& graph, int workers, std::int64_t batches) {
  const std::vector<std::int64_t> fanouts = {15, 10, 5};
  const std::int64_t count = std::min(graph.num_nodes() / kTrainShare, batches * kBatchSize);
  const at::Tensor seeds = at::arange(count, at::kLong) * (graph.num_nodes() / count);
  const auto loader_of = [&](std::vector<std::string> labels) {
    return dataloading::DataLoader(
        graph, seeds.to(graph.idtype()), sampling::NeighborSampler(fanouts),
        dataloading::DataLoaderOptions{.batch_size = kBatchSize,
                                       .shuffle = true,
                                       .num_workers = workers,
                                       .prefetch = 1,  // a batch is tens of megabytes
                                       .prefetch_labels = std::move(labels)});
  };
  auto sampled = loader_of({});
  double input_nodes = 0;
  const double sampling_ms = milliseconds_of([&] {
    for (auto& batch : sampled) {
      input_nodes += static_cast<double>(batch.blocks.front().num_src_nodes());
    }
  });
  const at::Tensor label = graph.ndata()["label"];
  nn::ConvStack model(graph.ndata()["feat"]->size(1), label.max().item<std::int64_t>() + 1,
                      nn::ConvStackOptions{.layers = 3});
  torch::optim::Adam optimizer(model->parameters(), torch::optim::AdamOptions(0.003));
  auto loader = loader_of({"label"});
  const double training_ms = milliseconds_of([&] {
    for (auto& batch : loader) {
      const at::Tensor scores = model(batch.blocks, batch.blocks.front().srcdata()["feat"]);
      optimizer.zero_grad();
      at::cross_entropy_loss(scores, batch.blocks.back().dstdata()["label"]).backward();
      optimizer.step();
    }
  });
  const auto done = static_cast<double>(loader.size());
  return {{"sampling_batches_per_s", done * 1000 / sampling_ms},
          {"training_batches_per_s", done * 1000 / training_ms},
          {"input_nodes", input_nodes / done},
          {"wait_share", loader.wait_seconds() * 1000 / training_ms}};
}

int run(const std::string& file, int workers, std::int64_t batches) {
  std::vector<Graph> graphs;
  const double load_ms =
      milliseconds_of([&] { graphs = io::load_graphs(file, {}, {.memory_map = true}).graphs; });
  const Graph& graph = graphs.front();
  Json result = train(graph, workers, batches);
  result["load_s"] = load_ms / 1000;
  result["nodes"] = graph.num_nodes();
  result["edges"] = graph.num_edges();
  result["graph_and_feature_bytes"] = bytes_of(graph);
  result["peak_bytes"] = status_bytes("VmHWM");
  result["file_bytes_in_memory"] = status_bytes("RssFile");
  result["private_bytes"] = status_bytes("RssAnon");
  std::cout << result.dump() << std::endl;
  return 0;
}

}  // namespace

int products(const std::vector<std::string>& arguments) {
  if (arguments.size() == 4 && arguments[0] == "run") {
    return run(arguments[1], std::stoi(arguments[2]), std::stoll(arguments[3]));
  }
  if (arguments.size() == 2 && arguments[0] == "build") {
    return build(arguments[1], {});
  }
  if (arguments.size() == 6 && arguments[0] == "build") {
    return build(arguments[1], {std::stoll(arguments[2]), std::stoll(arguments[3]),
                                std::stoll(arguments[4]), std::stoll(arguments[5])});
  }
  throw std::invalid_argument(std::string("usage:\n") + kProductsUsage);
}

}  // namespace grapevine::compare
