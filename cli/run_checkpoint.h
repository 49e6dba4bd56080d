#pragma once

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "grapevine/train/checkpoint.h"
#include "grapevine/train/node_classification.h"

namespace grapevine::cli {

/// Where a training run is kept, and whether it goes on from there.
struct RunCheckpointOptions {
  std::string file;  ///< empty: nowhere
  bool resume = false;
  std::int64_t every = 300;  ///< seconds between two that are kept within an epoch
};

/// Adds --checkpoint, --resume and --checkpoint-every.
CLI::Option* add_run_checkpoint_options(CLI::App& command, RunCheckpointOptions& options);

/// The file in which a training run is kept: written after each epoch and, within one, whenever the
/// time has come.
class RunCheckpoint {
 public:
  /// Throws `Error` if the file cannot be written.
  explicit RunCheckpoint(RunCheckpointOptions options);

  /// Says what the run is, and what it goes on from; nothing unless that is asked for and there is
  /// a file. Throws `Error` for a file of another run.
  [[nodiscard]] std::optional<train::TrainingState> open(const train::ModelDescription& description,
                                                         const train::RunIdentity& identity);

  [[nodiscard]] bool is_due() const;
  void write(const train::TrainingState& state);
  /// At the end, with the accuracy that was measured. Says in words what the file holds.
  std::string finish(const train::NodeClassificationResult& result);
  /// Whether there is a file to write.
  [[nodiscard]] bool is_kept() const { return !options_.file.empty(); }

 private:
  [[nodiscard]] train::Checkpoint checkpoint_of(const train::TrainingState& state) const;

  RunCheckpointOptions options_;
  train::ModelDescription description_;
  train::RunIdentity identity_;
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
};

}  // namespace grapevine::cli
