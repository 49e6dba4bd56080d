#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/compare/stage.h"
#include "grapevine/dataloading/data_loader.h"
#include "grapevine/dataloading/edge_data_loader.h"
#include "grapevine/nn/conv_stack.h"
#include "grapevine/sampling/neighbor_sampler.h"
#include "grapevine/train/node_classification.h"

namespace grapevine::compare {
namespace {

constexpr std::int64_t kBatchSize = 1024;
constexpr std::int64_t kHidden = 128;

/// How far each batch goes.
enum class Until { kSample, kFetch, kForward };

Until until(const Json& request) {
  const std::string name = request.at("until");
  return name == "sample" ? Until::kSample : name == "fetch" ? Until::kFetch : Until::kForward;
}

sampling::NeighborSampler make_sampler(const Json& request) {
  return sampling::NeighborSampler(
      request.at("fanouts").get<std::vector<std::int64_t>>(),
      {.prob = request.at("prob").get<bool>() ? "prob" : "", .replace = request.at("replace")});
}

dataloading::DataLoaderOptions make_options(const Json& request) {
  dataloading::DataLoaderOptions options{
      .batch_size = kBatchSize, .shuffle = true, .num_workers = request.at("workers")};
  // The model reads features from where they are.
  if (until(request) == Until::kFetch) {
    options.prefetch_node_feats = {"feat"};
  }
  if (until(request) != Until::kSample) {
    options.prefetch_labels = {"label"};
  }
  return options;
}

at::Tensor first_train_nodes(const SharedData& data, const Json& request) {
  const at::Tensor& nodes = data.train_nodes();
  return nodes.narrow(
      0, 0, std::min(nodes.numel(), request.at("batches").get<std::int64_t>() * kBatchSize));
}

/// Sources, destinations and edges of each block, the mean over all batches of an epoch.
class BlockSizes {
 public:
  void add(const std::vector<Graph>& blocks) {
    sizes_.resize(blocks.size(), {0, 0, 0});
    for (std::size_t layer = 0; layer < blocks.size(); ++layer) {
      sizes_[layer][0] += static_cast<double>(blocks[layer].num_src_nodes());
      sizes_[layer][1] += static_cast<double>(blocks[layer].num_dst_nodes());
      sizes_[layer][2] += static_cast<double>(blocks[layer].num_edges());
    }
    ++batches_;
  }
  [[nodiscard]] Json mean() const {
    auto result = sizes_;
    for (auto& layer : result) {
      for (double& size : layer) {
        size /= static_cast<double>(batches_);
      }
    }
    return result;
  }

