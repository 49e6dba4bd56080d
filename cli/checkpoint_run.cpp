#include "checkpoint_run.h"

#include <ATen/Parallel.h>
#include <fmt/core.h>

#include <cstdio>
#include <utility>

#include "device.h"
#include "grapevine/util/error.h"
#include "validators.h"

namespace grapevine::cli {

namespace {

void print_model(const train::Checkpoint& checkpoint) {
  const train::ModelDescription& description = checkpoint.description;
  fmt::print("model   {}: {} layers, {} features, {} classes, epoch {}\n", description.options.conv,
             description.options.layers, description.in_feats, description.out_feats,
             checkpoint.epoch);
  std::fflush(stdout);
}

}  // namespace

void add_checkpoint_options(CLI::App& command, CheckpointOptions& options) {
  command
      .add_option("--checkpoint", options.checkpoint,
                  "A trained model, as train --checkpoint or Python wrote it")
      ->type_name("FILE")
      ->required();
  add_data_option(command, options.data);
  command
      .add_option("--batch-size", options.batch_size,
                  "Nodes whose new features are computed at a time, layer by layer")
      ->check(whole_number(1))
      ->capture_default_str();
  command.add_option("--threads", options.threads, "Compute threads; 0 for torch's default")
      ->check(whole_number(0, 1024))
      ->capture_default_str();
  command.add_option("--device", options.device, "Where to compute")->capture_default_str();
}

CheckpointRun open_run(const CheckpointOptions& options) {
  if (options.threads > 0) {
    at::set_num_threads(options.threads);
  }
  const c10::Device device = parse_device(options.device);
  CheckpointRun run;
  run.checkpoint = train::load_checkpoint(options.checkpoint);
  const train::ModelDescription& description = run.checkpoint.description;
  run.model = train::restore_model(run.checkpoint, options.checkpoint);
  run.model->module().to(device);
  print_model(run.checkpoint);
  run.dataset = load(options.data);
  const std::string name = fmt::format("data set \"{}\"", run.dataset.name);
  train::check_fits(description, run.dataset.graph, name);
  check(run.dataset.num_classes == description.out_feats, "{}: has {} classes, the model knows {}",
        name, run.dataset.num_classes, description.out_feats);
  prepare(run.dataset, train::prepare_options(description));
  return run;
}

at::Tensor scores_of(const CheckpointRun& run, const CheckpointOptions& options,
                     const std::filesystem::path& scratch) {
  return train::predict_nodes(*run.model, run.checkpoint.description, run.dataset.graph,
                              {.batch_size = options.batch_size, .scratch = scratch});
}

}  // namespace grapevine::cli
