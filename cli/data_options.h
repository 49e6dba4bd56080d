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
  bool offline = false;
  bool memory_map = false;  ///< features that a file may be mapped for are; set by the subcommand
};

void add_data_option(CLI::App& command, DataOptions& options);
void add_offline_flag(CLI::App& command, DataOptions& options);

/// Reads the data set; one that is downloaded shows how far it is.
[[nodiscard]] datasets::NodeClassificationDataset load_quietly(const DataOptions& options);

/// Reads the data set and prints what it is, in one line.
[[nodiscard]] datasets::NodeClassificationDataset load(const DataOptions& options);

/// Adds reverse edges and self-loops as `train::prepare_graph` does, and says so in a line.
void prepare(datasets::NodeClassificationDataset& dataset,
             const train::PrepareGraphOptions& options = {});

}  // namespace grapevine::cli
