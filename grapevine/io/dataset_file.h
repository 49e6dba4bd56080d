#pragma once

#include <filesystem>

#include "grapevine/io/graph_file.h"
#include "grapevine/io/node_classification.h"

namespace grapevine::io {

/// Whether a file looks like one that `save_graphs` or `write_dataset_file` wrote.
[[nodiscard]] bool is_graph_file(const std::filesystem::path& path);

/// Writes a data set as one graph file (`save_graphs`), whole: the graph with the formats of its
/// edges that exist and all features, and as its labels `labels`, `train`, `valid`, `test`,
/// `num_classes`, and `name` and `ntype` as UTF-8 bytes.
void write_dataset_file(const NodeClassificationDataset& dataset,
                        const std::filesystem::path& path);

/// Reads such a file; with `memory_map` that takes no time and memory for what is not used. Throws
/// `Error` as `load_graphs` does, and for a graph file that is no data set: another number of
/// graphs, labels missing, of another dtype or shape, ids out of range.
[[nodiscard]] NodeClassificationDataset read_dataset_file(const std::filesystem::path& path,
                                                          const LoadGraphsOptions& options = {});

}  // namespace grapevine::io
