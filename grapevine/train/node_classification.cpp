#include "grapevine/train/node_classification.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <torch/optim/adam.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>

#include "grapevine/dataloading/data_loader.h"
#include "grapevine/sampling/neighbor_sampler.h"
#include "grapevine/train/detail/model_inputs.h"
#include "grapevine/train/inference.h"
#include "grapevine/train/metrics.h"
#include "grapevine/train/parameter_groups.h"
#include "grapevine/util/autocast.h"
#include "grapevine/util/error.h"

namespace grapevine::train {

namespace {

constexpr const char* kFeature = "feat";
constexpr const char* kLabel = "label";

void check_options(const NodeClassificationOptions& options) {
  check(options.epochs >= 0, "epochs: expected 0 or more, got {}", options.epochs);
  check(options.lr > 0, "lr: expected a positive value, got {}", options.lr);
  check(options.patience >= 0, "patience: expected 0 or more, got {}", options.patience);
  check(options.weight_decay >= 0, "weight_decay: expected 0 or more, got {}",
        options.weight_decay);
  check(options.threads >= 0, "threads: expected 0 or more, got {}", options.threads);
  check(options.batch_size > 0, "batch_size: expected 1 or more, got {}", options.batch_size);
  check(options.full_graph || static_cast<std::int64_t>(options.fanouts.size()) == options.layers,
        "fanouts: expected {} values, one for each layer, got {} ({})", options.layers,
        options.fanouts.size(), fmt::join(options.fanouts, ","));
}

void check_dataset(const datasets::NodeClassificationDataset& dataset,
                   const NodeClassificationOptions& options) {
  detail::check_model_inputs(dataset.graph, options.feature, options.edge_feature,
                             fmt::format("data set \"{}\"", dataset.name));
  check(dataset.labels.dim() == 1 && dataset.labels.size(0) == dataset.graph.num_nodes(),
        "labels: expected shape [{}], got [{}]", dataset.graph.num_nodes(),
        fmt::join(dataset.labels.sizes(), ", "));
  check(dataset.split.train.numel() > 0, "data set \"{}\": the training split is empty",
        dataset.name);
  check(dataset.split.valid.numel() > 0 ||
            (options.select == Selection::kLast && options.patience == 0),
        "data set \"{}\": the validation split is empty, so no epoch can be selected by it",
        dataset.name);
  const at::Tensor labels = dataset.labels.index_select(0, dataset.split.train);
  const auto lowest = labels.min().item<std::int64_t>();
  const auto highest = labels.max().item<std::int64_t>();
  check(lowest >= 0 && highest < dataset.num_classes,
        "data set \"{}\": expected training labels in [0, {}), got {}", dataset.name,
        dataset.num_classes, lowest < 0 ? lowest : highest);
}

/// Sums over the batches of an epoch.
struct EpochTotals {
  double loss = 0;
  double correct = 0;
  std::int64_t nodes = 0;
  std::int64_t batches = 0;
};

/// A module's parameters and buffers as they were.
class Snapshot {
 public:
  void take(const torch::nn::Module& module) {
    values_.clear();
    for (const at::Tensor& value : tensors(module)) {
      values_.push_back(value.detach().clone());
    }
  }
  void restore(torch::nn::Module& module) const {
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> current = tensors(module);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      current[i].copy_(values_[i]);
    }
  }

 private:
  static std::vector<at::Tensor> tensors(const torch::nn::Module& module) {
    std::vector<at::Tensor> result = module.parameters();
    for (const at::Tensor& buffer : module.buffers()) {
      result.push_back(buffer);
    }
    return result;
  }

  std::vector<at::Tensor> values_;
};

class Trainer {
 public:
  Trainer(const datasets::NodeClassificationDataset& dataset,
          const NodeClassificationOptions& options, const NodeClassificationCallbacks& callbacks);
  NodeClassificationResult run();

 private:
  EpochReport train_epoch(std::int64_t epoch);
  void train_batches(std::int64_t epoch, EpochTotals& totals);
  void train_full_graph(std::int64_t epoch, EpochTotals& totals);
  double step(const at::Tensor& scores, const at::Tensor& labels, EpochTotals& totals);
  /// Asks until the answer is yes, which is final.
  bool should_stop() {
    is_stopped_ = is_stopped_ || (callbacks_.should_stop && callbacks_.should_stop());
    return is_stopped_;
  }
  [[nodiscard]] at::Tensor infer() const;
  [[nodiscard]] at::ScalarType dtype() const {
    return options_.precision == Precision::kBFloat16 ? at::kBFloat16 : at::kFloat;
  }
  [[nodiscard]] Autocast autocast() const { return {options_.device.type(), dtype()}; }
  [[nodiscard]] double accuracy_of(const at::Tensor& scores, const at::Tensor& nodes) const;

