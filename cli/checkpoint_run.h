#pragma once

#include <ATen/core/Tensor.h>
#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>

#include "data_options.h"
#include "grapevine/datasets/node_classification.h"
#include "grapevine/train/checkpoint.h"

namespace grapevine::cli {

/// Which trained model a subcommand uses, on what and how.
struct CheckpointOptions {
  std::string checkpoint;
  DataOptions data;
  std::int64_t batch_size = 65536;
  int threads = 0;
  std::string device = "cpu";
};

void add_checkpoint_options(CLI::App& command, CheckpointOptions& options);

/// A data set and what a trained model makes of it.
struct ScoredDataset {
  datasets::NodeClassificationDataset dataset;
  train::Checkpoint checkpoint;
  at::Tensor scores;  ///< `[num_nodes, num_classes]` on the CPU
};

/// Reads the checkpoint and the data set, checks that they fit, and computes the scores; says what
/// both are, in a line each.
[[nodiscard]] ScoredDataset score(const CheckpointOptions& options);

}  // namespace grapevine::cli
