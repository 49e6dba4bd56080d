#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "grapevine/datasets/node_classification.h"
#include "grapevine/nn/model.h"
#include "grapevine/train/model_description.h"
#include "grapevine/train/training_state.h"

namespace grapevine::train {

/// Which epoch's model is the result of training.
enum class Selection {
  kLast,       ///< the last
  kBestValid,  ///< the first with the best accuracy on the validation nodes
};

/// What products of matrices and features are made of.
enum class Precision {
  kFloat32,
  /// bfloat16: features, and in the forward and backward pass whatever `util/autocast.h` says.
  /// Parameters, the optimizer, sums and the loss stay float32. About half of the memory traffic.
  kBFloat16,
};

/// How `train_node_classification` trains.
struct NodeClassificationOptions {
  std::string model = "sage";  ///< a model or layer, by its name in `nn::model_names()`
  std::map<std::string, std::string> model_options{};  ///< its options, by name
  std::int64_t layers = 2;                             ///< how many
  std::int64_t hidden = 128;                           ///< width between them, of each head
  std::vector<std::int64_t> fanouts{4, 4};  ///< neighbours a layer, the input's first; -1 for all
  std::int64_t batch_size = 1024;           ///< training nodes a batch
  std::int64_t epochs = 10;
  double lr = 0.003;        ///< learning rate of Adam
  double weight_decay = 0;  ///< L2 penalty on every parameter, as Adam adds it
  /// Another one for the parameters whose names begin so; the longest of several counts.
  std::map<std::string, double> weight_decay_of{};
  double dropout = 0;               ///< before every layer but the first
  double input_dropout = 0;         ///< before the first
  std::string activation = "relu";  ///< between layers: "relu", "elu" or "none"
  std::string norm = "none";        ///< between layers: "batch", "layer" or "none"
  bool residual = false;            ///< add a linear function of each layer's input to its output
  Selection select = Selection::kLast;  ///< which epoch's model is the result
  std::int64_t patience = 0;  ///< stop after so many epochs without a better `valid_acc`; 0: never
  bool full_graph = false;    ///< one step an epoch on the whole graph instead of sampled batches
  std::uint64_t seed = 0;     ///< of initialisation, dropout, shuffling and sampling
  int num_workers = 1;        ///< loader threads; 0 samples on the calling thread
  int threads = 0;            ///< compute threads of torch; 0 leaves them as they are
  Precision precision = Precision::kFloat32;
  at::Device device = at::kCPU;
  std::string feature = "feat";  ///< which node feature is the input
  std::string edge_feature;      ///< which edge feature the layers read; empty: none
};

/// What a finished batch tells.
struct BatchReport {
  std::int64_t epoch;  ///< from 1
  std::int64_t batch;  ///< from 1
  std::int64_t num_batches;
  double loss;
};

/// Who is told and asked; each may be empty. Called on the training thread.
struct NodeClassificationCallbacks {
  std::function<void(const BatchReport&)> on_batch;
  std::function<void(const EpochReport&)> on_epoch;
  /// Asked after each batch and each epoch; true ends training there.
  std::function<bool()> should_stop;
  /// Told where training stands after each epoch, and after each batch for which `should_save` says
  /// so: to keep it, `save_checkpoint`.
  std::function<void(const TrainingState&)> on_state;
  /// Asked after each batch but the last of an epoch; empty: never.
  std::function<bool()> should_save;
};

/// What training gives.
struct NodeClassificationResult {
  std::shared_ptr<nn::Model> model;  ///< of the epoch `epoch`, on `device`, in training mode
  std::vector<EpochReport> epochs;
  std::int64_t epoch = 0;    ///< the one that was selected; 0: the model as it was made
  at::Tensor scores;         ///< `[num_nodes, num_classes]` of every node after that epoch
  double test_acc = 0;       ///< after that epoch; NaN without test nodes
  bool was_stopped = false;  ///< by `should_stop`
  /// Whether the model has also seen some batches of the epoch after `epoch`, because training was
  /// stopped in it: then there are no `scores`, and `test_acc` is NaN.
  bool has_part_of_an_epoch = false;
  TrainingState state;  ///< where training ended, and could go on
};

/// What `options` asks for, as wide as the features and classes of `dataset`. Of how the graph was
/// prepared it has the defaults. Throws `Error` as training does.
[[nodiscard]] ModelDescription describe_model(const datasets::NodeClassificationDataset& dataset,
                                              const NodeClassificationOptions& options);

/// The model that `options` asks for, untrained: as wide as the features and classes of `dataset`.
/// Throws `Error` as training does.
[[nodiscard]] std::shared_ptr<nn::Model> make_model(
    const datasets::NodeClassificationDataset& dataset, const NodeClassificationOptions& options);

/// Trains a model with Adam and cross-entropy on the training nodes, by
/// neighbor sampling or on the whole graph, and evaluates it by layer-wise inference. The graph is
/// taken as it is: `prepare_graph` adds reverse edges and self-loops, which a model may want
/// (`make_model(...)->wants_self_loops()`). The same seed gives the same
/// losses for any number of workers.
///
/// With `resume`, training goes on from there, in the middle of an epoch if need be, as if it had
/// not stopped: with the same options (but for `epochs`, `patience`, `num_workers`, `threads` and
/// callbacks), data and library, it has the same losses and weights to the bit, with one compute
/// thread; `check_same_run` compares the two. Epochs in `resume` are in the result, but are not
/// reported again.
///
/// Throws `Error` for unknown models, their unknown options, unknown features, a data set that is
/// not homogeneous, training labels outside `[0, num_classes)`, an empty training split, selection
/// without validation nodes, options out of range (fanouts not matching layers, ...), and a model
/// that works on whole graphs only without `full_graph`, and a `resume` of another model. Source:
/// DGL's tutorials L1 and L4.
///
///     auto dataset = datasets::load_node_classification("arxiv-like");
///     dataset.graph = prepare_graph(dataset.graph).graph;
///     double accuracy = train_node_classification(dataset, {.epochs = 5}).test_acc;
[[nodiscard]] NodeClassificationResult train_node_classification(
    const datasets::NodeClassificationDataset& dataset,
    const NodeClassificationOptions& options = {},
    const NodeClassificationCallbacks& callbacks = {}, const TrainingState* resume = nullptr);

}  // namespace grapevine::train