  const datasets::NodeClassificationDataset& dataset_;
  const NodeClassificationOptions& options_;
  const NodeClassificationCallbacks& callbacks_;
  Graph graph_;  ///< the data set's structure with the features that training reads and no others
  at::Tensor feat_;
  at::Tensor labels_;
  std::shared_ptr<nn::Model> model_;
  std::unique_ptr<torch::optim::Adam> optimizer_;
  std::unique_ptr<dataloading::DataLoader> loader_;
  bool is_stopped_ = false;
};

Trainer::Trainer(const datasets::NodeClassificationDataset& dataset,
                 const NodeClassificationOptions& options,
                 const NodeClassificationCallbacks& callbacks)
    : dataset_(dataset), options_(options), callbacks_(callbacks) {
  if (options.threads > 0) {
    at::set_num_threads(options.threads);
  }
  at::manual_seed(options.seed);
  auto [graph, feat] = detail::model_inputs(dataset.graph, options.feature, options.edge_feature);
  graph_ = std::move(graph);
  feat_ = options.precision == Precision::kBFloat16 ? feat.to(at::kBFloat16) : feat;
  labels_ = dataset.labels;
  graph_.ndata()[kFeature] = feat_;
  graph_.ndata()[kLabel] = labels_;
  model_ = make_model(dataset, options);
  model_->module().to(options.device);
  const auto adam = torch::optim::AdamOptions(options.lr).weight_decay(options.weight_decay);
  optimizer_ = std::make_unique<torch::optim::Adam>(
      parameter_groups(model_->module(), adam, options.weight_decay_of), adam);
  if (options.full_graph) {
    graph_ = graph_.to(options.device);
    feat_ = feat_.to(options.device);
    labels_ = labels_.to(options.device);
    return;
  }
  // A model that takes the features from where they are needs no copy of a batch's.
  const bool in_place = options.device.is_cpu() && model_->reads_in_place();
  const auto gathered = in_place ? std::vector<std::string>() : std::vector<std::string>{kFeature};
  loader_ = std::make_unique<dataloading::DataLoader>(
      graph_, dataset.split.train, sampling::NeighborSampler(options.fanouts),
      dataloading::DataLoaderOptions{.batch_size = options.batch_size,
                                     .shuffle = true,
                                     .num_workers = options.num_workers,
                                     .device = options.device,
                                     .seed = options.seed,
                                     .prefetch_node_feats = gathered,
                                     .prefetch_labels = {kLabel}});
}

double Trainer::step(const at::Tensor& scores, const at::Tensor& labels, EpochTotals& totals) {
  const at::Tensor loss = at::cross_entropy_loss(scores.to(at::kFloat), labels);
  optimizer_->zero_grad();
  loss.backward();
  optimizer_->step();
  const auto value = loss.item<double>();
  const auto nodes = static_cast<double>(labels.size(0));
  totals.loss += value * nodes;
  totals.correct += accuracy(scores.detach(), labels) * nodes;
  totals.nodes += labels.size(0);
  ++totals.batches;
  return value;
}

void Trainer::train_batches(std::int64_t epoch, EpochTotals& totals) {
  const auto num_batches = static_cast<std::int64_t>(loader_->size());
  for (auto& [input_nodes, output_nodes, blocks] : *loader_) {
    const at::Tensor scores = [&] {
      const Autocast guard = autocast();
      return model_->forward(blocks, blocks.front().srcdata()[kFeature], options_.edge_feature);
    }();
    const double loss = step(scores, blocks.back().dstdata()[kLabel], totals);
    if (callbacks_.on_batch) {
      callbacks_.on_batch({epoch, totals.batches, num_batches, loss});
    }
    if (should_stop()) {
      return;
    }
  }
}

void Trainer::train_full_graph(std::int64_t epoch, EpochTotals& totals) {
  const at::Tensor nodes = dataset_.split.train.to(options_.device);
  const at::Tensor scores = [&] {
    const Autocast guard = autocast();
    return model_->forward(graph_, feat_, options_.edge_feature).index_select(0, nodes);
  }();
  const double loss = step(scores, labels_.index_select(0, nodes), totals);
  if (callbacks_.on_batch) {
    callbacks_.on_batch({epoch, 1, 1, loss});
  }
  should_stop();
}

EpochReport Trainer::train_epoch(std::int64_t epoch) {
  EpochTotals totals;
  model_->module().train();
  const auto start = std::chrono::steady_clock::now();
  options_.full_graph ? train_full_graph(epoch, totals) : train_batches(epoch, totals);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  const double waited = options_.full_graph ? 0 : loader_->wait_seconds();
  const auto nodes = static_cast<double>(totals.nodes);
  return {.epoch = epoch,
          .loss = totals.loss / nodes,
          .train_acc = totals.correct / nodes,
          .valid_acc = 0,
          .seconds = elapsed.count(),
          .batches = totals.batches,
          .wait_share = elapsed.count() > 0 ? std::min(waited / elapsed.count(), 1.0) : 0};
}

double Trainer::accuracy_of(const at::Tensor& scores, const at::Tensor& nodes) const {
  const at::Tensor rows = nodes.to(scores.device());
  return accuracy(scores.index_select(0, rows), labels_.index_select(0, rows));
}

at::Tensor Trainer::infer() const {
  const Autocast guard = autocast();
  return layerwise_inference(*model_, graph_, feat_, {.edge_feature = options_.edge_feature})
      .to(at::kFloat);
}

NodeClassificationResult Trainer::run() {
  NodeClassificationResult result;
  result.model = model_;
  Snapshot best_model;
  EpochReport best{};
  for (std::int64_t epoch = 1; epoch <= options_.epochs; ++epoch) {
    EpochReport report = train_epoch(epoch);
    if (is_stopped_) {
      result.has_part_of_an_epoch = options_.select == Selection::kLast || best.epoch == 0;
      break;
    }
    const at::Tensor scores = infer();
    report.valid_acc = accuracy_of(scores, dataset_.split.valid);
    result.epochs.push_back(report);
    if (epoch == 1 || report.valid_acc > best.valid_acc) {
      best = report;
    }
    if (options_.select == Selection::kLast || best.epoch == epoch) {
      result.epoch = epoch;
      result.scores = scores;
    }
    if (options_.select == Selection::kBestValid && best.epoch == epoch) {
      best_model.take(model_->module());
    }
    if (callbacks_.on_epoch) {
      callbacks_.on_epoch(report);
    }
    if (should_stop()) {
      break;
    }
    if (options_.patience > 0 && epoch - best.epoch >= options_.patience) {
      break;
    }
  }
  best_model.restore(model_->module());
  result.was_stopped = is_stopped_;
  if (result.has_part_of_an_epoch) {
    result.scores = at::Tensor();
    result.test_acc = std::numeric_limits<double>::quiet_NaN();
    return result;
  }
  if (!result.scores.defined()) {
    result.scores = infer();
  }
  result.test_acc = accuracy_of(result.scores, dataset_.split.test);
  return result;
}

}  // namespace

