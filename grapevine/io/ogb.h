#pragma once

#include <filesystem>
#include <string>

#include "grapevine/io/node_classification.h"

namespace grapevine::io {

/// How an OGB folder is read.
struct OgbOptions {
  std::string split;  ///< folder below `split/`; empty: the only one
  /// Keep binary copies of the large tables in `processed/` and use them the next time.
  bool cache = true;
};

/// Whether a folder looks like one of OGB's node-property data sets: it has `raw/` and `split/`.
[[nodiscard]] bool is_ogb(const std::filesystem::path& folder);

/// Reads a homogeneous node-property folder as the `ogb` package (version 1.3) leaves it:
///
///     raw/edge.csv.gz, raw/num-node-list.csv.gz, raw/num-edge-list.csv.gz
///     raw/node-feat.csv.gz                     ndata()["feat"]
///     raw/node-label.csv.gz                    labels and ndata()["label"]
///     raw/node_NAME.csv.gz                     ndata()["NAME"]
///     raw/edge-feat.csv.gz                     edata()["feat"]
///     raw/edge_NAME.csv.gz                     edata()["NAME"]
///     split/SCHEME/{train,valid,test}.csv.gz   split
///
/// Labels that are nan or empty are -1; classes are counted by the largest. Throws `Error` that
/// names a missing file, and the file (with the line, for malformed csv) whose counts, ids or
/// labels are wrong.
[[nodiscard]] NodeClassificationDataset read_ogb(const std::filesystem::path& folder,
                                                 const OgbOptions& options = {});

/// Writes a data set of one node type and one relation in that form; columns of one value a row
/// keep their name. Throws `Error` if the graph has other types, or no two-dimensional feature
/// "feat".
void write_ogb(const NodeClassificationDataset& dataset, const std::filesystem::path& folder,
               const std::string& split_scheme = "time");

}  // namespace grapevine::io
