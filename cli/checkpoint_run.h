#pragma once

#include <ATen/core/Tensor.h>
#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
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

/// A trained model and a data set that fits it, prepared as the model has learnt to read it.
struct CheckpointRun {
  train::Checkpoint checkpoint;
  std::shared_ptr<nn::Model> model;  ///< on the device
  datasets::NodeClassificationDataset dataset;
};

/// Reads both, checks that they fit, and says what they are, in a line each.
[[nodiscard]] CheckpointRun open_run(const CheckpointOptions& options);

/// The model's scores of all nodes, `[num_nodes, num_classes]` on the CPU; see
/// `train::InferenceOptions` for `scratch`.
[[nodiscard]] at::Tensor scores_of(const CheckpointRun& run, const CheckpointOptions& options,
                                   const std::filesystem::path& scratch = {});

}  // namespace grapevine::cli
