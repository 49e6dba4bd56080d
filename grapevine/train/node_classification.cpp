#include "grapevine/train/node_classification.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <torch/optim/adam.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>

#include "grapevine/dataloading/data_loader.h"
#include "grapevine/nn/state_dict.h"
#include "grapevine/sampling/neighbor_sampler.h"
#include "grapevine/train/detail/model_inputs.h"
#include "grapevine/train/detail/optimizer_state.h"
#include "grapevine/train/detail/rng_state.h"
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

/// A module's parameters and buffers as they are now.
TrainingState::Weights copy_of(const torch::nn::Module& module) {
  TrainingState::Weights copies;
  for (const auto& item : nn::state_dict(module)) {
    copies.insert(item.key(), item.value().to(at::kCPU, item.value().scalar_type(), false, true));
  }
  return copies;
}

class Trainer {
 public:
  Trainer(const datasets::NodeClassificationDataset& dataset,
          const NodeClassificationOptions& options, const NodeClassificationCallbacks& callbacks);
  /// Goes to where an earlier run stood.
  void restore(const TrainingState& state);
  NodeClassificationResult run();

 private:
  void train_epoch(std::int64_t epoch);
  void train_batches(std::int64_t epoch);
  void train_full_graph(std::int64_t epoch);
  double step(const at::Tensor& scores, const at::Tensor& labels);
  /// After a batch: tells and asks. Whether training goes on.
  bool finish_batch(std::int64_t epoch, std::int64_t num_batches, double loss);
  [[nodiscard]] EpochReport report_of(std::int64_t epoch, double valid_acc) const;
  [[nodiscard]] TrainingState state() const;
  void tell_state() const {
    if (callbacks_.on_state) {
      callbacks_.on_state(state());
    }
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
  std::vector<EpochReport> epochs_;  ///< finished
  EpochTotals totals_;               ///< of the one that is running
  TrainingState::Weights best_model_;
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

void Trainer::restore(const TrainingState& state) {
  const auto* what = "resume";
  const std::int64_t num_batches = loader_ == nullptr ? 1 : loader_->size();
  check(state.totals.batches >= 0 && state.totals.batches <= num_batches,
        "{}: expected 0 to {} finished batches of an epoch, got {}", what, num_batches,
        state.totals.batches);
  nn::load_state_dict(model_->module(), state.model, fmt::format("{}: model", what));
  detail::load_optimizer_state(*optimizer_, state.optimizer, fmt::format("{}: optimizer", what));
  detail::set_rng_state(at::kCPU, state.rng, what);
  if (!options_.device.is_cpu() && state.device_rng.defined()) {
    detail::set_rng_state(options_.device, state.device_rng, what);
  }
  epochs_ = state.epochs;
  totals_ = state.totals;
  best_model_ = state.best_model;
  if (loader_ != nullptr) {
    loader_->set_epoch(epochs_.size(), totals_.batches);
  }
}

TrainingState Trainer::state() const {
  const bool on_cpu = options_.device.is_cpu();
  return {.epochs = epochs_,
          .totals = totals_,
          .model = copy_of(model_->module()),
          .optimizer = detail::optimizer_state(*optimizer_),
          .rng = detail::rng_state(at::kCPU),
          .device_rng = on_cpu ? at::Tensor() : detail::rng_state(options_.device),
          .best_model = best_model_};
}

double Trainer::step(const at::Tensor& scores, const at::Tensor& labels) {
  const at::Tensor loss = at::cross_entropy_loss(scores.to(at::kFloat), labels);
  optimizer_->zero_grad();
  loss.backward();
  optimizer_->step();
  const auto value = loss.item<double>();
  const auto nodes = static_cast<double>(labels.size(0));
  totals_.loss += value * nodes;
  totals_.correct += accuracy(scores.detach(), labels) * nodes;
  totals_.nodes += labels.size(0);
  ++totals_.batches;
  return value;
}

bool Trainer::finish_batch(std::int64_t epoch, std::int64_t num_batches, double loss) {
  if (callbacks_.on_batch) {
    callbacks_.on_batch({epoch, totals_.batches, num_batches, loss});
  }
  is_stopped_ = callbacks_.should_stop && callbacks_.should_stop();
  return !is_stopped_;
}

void Trainer::train_batches(std::int64_t epoch) {
  const std::int64_t num_batches = loader_->size();
  const EpochTotals before = totals_;
  const auto start = std::chrono::steady_clock::now();
  const auto take_time = [&] {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    totals_.seconds = before.seconds + elapsed.count();
    totals_.wait_seconds = before.wait_seconds + loader_->wait_seconds();
  };
  for (auto& [input_nodes, output_nodes, blocks] : *loader_) {
    const at::Tensor scores = [&] {
      const Autocast guard = autocast();
      return model_->forward(blocks, blocks.front().srcdata()[kFeature], options_.edge_feature);
    }();
    const double loss = step(scores, blocks.back().dstdata()[kLabel]);
    take_time();
    if (!finish_batch(epoch, num_batches, loss)) {
      return;
    }
    if (totals_.batches < num_batches && callbacks_.should_save && callbacks_.should_save()) {
      tell_state();
    }
  }
  take_time();
}

void Trainer::train_full_graph(std::int64_t epoch) {
  const auto start = std::chrono::steady_clock::now();
  const at::Tensor nodes = dataset_.split.train.to(options_.device);
  const at::Tensor scores = [&] {
    const Autocast guard = autocast();
    return model_->forward(graph_, feat_, options_.edge_feature).index_select(0, nodes);
  }();
  const double loss = step(scores, labels_.index_select(0, nodes));
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  totals_.seconds = elapsed.count();
  finish_batch(epoch, 1, loss);
}

void Trainer::train_epoch(std::int64_t epoch) {
  model_->module().train();
  if (!options_.full_graph) {
    train_batches(epoch);
  } else if (totals_.batches == 0) {
    train_full_graph(epoch);
  }
}

EpochReport Trainer::report_of(std::int64_t epoch, double valid_acc) const {
  const auto nodes = static_cast<double>(totals_.nodes);
  const double seconds = totals_.seconds;
  return {.epoch = epoch,
          .loss = totals_.loss / nodes,
          .train_acc = totals_.correct / nodes,
          .valid_acc = valid_acc,
          .seconds = seconds,
          .batches = totals_.batches,
          .wait_share = seconds > 0 ? std::min(totals_.wait_seconds / seconds, 1.0) : 0};
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
  const bool selects = options_.select == Selection::kBestValid;
  const auto has_no_patience = [&] {
    return options_.patience > 0 && !epochs_.empty() &&
           epochs_.back().epoch - best_epoch(epochs_) >= options_.patience;
  };
  while (static_cast<std::int64_t>(epochs_.size()) < options_.epochs && !has_no_patience()) {
    const auto epoch = static_cast<std::int64_t>(epochs_.size()) + 1;
    train_epoch(epoch);
    if (is_stopped_) {
      break;
    }
    const at::Tensor scores = infer();
    epochs_.push_back(report_of(epoch, accuracy_of(scores, dataset_.split.valid)));
    totals_ = {};
    const bool is_best = best_epoch(epochs_) == epoch;
    if (!selects || is_best) {
      result.scores = scores;
    }
    if (selects && is_best) {
      best_model_ = copy_of(model_->module());
    }
    if (callbacks_.on_epoch) {
      callbacks_.on_epoch(epochs_.back());
    }
    tell_state();
    is_stopped_ = callbacks_.should_stop && callbacks_.should_stop();
    if (is_stopped_) {
      break;
    }
  }
  result.epochs = epochs_;
  result.epoch = selects ? best_epoch(epochs_) : static_cast<std::int64_t>(epochs_.size());
  result.was_stopped = is_stopped_;
  result.has_part_of_an_epoch = totals_.batches > 0 && (!selects || epochs_.empty());
  result.state = state();
  if (!best_model_.is_empty()) {
    nn::load_state_dict(model_->module(), best_model_, "the best epoch's model");
  }
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
    const NodeClassificationCallbacks& callbacks, const TrainingState* resume) {
  check_options(options);
  check_dataset(dataset, options);
  Trainer trainer(dataset, options, callbacks);
  if (resume != nullptr) {
    trainer.restore(*resume);
  }
  return trainer.run();
}

}  // namespace grapevine::train
