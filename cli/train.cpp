#include <fmt/core.h>
#include <fmt/ranges.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "command.h"
#include "data_options.h"
#include "device.h"
#include "grapevine/nn/model_registry.h"
#include "grapevine/train/graph_classification.h"
#include "grapevine/train/node_classification.h"
#include "grapevine/train/run_identity.h"
#include "grapevine/util/error.h"
#include "model_options.h"
#include "progress_bar.h"
#include "run_checkpoint.h"
#include "run_record.h"
#include "stop_signals.h"
#include "train_graphs.h"
#include "validators.h"
#include "yaml_config.h"

namespace grapevine::cli {

namespace {

constexpr std::int64_t kDefaultFanout = 4;

enum class Task { kNodes, kGraph };

/// What the command line says; both tasks share the options that they both have.
struct TrainOptions {
  Task task = Task::kNodes;
  DataOptions data;
  train::NodeClassificationOptions training;
  train::GraphClassificationOptions graph;
  ModelFlags model;
  std::int64_t fold = 0;
  bool self_loops = false;
  std::vector<std::int64_t> fanouts;
  std::string device = "cpu";
  RunRecordOptions record;
  RunCheckpointOptions checkpoint;
  bool keep_best = false;
};

// The options that only one of the tasks has.
const std::vector<std::string> kNodesOnly{
    "--fanout",           "--full-graph", "--input-dropout",   "--activation", "--norm",
    "--residual",         "--self-loops", "--edge-feature",    "--select",     "--patience",
    "--checkpoint",       "--keep-best",  "--weight-decay-of", "--precision",  "--resume",
    "--checkpoint-every", "--logdir"};
const std::vector<std::string> kGraphOnly{"--folds", "--fold", "--pooling", "--lr-step",
                                          "--lr-decay"};

void add_task_options(CLI::App& command, TrainOptions& options) {
  command
      .add_option(
          "--task", options.task,
          "What to classify: nodes, or graph for whole graphs in a cross validation, whose "
          "defaults are those of the GIN paper (4 gin layers of 64, dropout 0.5, batches of "
          "32, 350 epochs, lr 0.01)")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Task>{{"nodes", Task::kNodes}, {"graph", Task::kGraph}}))
      ->type_name("nodes|graph")
      ->default_str("nodes");
  train::GraphClassificationOptions& graph = options.graph;
  const std::string graphs = "Graphs: ";
  command.add_option("--folds", graph.folds, graphs + "parts of the cross validation")
      ->check(whole_number(2))
      ->capture_default_str();
  command.add_option("--fold", options.fold, graphs + "train this fold only, from 1")
      ->check(whole_number(1));
  command.add_option("--pooling", graph.pooling, graphs + "of the nodes: sum, mean or max")
      ->check(CLI::IsMember({"sum", "mean", "max"}))
      ->capture_default_str();
  command.add_option("--lr-step", graph.lr_step, graphs + "epochs between decays; 0 for none")
      ->check(whole_number(0))
      ->capture_default_str();
  command
      .add_option("--lr-decay", graph.lr_decay, graphs + "what the learning rate is multiplied by")
      ->check(positive_number())
      ->capture_default_str();
}

void add_model_options(CLI::App& command, TrainOptions& options) {
  train::NodeClassificationOptions& training = options.training;
  command.add_option("--model", training.model, "The model; grapevine models lists them")
      ->check(CLI::IsMember(nn::model_names()))
      ->type_name("NAME")
      ->capture_default_str();
  add_model_flags(command, options.model);
  command.add_option("--layers", training.layers, "How many layers")
      ->check(whole_number(1))
      ->capture_default_str();
  command.add_option("--hidden", training.hidden, "Width between layers, of each head")
      ->check(whole_number(1))
      ->capture_default_str();
  command.add_option("--activation", training.activation, "Between layers: relu, elu or none")
      ->check(CLI::IsMember({"relu", "elu", "none"}))
      ->capture_default_str();
  command.add_option("--norm", training.norm, "Between layers: none, batch or layer")
      ->check(CLI::IsMember({"none", "batch", "layer"}))
      ->capture_default_str();
  command.add_flag("--residual", training.residual,
                   "Add a linear function of each layer's input to its output");
  command
      .add_option("--edge-feature", training.edge_feature,
                  "The edge feature that the layers read: weights or features")
      ->type_name("NAME");
  command.add_flag("--self-loops", options.self_loops,
                   "Give each node one edge to itself, as models that need it have anyway");
}