ModelDescription describe_model(const datasets::NodeClassificationDataset& dataset,
                                const NodeClassificationOptions& options) {
  detail::check_model_inputs(dataset.graph, options.feature, options.edge_feature,
                             fmt::format("data set \"{}\"", dataset.name));
  return {.in_feats = dataset.graph.ndata()[options.feature]->size(1),
          .out_feats = dataset.num_classes,
          .options = {.conv = options.model,
                      .conv_options = options.model_options,
                      .layers = options.layers,
                      .hidden = options.hidden,
                      .edge_feats = detail::edge_feats_of(dataset.graph, options.edge_feature),
                      .input_dropout = options.input_dropout,
                      .dropout = options.dropout,
                      .activation = options.activation,
                      .norm = options.norm,
                      .residual = options.residual},
          .feature = options.feature,
          .edge_feature = options.edge_feature};
}

std::shared_ptr<nn::Model> make_model(const datasets::NodeClassificationDataset& dataset,
                                      const NodeClassificationOptions& options) {
  return make_model(describe_model(dataset, options));
}

NodeClassificationResult train_node_classification(
    const datasets::NodeClassificationDataset& dataset, const NodeClassificationOptions& options,
    const NodeClassificationCallbacks& callbacks) {
  check_options(options);
  check_dataset(dataset, options);
  return Trainer(dataset, options, callbacks).run();
}

}  // namespace grapevine::train
