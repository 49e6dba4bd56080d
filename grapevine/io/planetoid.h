#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "grapevine/io/node_classification.h"

namespace grapevine::io {

/// How planetoid files are read.
struct PlanetoidOptions {
  std::string name;              ///< which of a folder's data sets; empty: the only one
  bool row_normalize = true;     ///< divide a node's features by their sum, as DGL does
  std::int64_t num_valid = 500;  ///< validation nodes: those that follow the training nodes
};

/// Names of the planetoid data sets in a folder, sorted: NAME for each file `ind.NAME.graph`. None
/// if it cannot be listed.
[[nodiscard]] std::vector<std::string> planetoid_names(const std::filesystem::path& folder);

/// Reads one of the citation graphs Cora, Citeseer and Pubmed as Planetoid publishes them (Yang,
/// Cohen and Salakhutdinov, 2016), in eight files of a folder:
///
///     ind.NAME.graph           dict: for each node the list of its neighbours
///     ind.NAME.allx, .ally     features (csr_matrix) and one-hot labels of nodes 0 to n - 1
///     ind.NAME.x, .y           those of the training nodes, the first of them
///     ind.NAME.test.index      ids of the test nodes, one a line, all from n on
///     ind.NAME.tx, .ty         features and labels of the test nodes, in that order
///
/// The result is that of DGL's CoraGraphDataset, CiteseerGraphDataset and PubmedGraphDataset, edge
/// for edge: every edge in both directions once, self-loops kept, in DGL's order; `ndata()` "feat"
/// `[num_nodes, width]` float32, "label" `[num_nodes]` int64, and "train_mask", "val_mask" and
/// "test_mask" `[num_nodes]` bool, which say the same as the split. Nodes from n on that are no
/// test nodes (Citeseer has 15) have features 0 and label 0, and are in no part of the split.
///
/// The files are pickles, but no code in them is ever run: what is not an integer, a string, a
/// tuple, list or dict of them, a numpy array or a csr_matrix is refused. `Error` names the file
/// and what is wrong with it.
[[nodiscard]] NodeClassificationDataset read_planetoid(const std::filesystem::path& folder,
                                                       const PlanetoidOptions& options = {});

}  // namespace grapevine::io
