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

ScoredDataset score(const CheckpointOptions& options) {
  if (options.threads > 0) {
    at::set_num_threads(options.threads);
  }
  const c10::Device device = parse_device(options.device);
  ScoredDataset scored;
  scored.checkpoint = train::load_checkpoint(options.checkpoint);
  const train::ModelDescription& description = scored.checkpoint.description;
  const auto model = train::restore_model(scored.checkpoint, options.checkpoint);
  model->module().to(device);
  print_model(scored.checkpoint);
  scored.dataset = load(options.data);
  const std::string name = fmt::format("data set \"{}\"", scored.dataset.name);
  train::check_fits(description, scored.dataset.graph, name);
  check(scored.dataset.num_classes == description.out_feats,
        "{}: has {} classes, the model knows {}", name, scored.dataset.num_classes,
        description.out_feats);
  prepare(scored.dataset, train::prepare_options(description));
  scored.scores =
      train::predict_nodes(*model, description, scored.dataset.graph, options.batch_size);
  return scored;
}

}  // namespace grapevine::cli
