#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "grapevine/datasets/node_classification.h"
#include "grapevine/nn/conv_stack.h"

namespace grapevine::train {

/// How `train_node_classification` trains.
struct NodeClassificationOptions {
  std::string model = "sage";               ///< the layer, by its name in `nn::convs()`
  std::int64_t layers = 2;                  ///< how many
  std::int64_t hidden = 128;                ///< width between them
  std::vector<std::int64_t> fanouts{4, 4};  ///< neighbours a layer, the input's first; -1 for all
  std::int64_t batch_size = 1024;           ///< training nodes a batch
  std::int64_t epochs = 10;
  double lr = 0.003;        ///< learning rate of Adam
  double weight_decay = 0;  ///< L2 penalty on every parameter, as Adam adds it
  double dropout = 0;       ///< before every layer but the first
  bool full_graph = false;  ///< one step an epoch on the whole graph instead of sampled batches
  std::uint64_t seed = 0;   ///< of initialisation, dropout, shuffling and sampling
  int num_workers = 1;      ///< loader threads; 0 samples on the calling thread
  int threads = 0;          ///< compute threads of torch; 0 leaves them as they are
  at::Device device = at::kCPU;
  std::string feature = "feat";  ///< which node feature is the input
};

/// What a finished batch tells.
struct BatchReport {
  std::int64_t epoch;  ///< from 1
  std::int64_t batch;  ///< from 1
  std::int64_t num_batches;
  double loss;
};

/// What a finished epoch tells.
struct EpochReport {
  std::int64_t epoch;  ///< from 1
  double loss;         ///< mean over the epoch's training nodes
  double train_acc;  ///< of the predictions made while training, before each step and with dropout
  double valid_acc;  ///< after the epoch, by layer-wise inference; NaN without validation nodes
  double seconds;    ///< of training alone
  std::int64_t batches;
  double wait_share;  ///< the share of `seconds` in which compute waited for data
};

/// Who is told; either may be empty. Called on the training thread.
struct NodeClassificationCallbacks {
  std::function<void(const BatchReport&)> on_batch;
  std::function<void(const EpochReport&)> on_epoch;
};

/// What training gives.
struct NodeClassificationResult {
  nn::ConvStack model{nullptr};  ///< on `device`, in training mode
  std::vector<EpochReport> epochs;
  at::Tensor scores;    ///< `[num_nodes, num_classes]` of every node after the last epoch
  double test_acc = 0;  ///< NaN without test nodes
};

/// Trains a stack of graph convolutions with Adam and cross-entropy on the training nodes, by
/// neighbor sampling or on the whole graph, and evaluates it by layer-wise inference. The graph is
/// taken as it is: `prepare_graph` adds reverse edges and self-loops. The same seed gives the same
/// losses for any number of workers.
///
/// Throws `Error` for unknown layers or features, a data set that is not homogeneous, training
/// labels outside
/// `[0, num_classes)`, an empty training split, and options out of range (fanouts not matching
/// layers, ...). Source: DGL's tutorials L1 and L4.
///
///     auto dataset = datasets::load_node_classification("arxiv-like");
///     dataset.graph = prepare_graph(dataset.graph).graph;
///     double accuracy = train_node_classification(dataset, {.epochs = 5}).test_acc;
[[nodiscard]] NodeClassificationResult train_node_classification(
    const datasets::NodeClassificationDataset& dataset,
    const NodeClassificationOptions& options = {},
    const NodeClassificationCallbacks& callbacks = {});

}  // namespace grapevine::train