void add_batch_options(CLI::App& command, TrainOptions& options) {
  train::NodeClassificationOptions& training = options.training;
  command
      .add_option("--fanout", options.fanouts,
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

/// "conv=0.01" in its parts.
std::pair<std::string, double> prefix_and_value(const std::string& entry) {
  const std::size_t equals = entry.find('=');
  double value = -1;
  if (equals != std::string::npos && equals > 0) {
    CLI::detail::lexical_cast(entry.substr(equals + 1), value);
  }
  if (!(value >= 0 && std::isfinite(value))) {
    throw CLI::ValidationError(
        "--weight-decay-of",
        fmt::format("expected PREFIX=VALUE with a value of 0 or more, got \"{}\"", entry));
  }
  return {entry.substr(0, equals), value};
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
  command
      .add_option_function<std::vector<std::string>>(
          "--weight-decay-of",
          [&training](const std::vector<std::string>& given) {
            for (const std::string& entry : given) {
              const auto [prefix, value] = prefix_and_value(entry);
              training.weight_decay_of[prefix] = value;
            }
          },
          "Another L2 penalty for the parameters whose names begin so, once or more: conv=0.01")
      ->allow_extra_args(false)
      ->type_name("PREFIX=VALUE");
  command.add_option("--dropout", training.dropout, "Dropout before every layer but the first")
      ->check(number_below(1))
      ->capture_default_str();
  command.add_option("--input-dropout", training.input_dropout, "Dropout before the first layer")
      ->check(number_below(1))
      ->capture_default_str();
  command
      .add_option("--select", training.select,
                  "Whose test accuracy to report: the last epoch's, or that of the first with the "
                  "best validation accuracy")
      ->transform(CLI::CheckedTransformer(std::map<std::string, train::Selection>{
          {"last", train::Selection::kLast}, {"best-valid", train::Selection::kBestValid}}))
      ->type_name("last|best-valid")
      ->default_str("last");
  command
      .add_option("--patience", training.patience,
                  "Stop after so many epochs without a better validation accuracy; 0 for never")
      ->check(whole_number(0))
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
  command
      .add_option("--precision", training.precision,
                  "Of features and products of matrices: bf16 takes half the memory traffic")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, train::Precision>{{"float32", train::Precision::kFloat32},
                                                  {"bf16", train::Precision::kBFloat16},
                                                  {"bfloat16", train::Precision::kBFloat16}}))
      ->type_name("float32|bf16")
      ->default_str("float32");
  command.add_option("--device", options.device, "Where to compute")->capture_default_str();
  add_run_record_options(command, options.record);
  CLI::Option* checkpoint = add_run_checkpoint_options(command, options.checkpoint);
  command
      .add_flag("--keep-best", options.keep_best,
                "Write the model of the epoch with the best validation accuracy; short for "
                "--select best-valid")
      ->needs(checkpoint);
}

void check_fanouts(TrainOptions& options) {
  train::NodeClassificationOptions& training = options.training;
  if (training.full_graph) {
    return;
  }
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

/// Prints and writes what training reports.
train::NodeClassificationCallbacks reporting(const train::NodeClassificationOptions& training,
                                             ProgressBar& bar, RunRecord& record,
                                             const StopSignals& signals) {
  return {.on_batch =
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
                record.add(report);
              },
          .should_stop = [&] { return signals.received() != 0; }};
}

