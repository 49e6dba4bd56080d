#include "grapevine/train/graph_classification.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <torch/optim/adam.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

#include "grapevine/dataloading/graph_data_loader.h"
#include "grapevine/train/metrics.h"
#include "grapevine/train/stratified_folds.h"
#include "grapevine/util/error.h"
#include "grapevine/util/random.h"

namespace grapevine::train {
namespace {

using dataloading::GraphDataLoader;
using dataloading::GraphDataLoaderOptions;
using datasets::GraphClassificationDataset;

void check_options(const GraphClassificationOptions& options) {
  check(options.epochs >= 0, "epochs: expected 0 or more, got {}", options.epochs);
  check(options.lr > 0, "lr: expected a positive value, got {}", options.lr);
  check(options.lr_step >= 0, "lr_step: expected 0 or more, got {}", options.lr_step);
  check(options.lr_decay > 0 && options.lr_decay <= 1,
        "lr_decay: expected a value in (0, 1], got {}", options.lr_decay);
  check(options.weight_decay >= 0, "weight_decay: expected 0 or more, got {}",
        options.weight_decay);
  check(options.threads >= 0, "threads: expected 0 or more, got {}", options.threads);
  check(options.batch_size > 0, "batch_size: expected 1 or more, got {}", options.batch_size);
  check(!options.fold || (*options.fold >= 1 && *options.fold <= options.folds),
        "fold: expected one from 1 to {}, got {}", options.folds, options.fold.value_or(0));
}

ops::Reduce pooling_named(const std::string& name) {
  check(name == "sum" || name == "mean" || name == "max",
        "pooling: expected \"sum\", \"mean\" or \"max\", got \"{}\"", name);
  return name == "sum"    ? ops::Reduce::kSum
         : name == "mean" ? ops::Reduce::kMean
                          : ops::Reduce::kMax;
}

/// The width of the input feature, which every graph must have.
std::int64_t check_features(const GraphClassificationDataset& dataset, const std::string& feature) {
  std::int64_t width = 0;
  for (std::size_t i = 0; i < dataset.graphs.size(); ++i) {
    const Graph& graph = dataset.graphs[i];
    check(graph.is_homogeneous(),
          "data set \"{}\": graph {}: expected one node type and one relation, got {} and {}",
          dataset.name, i, graph.ntypes().size(), graph.canonical_etypes().size());
    const at::Tensor feat = graph.ndata()[feature];
    check(feat.dim() == 2 && feat.size(1) > 0 && feat.is_floating_point(),
          "data set \"{}\": graph {}: node feature \"{}\": expected floats of shape [{}, width], "
          "got {} [{}]",
          dataset.name, i, feature, graph.num_nodes(), feat.dtype().name(),
          fmt::join(feat.sizes(), ", "));
    width = i == 0 ? feat.size(1) : width;
    check(feat.size(1) == width,
          "data set \"{}\": graph {}: node feature \"{}\": expected width {}, as that of graph 0, "
          "got {}",
          dataset.name, i, feature, width, feat.size(1));
  }
  return width;
}

void check_labels(const GraphClassificationDataset& dataset) {
  const auto num_graphs = static_cast<std::int64_t>(dataset.graphs.size());
  check(num_graphs > 0, "data set \"{}\": expected graphs, got none", dataset.name);
  check(dataset.labels.defined() && dataset.labels.dim() == 1 &&
            dataset.labels.size(0) == num_graphs && dataset.labels.scalar_type() == at::kLong,
        "data set \"{}\": labels: expected one int64 for each of {} graphs", dataset.name,
        num_graphs);
  const auto lowest = dataset.labels.min().item<std::int64_t>();
  const auto highest = dataset.labels.max().item<std::int64_t>();
  check(lowest >= 0 && highest < dataset.num_classes,
        "data set \"{}\": expected labels in [0, {}), got {}", dataset.name, dataset.num_classes,
        lowest < 0 ? lowest : highest);
}

/// Sums over the batches of an epoch.
struct Totals {
  double loss = 0;
  double correct = 0;
  std::int64_t graphs = 0;
  std::int64_t batches = 0;

  void add(const at::Tensor& scores, const at::Tensor& labels) {
    correct += accuracy(scores, labels) * static_cast<double>(labels.size(0));
    graphs += labels.size(0);
    ++batches;
  }
  [[nodiscard]] double accuracy_of_all() const { return correct / static_cast<double>(graphs); }
};

/// One fold: a model, and the loaders of what it is trained and validated on.
class FoldTrainer {
 public:
  FoldTrainer(const GraphClassificationDataset& dataset, const GraphClassificationOptions& options,
              std::int64_t in_feats, const at::Tensor& folds, std::int64_t fold)
      : options_(options),
        fold_(fold),
        key_(RandomKey(options.seed).fold_in(static_cast<std::uint64_t>(fold))),
        num_valid_(folds.eq(fold - 1).sum().item<std::int64_t>()),
        num_train_(folds.numel() - num_valid_),
        train_(dataset, loader_options(folds.ne(fold - 1).nonzero().squeeze(1), true)),
        valid_(dataset, loader_options(folds.eq(fold - 1).nonzero().squeeze(1), false)) {
    at::manual_seed(key_.value());
    model_ =
        nn::GraphClassifier(in_feats, dataset.num_classes,
                            nn::GraphClassifierOptions{.conv = options.model,
                                                       .conv_options = options.conv_options,
                                                       .layers = options.layers,
                                                       .hidden = options.hidden,
                                                       .dropout = options.dropout,
                                                       .pooling = pooling_named(options.pooling)});
    model_->to(options.device);
    optimizer_ = std::make_unique<torch::optim::Adam>(
        model_->parameters(),
        torch::optim::AdamOptions(options.lr).weight_decay(options.weight_decay));
  }

