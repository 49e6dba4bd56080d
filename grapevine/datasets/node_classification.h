#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "grapevine/datasets/remote_dataset.h"
#include "grapevine/io/node_classification.h"
#include "grapevine/util/registry.h"

namespace grapevine::datasets {

using io::IndexSplit;
using io::NodeClassificationDataset;

/// How a data set is found and read.
struct LoadOptions {
  /// Folder in which relative folder names are looked up, and to which data sets of the web are
  /// downloaded; empty: the current one, and `data_home()`.
  std::string root;
  bool memory_map =
      false;          ///< map numpy features instead of reading them, whatever the metadata says
  bool cache = true;  ///< keep a binary copy beside slow text formats and use it the next time
  std::uint64_t seed = 0;  ///< of generated data sets
  std::string split;       ///< OGB: the split scheme; empty: the only one
  FetchOptions download;   ///< of data sets of the web
};

/// Makes or reads a data set.
using NodeClassificationLoader = std::function<NodeClassificationDataset(const LoadOptions&)>;

/// Data sets that are made, by name. Each registers itself from its own source file.
[[nodiscard]] Registry<NodeClassificationLoader>& node_classification_datasets();

/// The data set of a registered name (`"arxiv-like"`), or the one in a folder: an OGB node-property
/// folder (`raw/`, `split/`), an OnDiskDataset (`metadata.yaml`) or planetoid files (`ind.NAME.*`).
/// Where a folder holds several planetoid data sets, its path and the name say which:
/// `"planetoid/cora"` is `ind.cora.*` in `planetoid`, and `"cora"` that in `root`. A file is one
/// that `io::write_dataset_file` wrote. A name of
/// `remote_datasets()` (`"ogbn-arxiv"`) is downloaded if it is not there yet (`fetch`). A
/// registered name wins over a folder of that name, a folder over files, and files over the web.
/// Throws `Error` that says what was looked for, and for every defect of the files.
///
///     auto dataset = datasets::load_node_classification("arxiv-like");
///     auto& [name, ntype, graph, labels, split, num_classes] = dataset;
[[nodiscard]] NodeClassificationDataset load_node_classification(const std::string& name_or_folder,
                                                                 const LoadOptions& options = {});

}  // namespace grapevine::datasets
