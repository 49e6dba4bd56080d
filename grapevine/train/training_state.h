#pragma once

#include <ATen/core/Tensor.h>
#include <torch/ordered_dict.h>

#include <cstdint>
#include <string>
#include <vector>

#include "grapevine/io/state_file.h"

namespace grapevine::train {

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

/// Sums over the finished batches of an epoch.
struct EpochTotals {
  double loss = 0;         ///< of the mean loss of each batch times its nodes
  double correct = 0;      ///< predictions that were right
  std::int64_t nodes = 0;  ///< training nodes
  std::int64_t batches = 0;
  double seconds = 0;       ///< of training
  double wait_seconds = 0;  ///< of them, in which compute waited for data
};

/// Where training stands between two batches: with the options and the data, all that it takes to
/// go on as if it had never stopped.
struct TrainingState {
  using Weights = torch::OrderedDict<std::string, at::Tensor>;

  std::vector<EpochReport> epochs;  ///< the finished ones, the first first
  EpochTotals totals;               ///< of the one after them, as far as it is done
  Weights model;                    ///< see `nn::state_dict`; copies, on the CPU
  io::StateDict optimizer;          ///< as the `state_dict` of Python's optimizer has it
  at::Tensor rng;                   ///< torch's generator on the CPU, as `torch.get_rng_state()`
  at::Tensor device_rng;            ///< that of the device; undefined on the CPU
  /// The model of `best_epoch(epochs)`, if `NodeClassificationOptions::select` asks for it; empty
  /// otherwise.
  Weights best_model;
};

/// The number of the epoch with the best accuracy on the validation nodes, the first of several;
/// 0 without epochs.
[[nodiscard]] std::int64_t best_epoch(const std::vector<EpochReport>& epochs);

}  // namespace grapevine::train
