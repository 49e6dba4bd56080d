#include <fmt/core.h>

#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "command.h"
#include "data_options.h"
#include "device.h"
#include "grapevine/nn/conv_registry.h"
#include "grapevine/train/node_classification.h"
#include "json_lines.h"
#include "progress_bar.h"
#include "validators.h"

namespace grapevine::cli {

namespace {

constexpr std::int64_t kDefaultFanout = 4;

struct TrainOptions {
  DataOptions data;
  train::NodeClassificationOptions training;
  std::vector<std::int64_t> fanouts;
  std::string device = "cpu";
  std::string json;
};

void add_model_options(CLI::App& command, train::NodeClassificationOptions& training,
                       std::vector<std::int64_t>& fanouts) {
  command.add_option("--model", training.model, "The layer")
      ->check(CLI::IsMember(nn::convs().names()))
      ->capture_default_str();
  command.add_option("--layers", training.layers, "How many layers")
      ->check(whole_number(1))
      ->capture_default_str();
  command.add_option("--hidden", training.hidden, "Width between layers")
      ->check(whole_number(1))
      ->capture_default_str();
  command
      .add_option("--fanout", fanouts,
                  "Neighbours to sample in each layer, the input's first; -1 for all [4 in each "
                  "layer: 4,4]")
      ->delimiter(',')
      ->check(whole_number(-1))
      ->type_name("N,...");
  command.add_option("--batch-size", training.batch_size, "Training nodes in a batch")
      ->check(whole_number(1))
      ->capture_default_str();
  command.add_flag("--full-graph", training.full_graph,
                   "One step an epoch on the whole graph, without sampling");
}

void add_optimizer_options(CLI::App& command, train::NodeClassificationOptions& training) {
  command.add_option("--epochs", training.epochs, "How many epochs")
      ->check(whole_number(0))
      ->capture_default_str();
  command.add_option("--lr", training.lr, "Learning rate of Adam")
      ->check(positive_number())
      ->capture_default_str();
  command.add_option("--weight-decay", training.weight_decay, "L2 penalty on every parameter")
      ->check(number_below(std::numeric_limits<double>::infinity()))
      ->capture_default_str();
  command.add_option("--dropout", training.dropout, "Dropout before every layer but the first")
      ->check(number_below(1))
      ->capture_default_str();
}

void add_run_options(CLI::App& command, TrainOptions& options) {
  train::NodeClassificationOptions& training = options.training;
  command.add_option("--seed", training.seed, "Seed of everything random")
      ->check(whole_number(0))
      ->capture_default_str();
  command
      .add_option("--num-workers", training.num_workers,
                  "Loader threads; 0 samples between the steps")
      ->check(whole_number(0, 1024))
      ->capture_default_str();
  command.add_option("--threads", training.threads, "Compute threads; 0 for torch's default")
      ->check(whole_number(0, 1024))
      ->capture_default_str();
  command.add_option("--device", options.device, "Where to compute")->capture_default_str();
  command
      .add_option("--json", options.json,
                  "Write a line for each epoch and one for the test to this file")
      ->type_name("FILE");
}

void check_fanouts(TrainOptions& options) {
  train::NodeClassificationOptions& training = options.training;
  if (options.fanouts.empty()) {
    options.fanouts.assign(static_cast<std::size_t>(training.layers), kDefaultFanout);
  }
  if (static_cast<std::int64_t>(options.fanouts.size()) != training.layers) {
    throw UsageError(fmt::format("--fanout: expected {} values, one for each layer, got {} ({})",
                                 training.layers, options.fanouts.size(),
                                 fmt::join(options.fanouts, ",")));
  }
  training.fanouts = options.fanouts;
}

void print_epoch(const train::EpochReport& report, std::int64_t epochs) {
  fmt::print(
      "epoch {:{}}/{}  loss {:.4f}  train_acc {:.4f}  valid_acc {:.4f}  {:.2f} s  {} batches  wait "
      "{:.0f} %\n",
      report.epoch, std::to_string(epochs).size(), epochs, report.loss, report.train_acc,
      report.valid_acc, report.seconds, report.batches, 100 * report.wait_share);
  std::fflush(stdout);
}

nlohmann::ordered_json to_json(const train::EpochReport& report) {
  return {{"epoch", report.epoch},          {"loss", report.loss},
          {"train_acc", report.train_acc},  {"valid_acc", report.valid_acc},
          {"seconds", report.seconds},      {"batches", report.batches},
          {"wait_share", report.wait_share}};
}

void run_train(TrainOptions& options) {
  check_fanouts(options);
  train::NodeClassificationOptions& training = options.training;
  training.device = parse_device(options.device);
  JsonLines json(options.json);
  datasets::NodeClassificationDataset dataset = load(options.data);
  prepare(dataset, nn::make_conv(training.model, {})->needs_in_edges());

  ProgressBar bar;
  const train::NodeClassificationCallbacks callbacks{
      .on_batch =
          [&](const train::BatchReport& report) {
            if (report.batch == 1) {
              bar.start(fmt::format("epoch {}/{}", report.epoch, training.epochs));
            }
            bar.show(report.batch, report.num_batches, fmt::format("loss {:.4f}", report.loss));
          },
      .on_epoch =
          [&](const train::EpochReport& report) {
            bar.clear();
            print_epoch(report, training.epochs);
            json.write(to_json(report));
          }};
  const auto result = train::train_node_classification(dataset, training, callbacks);
  fmt::print("test_acc {:.4f}\n", result.test_acc);
  json.write({{"test_acc", result.test_acc}});
}

}  // namespace

void add_train(CLI::App& app, Run& run) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App& command =
      *app.add_subcommand("train", "Train a graph neural network to classify nodes");
  add_data_option(command, options->data);
  add_model_options(command, options->training, options->fanouts);
  add_optimizer_options(command, options->training);
  add_run_options(command, *options);
  command.callback([options, &run] { run = [options] { run_train(*options); }; });
}

}  // namespace grapevine::cli
