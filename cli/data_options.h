#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>

#include "grapevine/datasets/node_classification.h"
#include "grapevine/train/prepare_graph.h"

namespace grapevine::cli {

/// Which data set a subcommand reads.
struct DataOptions {
  std::string data = "arxiv-like";
};

void add_data_option(CLI::App& command, DataOptions& options);

/// Reads the data set and prints what it is, in one line.
[[nodiscard]] datasets::NodeClassificationDataset load(const DataOptions& options);

/// Adds reverse edges and self-loops as `train::prepare_graph` does, and says so in a line.
void prepare(datasets::NodeClassificationDataset& dataset,
             const train::PrepareGraphOptions& options = {});

}  // namespace grapevine::cli
