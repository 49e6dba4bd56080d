#pragma once

#include <filesystem>

#include "grapevine/io/node_classification.h"

namespace grapevine::io {

/// How an OnDiskDataset folder is read.
struct OnDiskOptions {
  /// Map numpy features even where the metadata says `in_memory: true`; see
  /// `NpyOptions::memory_map`.
  bool memory_map = false;
};

/// Whether a folder looks like a DGL OnDiskDataset: it has `metadata.yaml`.
[[nodiscard]] bool is_ondisk(const std::filesystem::path& folder);

/// Reads the node-classification task of a DGL (GraphBolt) OnDiskDataset folder, homogeneous or
/// with types:
///
///     dataset_name: name
///     graph:
///       nodes: [{type: paper, num: 100}]
///       edges: [{type: "paper:cites:paper", format: numpy, path: edges.npy}]
///     feature_data:
///       - {domain: node, type: paper, name: feat, format: numpy, in_memory: true, path: feat.npy}
///     tasks:
///       - name: node_classification
///         num_classes: 7
///         train_set: [{type: paper, data: [{name: seeds, format: numpy, path: train.npy}]}]
///         validation_set: ...
///         test_set: ...
///
/// Edges are `[2, num_edges]` in numpy and two columns in csv. A type may be left out where there
/// is one only.
///
/// Formats are numpy and csv. A set has the data "seeds" (or "node_ids", "seed_nodes", "items") and
/// "labels". Labels come from the feature "label" if there is one, otherwise from the sets. The
/// task is the one of that name, otherwise the first. Ids become int64. Nothing in the folder is
/// trusted: `Error` names file, line and key for malformed yaml, unknown and missing keys, unknown
/// types and formats, paths that leave the folder, and files whose shape or ids do not fit.
[[nodiscard]] NodeClassificationDataset read_ondisk(const std::filesystem::path& folder,
                                                    const OnDiskOptions& options = {});

/// Writes a data set in that form (numpy). Throws `Error` for names that cannot be file names.
void write_ondisk(const NodeClassificationDataset& dataset, const std::filesystem::path& folder);

}  // namespace grapevine::io