 private:
  std::vector<std::vector<double>> sizes_;
  std::int64_t batches_ = 0;
};

/// An epoch of `loader`, each batch handed to `consume`.
template <typename Loader, typename Consume>
Json run_epoch(Loader& loader, const Consume& consume) {
  const double elapsed = milliseconds_of([&] {
    for (auto& batch : loader) {
      consume(batch);
    }
  });
  return {{"ms", elapsed / static_cast<double>(loader.size())},
          {"wait_share", loader.wait_seconds() * 1000 / elapsed}};
}

Step node_batches(const SharedData& data, const Json& request) {
  const Graph& graph = data.graph("arxiv");
  auto loader = std::make_shared<dataloading::DataLoader>(
      graph, first_train_nodes(data, request), make_sampler(request), make_options(request));
  BlockSizes sizes;
  for (auto& batch : *loader) {
    sizes.add(batch.blocks);
  }
  const Json mean_sizes = sizes.mean();
  const auto answer = [mean_sizes](Json result) {
    result["sizes"] = mean_sizes;
    return result;
  };
  const Until last = until(request);
  if (last != Until::kForward) {
    return [loader, answer, last] {
      return answer(run_epoch(*loader, [last](sampling::MiniBatch& batch) {
        if (last == Until::kFetch) {
          static_cast<void>(batch.blocks.front().srcdata()["feat"].tensor());
          static_cast<void>(batch.blocks.back().dstdata()["label"].tensor());
        }
      }));
    };
  }
  nn::ConvStack model(
      graph.ndata()["feat"]->size(1), data.num_classes(),
      nn::ConvStackOptions{.layers = static_cast<std::int64_t>(request.at("fanouts").size()),
                           .hidden = kHidden});
  return [loader, answer, model]() mutable {
    const at::NoGradGuard no_grad;
    return answer(run_epoch(*loader, [&model](sampling::MiniBatch& batch) {
      model->forward(batch.blocks, batch.blocks.front().srcdata()["feat"]);
    }));
  };
}

/// Batches of edges and what their end points need, with or without these edges and their reverses.
Step edge_batches(const SharedData& data, const Json& request) {
  const Graph& graph = data.graph("arxiv");
  const std::int64_t num_edges = graph.num_edges();
  const std::int64_t count =
      std::min(num_edges, request.at("batches").get<std::int64_t>() * kBatchSize);
  const at::Tensor seeds = at::arange(count, at::kLong) * (num_edges / count);
  sampling::EdgePredictionOptions options;
  if (request.at("edges") == "exclude") {
    // The second half of the edges are the reverses of the first.
    const at::Tensor ids = at::arange(num_edges, at::kLong);
    options.exclude = sampling::Exclude::kReverseId;
    options.reverse_eids =
        at::cat({ids.narrow(0, num_edges / 2, num_edges / 2), ids.narrow(0, 0, num_edges / 2)});
  }
  auto loader = std::make_shared<dataloading::EdgeDataLoader>(
      graph, seeds, sampling::EdgePredictionSampler(make_sampler(request), options),
      make_options(request));
  BlockSizes sizes;
  for (auto& batch : *loader) {
    sizes.add(batch.blocks);
  }
  return [loader, mean_sizes = sizes.mean()] {
    Json result = run_epoch(*loader, [](sampling::EdgeMiniBatch&) {});
    result["sizes"] = mean_sizes;
    return result;
  };
}

/// An epoch of the trainer behind `grapevine train`, without its evaluation.
Step training(const SharedData& data, const Json& request) {
  const Graph& graph = data.graph("arxiv");
  const datasets::NodeClassificationDataset dataset{
      .name = "arxiv",
      .ntype = "_N",
      .graph = graph,
      .labels = graph.ndata()["label"],
      .split = {.train = first_train_nodes(data, request),
                .valid = at::arange(0, at::kLong),
                .test = at::arange(0, at::kLong)},
      .num_classes = data.num_classes()};
  const train::NodeClassificationOptions options{
      .layers = static_cast<std::int64_t>(request.at("fanouts").size()),
      .hidden = kHidden,
      .fanouts = request.at("fanouts"),
      .batch_size = kBatchSize,
      .epochs = 1,
      .num_workers = request.at("workers"),
      .precision = request.at("precision") == "bfloat16" ? train::Precision::kBFloat16
                                                         : train::Precision::kFloat32};
  BlockSizes sizes;
  dataloading::DataLoader loader(graph, dataset.split.train, make_sampler(request),
                                 make_options(request));
  for (auto& batch : loader) {
    sizes.add(batch.blocks);
  }
  return [dataset, options, mean_sizes = sizes.mean()] {
    const auto epoch = train::train_node_classification(dataset, options).epochs.front();
    return Json{{"ms", epoch.seconds * 1000 / static_cast<double>(epoch.batches)},
                {"wait_share", epoch.wait_share},
                {"sizes", mean_sizes}};
  };
}

}  // namespace

Step loader_stage(const SharedData& data, const Json& request) {
  if (request.at("until") == "train") {
    return training(data, request);
  }
  return request.at("edges") == "none" ? node_batches(data, request) : edge_batches(data, request);
}

}  // namespace grapevine::compare