/// The model, where what is wrong with its options is wrong with the command.
std::shared_ptr<nn::Model> model_of(const train::ModelDescription& description) {
  try {
    return train::make_model(description);
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

void train_nodes(TrainOptions& options, const nlohmann::ordered_json& config) {
  train::NodeClassificationOptions& training = options.training;
  if (options.keep_best) {
    training.select = train::Selection::kBestValid;
  }
  RunCheckpoint checkpoint(options.checkpoint);
  training.model_options =
      model_options(options.model, training.model, nn::model_entry(training.model).options);
  training.device = parse_device(options.device);
  RunRecord record(options.record);
  datasets::NodeClassificationDataset dataset = load(options.data);
  train::ModelDescription description = train::describe_model(dataset, training);
  description.self_loops = options.self_loops || model_of(description)->wants_self_loops();
  prepare(dataset, train::prepare_options(description));
  std::optional<train::TrainingState> resumed;
  if (checkpoint.is_kept()) {
    resumed = checkpoint.open(description, train::identify_run(dataset, training));
  }
  record.begin(config, dataset, training.threads,
               resumed ? resumed->epochs : std::vector<train::EpochReport>{});

  ProgressBar bar;
  const StopSignals signals;
  train::NodeClassificationCallbacks callbacks = reporting(training, bar, record, signals);
  if (checkpoint.is_kept()) {  // a state is a copy of all weights
    callbacks.on_state = [&](const train::TrainingState& state) { checkpoint.write(state); };
    callbacks.should_save = [&] { return checkpoint.is_due(); };
  }
  const auto result =
      train::train_node_classification(dataset, training, callbacks, resumed ? &*resumed : nullptr);
  const std::string kept = checkpoint.finish(result);
  if (result.was_stopped) {
    bar.clear();
    const int signal = signals.received();
    throw Stopped(signal, fmt::format("stopped by {} after {} whole epochs{}{}",
                                      signal == SIGINT ? "SIGINT" : "SIGTERM", result.epochs.size(),
                                      kept.empty() ? "" : "; ", kept));
  }
  if (training.select == train::Selection::kBestValid) {
    fmt::print("best valid_acc in epoch {}\n", result.epoch);
  }
  fmt::print("test_acc {:.4f}\n", result.test_acc);
  record.end(dataset, result);
}

/// The options of the graph task: its own, and of the shared ones those that were given.
train::GraphClassificationOptions graph_options(const CLI::App& command,
                                                const TrainOptions& options) {
  train::GraphClassificationOptions graph = options.graph;
  const train::NodeClassificationOptions& shared = options.training;
  const auto take = [&command](const char* name, auto& target, const auto& value) {
    if (command.count(name) > 0) {
      target = value;
    }
  };
  take("--model", graph.model, shared.model);
  take("--layers", graph.layers, shared.layers);
  take("--hidden", graph.hidden, shared.hidden);
  take("--dropout", graph.dropout, shared.dropout);
  take("--batch-size", graph.batch_size, shared.batch_size);
  take("--epochs", graph.epochs, shared.epochs);
  take("--lr", graph.lr, shared.lr);
  take("--weight-decay", graph.weight_decay, shared.weight_decay);
  take("--seed", graph.seed, shared.seed);
  take("--num-workers", graph.num_workers, shared.num_workers);
  take("--threads", graph.threads, shared.threads);
  take("--fold", graph.fold, options.fold);
  if (graph.fold && *graph.fold > graph.folds) {
    throw UsageError(fmt::format("--fold: expected a whole number from 1 to {}, got {}",
                                 graph.folds, *graph.fold));
  }
  if (!nn::convs().contains(graph.model)) {
    throw UsageError(fmt::format("--model: expected a layer for --task graph, one of [{}], got {}",
                                 fmt::join(nn::convs().names(), ", "), graph.model));
  }
  graph.conv_options =
      model_options(options.model, graph.model, nn::convs().get(graph.model).options);
  graph.device = parse_device(options.device);
  return graph;
}

/// What the options come to, for the task: read again, it asks for the same run.
nlohmann::ordered_json configuration(CLI::App& command, const TrainOptions& options) {
  nlohmann::ordered_json resolved;
  const bool nodes = options.task == Task::kNodes;
  for (const std::string& name : nodes ? kGraphOnly : kNodesOnly) {
    resolved[name.substr(2)] = nullptr;
  }
  if (nodes) {
    if (options.keep_best) {
      resolved["select"] = "best-valid";
    }
    if (!options.training.full_graph) {
      resolved["fanout"] = options.training.fanouts;
    }
  } else {
    const train::GraphClassificationOptions graph = graph_options(command, options);
    resolved.update({{"model", graph.model},
                     {"layers", graph.layers},
                     {"hidden", graph.hidden},
                     {"dropout", graph.dropout},
                     {"batch-size", graph.batch_size},
                     {"epochs", graph.epochs},
                     {"lr", graph.lr},
                     {"weight-decay", graph.weight_decay},
                     {"num-workers", graph.num_workers}});
  }
  return effective_config(command, resolved);
}

void run_train(CLI::App& command, TrainOptions& options) {
  if (options.keep_best && command.count("--select") > 0 &&
      options.training.select != train::Selection::kBestValid) {
    throw UsageError("--keep-best: contradicts --select last");
  }
  const bool nodes = options.task == Task::kNodes;
  for (const std::string& name : nodes ? kGraphOnly : kNodesOnly) {
    if (command.count(name) > 0) {
      throw UsageError(
          fmt::format("{}: not an option of --task {}", name, nodes ? "nodes" : "graph"));
    }
  }
  if (nodes) {
    check_fanouts(options);
  }
  const nlohmann::ordered_json config = configuration(command, options);
  if (prints_config(command)) {
    fmt::print("{}", to_yaml(config));
  } else if (nodes) {
    train_nodes(options, config);
  } else {
    train_graphs(options.data.data, graph_options(command, options), options.record.json, config);
  }
}

}  // namespace

void add_train(CLI::App& app, Run& run) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App& command =
      *app.add_subcommand("train", "Train a graph neural network to classify nodes or graphs");
  add_config_options(command);
  add_data_option(command, options->data);
  add_task_options(command, *options);
  add_model_options(command, *options);
  add_batch_options(command, *options);
  add_optimizer_options(command, options->training);
  add_run_options(command, *options);
  command.callback(
      [options, &command, &run] { run = [options, &command] { run_train(command, *options); }; });
}

}  // namespace grapevine::cli
