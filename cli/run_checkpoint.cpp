#include "run_checkpoint.h"

#include <fmt/core.h>

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "grapevine/io/file.h"
#include "validators.h"

namespace grapevine::cli {

CLI::Option* add_run_checkpoint_options(CLI::App& command, RunCheckpointOptions& options) {
  CLI::Option* file =
      command
          .add_option("--checkpoint", options.file,
                      "Keep the model and the run in this file after each epoch; evaluate, "
                      "predict and Python's torch.load open it")
          ->type_name("FILE");
  command
      .add_flag("--resume", options.resume,
                "Go on where the run in the checkpoint stopped, if there is one")
      ->needs(file);
  command
      .add_option("--checkpoint-every", options.every,
                  "Keep the run within an epoch, too, after so many seconds; 0 for each batch")
      ->type_name("SECONDS")
      ->check(whole_number(0))
      ->capture_default_str()
      ->needs(file);
  return file;
}

RunCheckpoint::RunCheckpoint(RunCheckpointOptions options) : options_(std::move(options)) {
  if (is_kept()) {
    io::check_writable(options_.file);
  }
}

std::optional<train::TrainingState> RunCheckpoint::open(const train::ModelDescription& description,
                                                        const train::RunIdentity& identity) {
  description_ = description;
  identity_ = identity;
  if (!options_.resume) {
    return std::nullopt;
  }
  if (!std::filesystem::exists(options_.file)) {
    fmt::print("resume  there is no {} yet; the run begins\n", options_.file);
    return std::nullopt;
  }
  train::Checkpoint checkpoint = train::load_checkpoint(options_.file);
  check(checkpoint.run.has_value(),
        "{}: holds a model but no run to go on with; train --checkpoint writes one", options_.file);
  train::check_same_run(checkpoint.run->identity, identity, options_.file);
  train::TrainingState& state = checkpoint.run->state;
  fmt::print("resume  after {} epochs and {} batches, from {}\n", state.epochs.size(),
             state.totals.batches, options_.file);
  std::fflush(stdout);
  return std::move(state);
}

bool RunCheckpoint::is_due() const {
  return std::chrono::steady_clock::now() - written_ >= std::chrono::seconds(options_.every);
}

train::Checkpoint RunCheckpoint::checkpoint_of(const train::TrainingState& state) const {
  const bool has_best = !state.best_model.is_empty();
  const std::int64_t epoch =
      has_best ? train::best_epoch(state.epochs) : static_cast<std::int64_t>(state.epochs.size());
  train::Checkpoint checkpoint = {.description = description_,
                                  .model = has_best ? state.best_model : state.model,
                                  .epoch = epoch,
                                  .run = train::SavedRun{identity_, state}};
  if (epoch > 0 && (has_best || state.totals.batches == 0)) {
    const train::EpochReport& report = state.epochs.at(static_cast<std::size_t>(epoch - 1));
    checkpoint.metrics = {
        {"loss", report.loss}, {"train_acc", report.train_acc}, {"valid_acc", report.valid_acc}};
  }
  return checkpoint;
}

void RunCheckpoint::write(const train::TrainingState& state) {
  train::save_checkpoint(options_.file, checkpoint_of(state));
  written_ = std::chrono::steady_clock::now();
}

std::string RunCheckpoint::finish(const train::NodeClassificationResult& result) {
  if (!is_kept()) {
    return "";
  }
  train::Checkpoint checkpoint = checkpoint_of(result.state);
  if (!std::isnan(result.test_acc)) {
    checkpoint.metrics["test_acc"] = result.test_acc;
  }
  train::save_checkpoint(options_.file, checkpoint);
  return fmt::format("the model {} is in {}",
                     result.has_part_of_an_epoch ? std::string("as it was then")
                                                 : fmt::format("of epoch {}", result.epoch),
                     options_.file);
}

}  // namespace grapevine::cli
