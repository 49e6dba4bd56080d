#pragma once

#include <functional>
#include <string>

#include "grapevine/datasets/node_classification.h"
#include "grapevine/io/graph_classification.h"
#include "grapevine/util/registry.h"

namespace grapevine::datasets {

using io::GraphClassificationDataset;

/// Makes or reads a data set.
using GraphClassificationLoader = std::function<GraphClassificationDataset(const LoadOptions&)>;

/// Data sets for graph classification by name. Each registers itself from its own source file.
[[nodiscard]] Registry<GraphClassificationLoader>& graph_classification_datasets();

/// The data set of a registered name (`"mini-gc"`), or one in files: a TUDataset folder
/// (`"data/MUTAG"` with `MUTAG_A.txt` in it), or the text format of the GIN paper: the file itself
/// (`"tu/PROTEINS.txt"`), its name without the ending (`"tu/PROTEINS"`), or a folder that holds it
/// (`PROTEINS/PROTEINS.txt`). Relative paths start at `options.root`. Features are those of
/// `io::read_tu_folder` and `io::read_tu_text`; in all forms `ndata()` "feat" is a good input.
/// Throws `Error` that says what was looked for, and for every defect of the files.
///
///     auto dataset = datasets::load_graph_classification("tu/PROTEINS");
///     auto& [name, graphs, labels, num_classes] = dataset;
[[nodiscard]] GraphClassificationDataset load_graph_classification(const std::string& name_or_path,
                                                                   const LoadOptions& options = {});

}  // namespace grapevine::datasets
