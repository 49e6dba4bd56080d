#include "run_record.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/bincount.h>
#include <fmt/chrono.h>
#include <sched.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <thread>

#include "grapevine/io/file.h"
#include "grapevine/version.h"
#include "run_file.h"
#include "yaml_config.h"

namespace grapevine::cli {

namespace {

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(now));
}

int usable_cores() {
  cpu_set_t cores;
  return ::sched_getaffinity(0, sizeof(cores), &cores) == 0
             ? CPU_COUNT(&cores)
             : static_cast<int>(std::thread::hardware_concurrency());
}

nlohmann::ordered_json header(const nlohmann::ordered_json& config,
                              const nlohmann::ordered_json& data, int threads) {
  return {{"run", "train"},
          {"version", GRAPEVINE_VERSION},
          {"started", utc_now()},
          {"device", config.value("device", "cpu")},
          {"threads", threads > 0 ? threads : at::get_num_threads()},
          {"cores", usable_cores()},
          {"data", data},
          {"config", config}};
}

nlohmann::ordered_json sizes_of(const datasets::NodeClassificationDataset& dataset) {
  nlohmann::ordered_json data = {{"name", dataset.name},
                                 {"nodes", dataset.graph.num_nodes()},
                                 {"edges", dataset.graph.num_edges()}};
  const FrameView features = dataset.graph.nodes(dataset.ntype).data;
  if (features.contains("feat") && features["feat"]->dim() == 2) {
    data["features"] = features["feat"]->size(1);
  }
  data["classes"] = dataset.num_classes;
  data["train"] = dataset.split.train.size(0);
  data["valid"] = dataset.split.valid.size(0);
  data["test"] = dataset.split.test.size(0);
  return data;
}

nlohmann::ordered_json line_of(const train::EpochReport& report) {
  return {{"epoch", report.epoch},          {"loss", report.loss},
          {"train_acc", report.train_acc},  {"valid_acc", report.valid_acc},
          {"seconds", report.seconds},      {"batches", report.batches},
          {"wait_share", report.wait_share}};
}

nlohmann::ordered_json confusion(const at::Tensor& scores, const at::Tensor& labels,
                                 std::int64_t num_classes) {
  // A node whose label is not known counts in no row.
  const at::Tensor known = labels.ge(0);
  const at::Tensor truth = labels.masked_select(known);
  const at::Tensor predicted = scores.argmax(1).masked_select(known);
  const at::Tensor counts =
      at::bincount(truth * num_classes + predicted, {}, num_classes * num_classes);
  const auto* count = counts.const_data_ptr<std::int64_t>();
  nlohmann::ordered_json matrix = nlohmann::ordered_json::array();
  for (std::int64_t row = 0; row < num_classes; ++row, count += num_classes) {
    matrix.push_back(std::vector<std::int64_t>(count, count + num_classes));
  }
  return matrix;
}

std::vector<std::int64_t> degree_bins(const at::Tensor& degrees) {
  const at::Tensor values = degrees.to(at::kLong).contiguous();
  std::vector<std::int64_t> bins;
  const auto* degree = values.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < values.size(0); ++i) {
    const auto bin =
        static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(degree[i])));
    bins.resize(std::max(bins.size(), bin + 1));
    ++bins[bin];
  }
  return bins;
}

void add_if_known(io::SummaryWriter& events, const char* tag, double value, std::int64_t step) {
  if (!std::isnan(value)) {
    events.add_scalar(tag, value, step);
  }
}

}  // namespace

void add_run_record_options(CLI::App& command, RunRecordOptions& options) {
  command
      .add_option("--json", options.json,
                  "Write the configuration, a line for each epoch and one for the test to this "
                  "file, which grapevine report reads")
      ->type_name("FILE");
  command
      .add_option(
          "--logdir", options.logdir,
          "Write loss, accuracies and times to an event file for TensorBoard in this folder")
      ->type_name("DIR");
}

RunRecord::RunRecord(const RunRecordOptions& options)
    : logdir_(options.logdir), json_(options.json) {
  if (!logdir_.empty()) {
    io::make_folder(logdir_);
  }
}

void RunRecord::begin(const nlohmann::ordered_json& config,
                      const datasets::NodeClassificationDataset& dataset, int threads,
                      const std::vector<train::EpochReport>& earlier) {
  json_.write(header(config, sizes_of(dataset), threads));
  for (const train::EpochReport& report : earlier) {
    json_.write(line_of(report));
  }
  if (!logdir_.empty()) {
    io::SummaryWriterOptions options;
    if (!earlier.empty()) {
      options.purge_step = earlier.back().epoch + 1;
    }
    events_.emplace(logdir_, options);
    // Four spaces make it code, which keeps its lines.
    std::string text = to_yaml(config);
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      text.insert(at, "    ");
    }
    events_->add_text("configuration", text, 0);
  }
}

void RunRecord::add(const train::EpochReport& report) {
  json_.write(line_of(report));
  if (events_) {
    add_if_known(*events_, "loss/train", report.loss, report.epoch);
    add_if_known(*events_, "accuracy/train", report.train_acc, report.epoch);
    add_if_known(*events_, "accuracy/valid", report.valid_acc, report.epoch);
    events_->add_scalar("time/seconds", report.seconds, report.epoch);
    events_->add_scalar("time/wait_share", report.wait_share, report.epoch);
  }
}

void RunRecord::end(const datasets::NodeClassificationDataset& dataset,
                    const train::NodeClassificationResult& result) {
  nlohmann::ordered_json line = {{"epoch", result.epoch}, {"test_acc", result.test_acc}};
  const at::Tensor& test = dataset.split.test;
  if (result.scores.defined() && test.size(0) > 0 && dataset.num_classes <= kMaxConfusionClasses) {
    line["confusion"] =
        confusion(result.scores.index_select(0, test.to(result.scores.device())).cpu(),
                  dataset.labels.index_select(0, test).cpu(), dataset.num_classes);
  }
  if (dataset.graph.is_homogeneous()) {
    line["in_degrees"] = degree_bins(dataset.graph.in_degrees().cpu());
  }
  json_.write(line);
  if (events_) {
    add_if_known(*events_, "accuracy/test", result.test_acc, result.epoch);
    events_->close();
  }
}

nlohmann::ordered_json run_header(const nlohmann::ordered_json& config,
                                  const datasets::GraphClassificationDataset& dataset,
                                  int threads) {
  std::int64_t nodes = 0;
  std::int64_t edges = 0;
  for (const Graph& graph : dataset.graphs) {
    nodes += graph.num_nodes();
    edges += graph.num_edges();
  }
  const nlohmann::ordered_json data = {{"name", dataset.name},
                                       {"graphs", dataset.graphs.size()},
                                       {"nodes", nodes},
                                       {"edges", edges},
                                       {"classes", dataset.num_classes}};
  return header(config, data, threads);
}

}  // namespace grapevine::cli
