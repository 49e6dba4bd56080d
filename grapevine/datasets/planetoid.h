#pragma once

#include <filesystem>

#include "grapevine/datasets/node_classification.h"
#include "grapevine/io/planetoid.h"

namespace grapevine::datasets {

/// Which of DGL's options there are; the name of the files follows from the data set.
struct CitationGraphOptions {
  bool row_normalize = true;  ///< divide a node's features by their sum
};

/// Cora as DGL's class of this name gives it: 2,708 papers, 10,556 citations (both directions),
/// 1,433 features, 7 subjects, 140 / 500 / 1,000 nodes to train, validate and test; see
/// `io::read_planetoid`. `raw_dir` holds its files: `ind.cora.*`, or `ind.cora_v2.*` as DGL
/// downloads them. Throws `Error` if they are not there, and for every defect of them.
///
///     datasets::CoraGraphDataset cora("data/planetoid");
///     const auto& [name, ntype, graph, labels, split, num_classes] = cora;
struct CoraGraphDataset : NodeClassificationDataset {
  explicit CoraGraphDataset(const std::filesystem::path& raw_dir,
                            const CitationGraphOptions& options = {});
};

/// The same for Citeseer, `ind.citeseer.*`: 3,327 papers, 9,228 citations, 3,703 features, 6
/// subjects, 120 / 500 / 1,000 nodes.
struct CiteseerGraphDataset : NodeClassificationDataset {
  explicit CiteseerGraphDataset(const std::filesystem::path& raw_dir,
                                const CitationGraphOptions& options = {});
};

/// The same for Pubmed, `ind.pubmed.*`: 19,717 papers, 88,651 citations, 500 features, 3 subjects,
/// 60 / 500 / 1,000 nodes.
struct PubmedGraphDataset : NodeClassificationDataset {
  explicit PubmedGraphDataset(const std::filesystem::path& raw_dir,
                              const CitationGraphOptions& options = {});
};

}  // namespace grapevine::datasets