  GraphFoldReport run(const std::function<void(const GraphEpochReport&)>& on_epoch) {
    GraphFoldReport report{
        .fold = fold_, .num_train = num_train_, .num_valid = num_valid_, .epochs = {}};
    for (std::int64_t epoch = 1; epoch <= options_.epochs; ++epoch) {
      report.epochs.push_back(train_epoch(epoch));
      report.epochs.back().valid_acc = validate();
      if (on_epoch) {
        on_epoch(report.epochs.back());
      }
    }
    model_->train();
    return report;
  }

  [[nodiscard]] const nn::GraphClassifier& model() const { return model_; }

 private:
  [[nodiscard]] GraphDataLoaderOptions loader_options(const at::Tensor& indices,
                                                      bool shuffle) const {
    return {.batch_size = options_.batch_size,
            .shuffle = shuffle,
            .num_workers = options_.num_workers,
            .device = options_.device,
            .seed = key_.value(),
            .indices = indices,
            .ndata = std::vector<std::string>{options_.feature},
            .edata = std::vector<std::string>{}};
  }

  at::Tensor scores_of(const Graph& graph) {
    return model_->forward(graph, graph.ndata()[options_.feature].tensor().to(at::kFloat));
  }

  double set_learning_rate(std::int64_t epoch) {
    const std::int64_t steps = options_.lr_step > 0 ? (epoch - 1) / options_.lr_step : 0;
    const double lr = options_.lr * std::pow(options_.lr_decay, static_cast<double>(steps));
    for (torch::optim::OptimizerParamGroup& group : optimizer_->param_groups()) {
      group.options().set_lr(lr);
    }
    return lr;
  }

  GraphEpochReport train_epoch(std::int64_t epoch) {
    const double lr = set_learning_rate(epoch);
    Totals totals;
    model_->train();
    const auto start = std::chrono::steady_clock::now();
    for (auto& [graph, labels] : train_) {
      const at::Tensor scores = scores_of(graph);
      const at::Tensor loss = at::cross_entropy_loss(scores, labels);
      optimizer_->zero_grad();
      loss.backward();
      optimizer_->step();
      totals.loss += loss.item<double>() * static_cast<double>(labels.size(0));
      totals.add(scores.detach(), labels);
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    const double waited = elapsed.count() > 0 ? train_.wait_seconds() / elapsed.count() : 0;
    return {.fold = fold_,
            .epoch = epoch,
            .loss = totals.loss / static_cast<double>(totals.graphs),
            .train_acc = totals.accuracy_of_all(),
            .valid_acc = 0,
            .lr = lr,
            .seconds = elapsed.count(),
            .batches = totals.batches,
            .wait_share = std::min(waited, 1.0)};
  }

  double validate() {
    const at::NoGradGuard no_grad;
    Totals totals;
    model_->eval();
    for (auto& [graph, labels] : valid_) {
      totals.add(scores_of(graph), labels);
    }
    return totals.accuracy_of_all();
  }

  const GraphClassificationOptions& options_;
  std::int64_t fold_;
  RandomKey key_;
  std::int64_t num_valid_;
  std::int64_t num_train_;
  GraphDataLoader train_;
  GraphDataLoader valid_;
  nn::GraphClassifier model_{nullptr};
  std::unique_ptr<torch::optim::Adam> optimizer_;
};

/// Accuracy after one epoch, counted from 0.
FoldAccuracy accuracy_after(const std::vector<GraphFoldReport>& folds, std::size_t epoch) {
  const auto count = static_cast<double>(folds.size());
  double sum = 0;
  for (const GraphFoldReport& fold : folds) {
    sum += fold.epochs[epoch].valid_acc;
  }
  const double mean = sum / count;
  double squares = 0;
  for (const GraphFoldReport& fold : folds) {
    squares += (fold.epochs[epoch].valid_acc - mean) * (fold.epochs[epoch].valid_acc - mean);
  }
  return {static_cast<std::int64_t>(epoch) + 1, mean, std::sqrt(squares / count)};
}

}  // namespace

GraphClassificationResult train_graph_classification(
    const GraphClassificationDataset& dataset, const GraphClassificationOptions& options,
    const GraphClassificationCallbacks& callbacks) {
  check_options(options);
  check_labels(dataset);
  const std::int64_t in_feats = check_features(dataset, options.feature);
  const at::Tensor folds = stratified_folds(dataset.labels, options.folds, options.seed);
  if (options.threads > 0) {
    at::set_num_threads(options.threads);
  }
  GraphClassificationResult result;
  const std::int64_t last = options.fold.value_or(options.folds);
  for (std::int64_t fold = options.fold.value_or(1); fold <= last; ++fold) {
    FoldTrainer trainer(dataset, options, in_feats, folds, fold);
    result.folds.push_back(trainer.run(callbacks.on_epoch));
    result.model = trainer.model();
    if (callbacks.on_fold) {
      callbacks.on_fold(result.folds.back());
    }
  }
  for (std::size_t epoch = 0; epoch < static_cast<std::size_t>(options.epochs); ++epoch) {
    result.last = accuracy_after(result.folds, epoch);
    if (epoch == 0 || result.last.mean > result.best.mean) {
      result.best = result.last;
    }
  }
  return result;
}

}  // namespace grapevine::train
