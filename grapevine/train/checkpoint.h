#pragma once

#include <ATen/core/Tensor.h>
#include <torch/ordered_dict.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "grapevine/nn/model.h"
#include "grapevine/train/model_description.h"
#include "grapevine/train/run_identity.h"
#include "grapevine/train/training_state.h"

namespace grapevine::train {

/// A run that can go on, as a file keeps it.
struct SavedRun {
  RunIdentity identity;
  TrainingState state;
};

/// A trained model as a file keeps it, and the run that it is from.
struct Checkpoint {
  ModelDescription description;
  torch::OrderedDict<std::string, at::Tensor> model;  ///< see `nn::state_dict`
  std::int64_t epoch = 0;                             ///< after which the weights were taken
  std::map<std::string, double> metrics{};            ///< of that epoch: "valid_acc", ...
  std::optional<SavedRun> run{};                      ///< to train on, if it was kept
};

/// Writes one file, whole, that Python's `torch.load(path, weights_only=True)` opens: a dict with
/// - `model`: a state dict, of DGL's names;
/// - `description`: a dict of `format_version` 1, `library_version`, `task` "nodes", `model` (the
///   name for `nn::make_model`), `options` (a dict of the model's own), `in_feats`,
///   `out_feats`, `layers`, `hidden`, `edge_feats`, `input_dropout`, `dropout`, `activation`,
///   `norm`, `residual`, `feature`, `edge_feature`, `reverse_edges` and `self_loops`;
/// - `epoch` and `metrics`;
/// - `run`, if there is one: `options` and `data` (see `RunIdentity`), `epochs` (a list of dicts),
///   `totals`, `model`, `optimizer` (the `state_dict` of `torch.optim.Adam`), `rng`, `device_rng`
///   and `best_model`, as in `TrainingState`.
/// Throws `Error` for a path that cannot be written.
///
///     auto result = train_node_classification(dataset, options);
///     save_checkpoint("sage.pt", {.description = describe_model(dataset, options),
///                                 .model = nn::state_dict(result.model->module()),
///                                 .epoch = result.epoch});
void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Reads such a file, and one that Python wrote with `torch.save`. In `description`, `model`,
/// `in_feats` and `out_feats` must be there; what else is missing is as in `ModelDescription`, but
/// for `self_loops`, which is then what the model wants. What else is in the file is left alone.
/// Throws `Error` that names the file and what is wrong with it: see `io::load_state`; a value of
/// another type; a newer format, another task, an unknown model or option.
[[nodiscard]] Checkpoint load_checkpoint(const std::filesystem::path& path);

/// The model of a checkpoint with its weights, on the CPU. Throws `Error` that begins with `what`
/// unless the weights are those of the model that is described: none missing, none more, each of
/// the right shape. Weights of half precision become float32.
[[nodiscard]] std::shared_ptr<nn::Model> restore_model(const Checkpoint& checkpoint,
                                                       const std::string& what = "checkpoint");

}  // namespace grapevine::train
