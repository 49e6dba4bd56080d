#include "data_options.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>

namespace grapevine::cli {

void add_data_option(CLI::App& command, DataOptions& options) {
  command
      .add_option("--data", options.data,
                  "A data set by name (arxiv-like), or the folder of an OGB, OnDiskDataset or "
                  "planetoid data "
                  "set; one of several planetoid data sets as DIR/NAME")
      ->type_name("NAME|DIR")
      ->capture_default_str();
}

namespace {

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

datasets::NodeClassificationDataset load(const DataOptions& options) {
  datasets::NodeClassificationDataset dataset = datasets::load_node_classification(options.data);
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
