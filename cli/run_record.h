#pragma once

#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "grapevine/datasets/graph_classification.h"
#include "grapevine/datasets/node_classification.h"
#include "grapevine/io/summary_writer.h"
#include "grapevine/train/node_classification.h"
#include "json_lines.h"

namespace grapevine::cli {

/// Where a run tells what it does.
struct RunRecordOptions {
  std::string json;
  std::string logdir;
};

/// Adds --json and --logdir.
void add_run_record_options(CLI::App& command, RunRecordOptions& options);

/// What a training run tells, to a file of JSON lines and to TensorBoard; nothing where no path is
/// given. The lines, which `report` reads:
///
/// - {"run": "train", "version", "started", "device", "threads", "cores", "data", "config"};
///   "cores" are those that the process may use.
/// - an epoch: {"epoch", "loss", "train_acc", "valid_acc", "seconds", "batches", "wait_share"}
/// - {"epoch", "test_acc", "confusion", "in_degrees"}. "confusion" counts the test nodes,
///   `[num_classes, num_classes]`, true class by predicted class; it is not there without test
///   nodes and above 1024 classes. "in_degrees" counts the nodes of in-degree 0, 1, 2 to 3, 4 to 7,
///   ..., of a homogeneous graph.
class RunRecord {
 public:
  /// Opens the file and makes the folder now, so that a long run does not end with nowhere to
  /// write. Throws `Error`, as every method does for what it cannot write.
  explicit RunRecord(const RunRecordOptions& options);

  /// The first line and, of a run that goes on, the epochs before. The graph is that which is
  /// trained on; `threads` 0 stands for torch's default.
  void begin(const nlohmann::ordered_json& config,
             const datasets::NodeClassificationDataset& dataset, int threads,
             const std::vector<train::EpochReport>& earlier = {});
  void add(const train::EpochReport& report);
  /// The last line, after a run that was not stopped.
  void end(const datasets::NodeClassificationDataset& dataset,
           const train::NodeClassificationResult& result);

 private:
  std::string logdir_;
  JsonLines json_;
  std::optional<io::SummaryWriter> events_;
};

/// The first line for data of many graphs.
[[nodiscard]] nlohmann::ordered_json run_header(const nlohmann::ordered_json& config,
                                                const datasets::GraphClassificationDataset& dataset,
                                                int threads);

}  // namespace grapevine::cli
