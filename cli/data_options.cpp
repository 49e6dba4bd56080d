#include "data_options.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>

#include "progress_bar.h"

namespace grapevine::cli {

void add_data_option(CLI::App& command, DataOptions& options) {
  command
      .add_option("--data", options.data,
                  "A data set by name (arxiv-like; ogbn-arxiv, ogbn-products, cora, citeseer and "
                  "pubmed, which are downloaded once), or the folder of an OGB, OnDiskDataset or "
                  "planetoid data set; one of several planetoid data sets as DIR/NAME")
      ->type_name("NAME|DIR")
      ->capture_default_str();
  add_offline_flag(command, options);
}

void add_offline_flag(CLI::App& command, DataOptions& options) {
  command.add_flag("--offline", options.offline, "Download nothing");
}

namespace {

/// Rounded up, so that what is small is not 0.
std::int64_t megabytes(std::uint64_t bytes) {
  constexpr std::uint64_t kMegabyte = 1'000'000;
  return static_cast<std::int64_t>((bytes + kMegabyte - 1) / kMegabyte);
}

/// Says once that a download begins, and then shows how far it is.
class DownloadBar {
 public:
  explicit DownloadBar(std::string name) : name_(std::move(name)) {}
  ~DownloadBar() { bar_.clear(); }
  DownloadBar(const DownloadBar&) = delete;
  DownloadBar& operator=(const DownloadBar&) = delete;

  void show(const io::DownloadProgress& progress) {
    const std::int64_t total = megabytes(progress.total);
    if (!started_) {
      started_ = true;
      fmt::print("data    {}: downloading {} MB to {}\n", name_, total,
                 datasets::data_home().string());
      std::fflush(stdout);
      bar_.start(name_, "MB");
    }
    bar_.show(megabytes(progress.done), total, "");
  }

 private:
  std::string name_;
  bool started_ = false;
  ProgressBar bar_;
};

/// Ids of 32 bits, if all fit: sampling and message passing read half as much.
void narrow_ids(datasets::NodeClassificationDataset& dataset) {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
  std::int64_t largest = 0;
  for (const std::string& ntype : dataset.graph.ntypes()) {
    largest = std::max(largest, dataset.graph.num_nodes(ntype));
  }
  for (const CanonicalEtype& etype : dataset.graph.canonical_etypes()) {
    largest = std::max(largest, dataset.graph.num_edges(etype));
  }
  if (largest > kLargest) {
    return;
  }
  dataset.graph = dataset.graph.to_int32();
  for (at::Tensor* ids : {&dataset.split.train, &dataset.split.valid, &dataset.split.test}) {
    *ids = ids->to(at::kInt);
  }
}

}  // namespace

datasets::NodeClassificationDataset load_quietly(const DataOptions& options) {
  DownloadBar bar(options.data);
  return datasets::load_node_classification(
      options.data, {.memory_map = options.memory_map,
                     .download = {.offline = options.offline,
                                  .progress = [&bar](const io::DownloadProgress& progress) {
                                    bar.show(progress);
                                  }}});
}

datasets::NodeClassificationDataset load(const DataOptions& options) {
  datasets::NodeClassificationDataset dataset = load_quietly(options);
  narrow_ids(dataset);
  const FrameView features = dataset.graph.nodes(dataset.ntype).data;
  const std::string width = features.contains("feat") && features["feat"]->dim() == 2
                                ? fmt::format("{} features, ", features["feat"]->size(1))
                                : "";
  fmt::print("data    {}: {} nodes, {} edges, {}{} classes, train/valid/test {}/{}/{}\n",
             dataset.name, dataset.graph.num_nodes(), dataset.graph.num_edges(), width,
             dataset.num_classes, dataset.split.train.size(0), dataset.split.valid.size(0),
             dataset.split.test.size(0));
  std::fflush(stdout);
  return dataset;
}

void prepare(datasets::NodeClassificationDataset& dataset,
             const train::PrepareGraphOptions& options) {
  if (!dataset.graph.is_homogeneous()) {
    return;
  }
  auto prepared = train::prepare_graph(dataset.graph, options);
  dataset.graph = std::move(prepared.graph);
  if (prepared.added_reverse_edges || prepared.added_self_loops) {
    fmt::print("graph   {} edges after adding{}{}{}\n", dataset.graph.num_edges(),
               prepared.added_reverse_edges ? " reverse edges" : "",
               prepared.added_reverse_edges && prepared.added_self_loops ? " and" : "",
               prepared.added_self_loops ? " self-loops" : "");
    std::fflush(stdout);
  }
}

}  // namespace grapevine::cli
