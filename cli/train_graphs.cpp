#include "train_graphs.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "grapevine/datasets/graph_classification.h"
#include "json_lines.h"
#include "progress_bar.h"
#include "run_record.h"

namespace grapevine::cli {

namespace {

void print_data(const datasets::GraphClassificationDataset& dataset) {
  std::int64_t nodes = 0;
  std::int64_t edges = 0;
  for (const Graph& graph : dataset.graphs) {
    nodes += graph.num_nodes();
    edges += graph.num_edges();
  }
  fmt::print("data    {}: {} graphs, {} nodes, {} edges, {} classes\n", dataset.name,
             dataset.graphs.size(), nodes, edges, dataset.num_classes);
  std::fflush(stdout);
}

void print_fold(const train::GraphFoldReport& report, std::int64_t folds) {
  fmt::print("fold {:{}}/{}  train {}  valid {}", report.fold, std::to_string(folds).size(), folds,
             report.num_train, report.num_valid);
  if (!report.epochs.empty()) {
    const train::GraphEpochReport& last = report.epochs.back();
    double seconds = 0;
    for (const train::GraphEpochReport& epoch : report.epochs) {
      seconds += epoch.seconds;
    }
    fmt::print("  epoch {}  loss {:.4f}  train_acc {:.4f}  valid_acc {:.4f}  {:.2f} s", last.epoch,
               last.loss, last.train_acc, last.valid_acc, seconds);
  }
  fmt::print("\n");
  std::fflush(stdout);
}

nlohmann::ordered_json to_json(const train::GraphEpochReport& report) {
  return {{"fold", report.fold},
          {"epoch", report.epoch},
          {"loss", report.loss},
          {"train_acc", report.train_acc},
          {"valid_acc", report.valid_acc},
          {"lr", report.lr},
          {"seconds", report.seconds},
          {"batches", report.batches},
          {"wait_share", report.wait_share}};
}

nlohmann::ordered_json to_json(const train::FoldAccuracy& accuracy) {
  return {{"epoch", accuracy.epoch}, {"mean", accuracy.mean}, {"deviation", accuracy.deviation}};
}

void print_accuracy(const char* which, const train::FoldAccuracy& accuracy) {
  fmt::print("{}  epoch {}  valid_acc {:.4f} +- {:.4f}\n", which, accuracy.epoch, accuracy.mean,
             accuracy.deviation);
}

}  // namespace

void train_graphs(const std::string& data, const train::GraphClassificationOptions& options,
                  const std::string& json_path, const nlohmann::ordered_json& config) {
  JsonLines json(json_path);
  const datasets::GraphClassificationDataset dataset = datasets::load_graph_classification(data);
  print_data(dataset);
  json.write(run_header(config, dataset, options.threads));
  ProgressBar bar;
  const train::GraphClassificationCallbacks callbacks{
      .on_epoch =
          [&](const train::GraphEpochReport& report) {
            if (report.epoch == 1) {
              bar.start(fmt::format("fold {}/{}", report.fold, options.folds));
            }
            bar.show(report.epoch, options.epochs, fmt::format("loss {:.4f}", report.loss));
            json.write(to_json(report));
          },
      .on_fold =
          [&](const train::GraphFoldReport& report) {
            bar.clear();
            print_fold(report, options.folds);
          }};
  const auto result = train::train_graph_classification(dataset, options, callbacks);
  print_accuracy("best", result.best);
  print_accuracy("last", result.last);
  json.write({{"best", to_json(result.best)}, {"last", to_json(result.last)}});
}

}  // namespace grapevine::cli
