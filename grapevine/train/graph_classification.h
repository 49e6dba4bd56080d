#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "grapevine/datasets/graph_classification.h"
#include "grapevine/nn/graph_classifier.h"

namespace grapevine::train {

/// How `train_graph_classification` trains; the defaults are the GIN paper's.
struct GraphClassificationOptions {
  std::string model = "gin";                          ///< the layer, by its name in `nn::convs()`
  std::map<std::string, std::string> conv_options{};  ///< the layer's options, by name
  std::int64_t layers = 4;       ///< how many; the paper counts the input as one more
  std::int64_t hidden = 64;      ///< width between them
  std::string pooling = "sum";   ///< of the nodes of a graph: "sum", "mean" or "max"
  double dropout = 0.5;          ///< of each layer's scores
  std::int64_t batch_size = 32;  ///< training graphs a batch
  std::int64_t epochs = 350;
  double lr = 0.01;           ///< learning rate of Adam in the first epoch
  std::int64_t lr_step = 50;  ///< epochs after which it is multiplied with `lr_decay`; 0: never
  double lr_decay = 0.5;      ///< in (0, 1]
  double weight_decay = 0;    ///< L2 penalty on every parameter, as Adam adds it
  std::int64_t folds = 10;    ///< parts of the cross validation, 2 or more
  std::optional<std::int64_t> fold = std::nullopt;  ///< train this one only, from 1; all if absent
  std::uint64_t seed = 0;  ///< of the folds, initialisation, dropout and shuffling
  int num_workers = 0;     ///< loader threads; 0 puts batches together on the calling thread
  int threads = 0;         ///< compute threads of torch; 0 leaves them as they are
  at::Device device = at::kCPU;
  std::string feature = "feat";  ///< which node feature is the input
};

/// What a finished epoch of a fold tells.
struct GraphEpochReport {
  std::int64_t fold;   ///< from 1
  std::int64_t epoch;  ///< from 1
  double loss;         ///< mean over the fold's training graphs
  double train_acc;    ///< of the predictions made while training, before each step, with dropout
  double valid_acc;    ///< on the fold's own part, after the epoch
  double lr;           ///< the epoch's learning rate
  double seconds;      ///< of training alone
  std::int64_t batches;
  double wait_share;  ///< the share of `seconds` in which compute waited for data
};

/// What a finished fold tells.
struct GraphFoldReport {
  std::int64_t fold;       ///< from 1
  std::int64_t num_train;  ///< graphs that it trains on
  std::int64_t num_valid;  ///< graphs of the fold itself
  std::vector<GraphEpochReport> epochs;
};

/// Validation accuracy after one epoch, over the folds.
struct FoldAccuracy {
  std::int64_t epoch = 0;  ///< from 1; 0 without epochs
  double mean = 0;
  double deviation = 0;  ///< standard deviation of the folds, the square root of their mean square
};

/// Who is told; either may be empty. Called on the training thread.
struct GraphClassificationCallbacks {
  std::function<void(const GraphEpochReport&)> on_epoch;
  std::function<void(const GraphFoldReport&)> on_fold;
};

/// What training gives.
struct GraphClassificationResult {
  std::vector<GraphFoldReport> folds;  ///< in order
  FoldAccuracy best;                   ///< the epoch whose mean is largest, as the paper reports it
  FoldAccuracy last;                   ///< the last epoch, which no choice flatters
  nn::GraphClassifier model{nullptr};  ///< of the last fold, on `device`, in training mode
};

/// Trains `nn::GraphClassifier` with Adam and cross-entropy in a stratified cross validation: the
/// graphs are parted into `folds` (`stratified_folds`), and each fold is the validation set of a
/// model that is trained on the others. As in the GIN paper, one epoch is chosen for all folds, the
/// one with the best mean validation accuracy, which is therefore not the accuracy on graphs that
/// had no part in any choice; `last` is. The same seed gives the same losses for any number of
/// workers, and a fold alone gives what it gives among all.
///
/// Throws `Error` for unknown layers or features, no graphs or fewer than folds, labels outside
/// `[0, num_classes)`, graphs whose features differ in shape, and options out of range. Source: Xu
/// et al., 2019.
///
///     auto dataset = datasets::load_graph_classification("tu/PROTEINS");
///     auto [epoch, mean, deviation] = train_graph_classification(dataset).best;
[[nodiscard]] GraphClassificationResult train_graph_classification(
    const datasets::GraphClassificationDataset& dataset,
    const GraphClassificationOptions& options = {},
    const GraphClassificationCallbacks& callbacks = {});

}  // namespace grapevine::train
