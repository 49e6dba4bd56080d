#pragma once

#include <cstdint>

#include "grapevine/datasets/node_classification.h"

namespace grapevine::datasets {

/// Sizes of a generated citation graph; the defaults are ogbn-arxiv's.
struct ArxivLikeOptions {
  std::int64_t num_nodes = 169343;   ///< papers, at least 10
  std::int64_t num_edges = 1166243;  ///< citations, at most one for each pair of papers
  std::int64_t num_features = 128;   ///< at least 1
  std::int64_t num_classes = 40;     ///< subjects, from 2 to `num_nodes`
  std::uint64_t seed = 0;
};

/// Generates a citation graph of ogbn-arxiv's shape in which the graph matters: a classifier of the
/// features alone ends far below one that also sees the neighbours. Registered as "arxiv-like".
///
/// Papers appear one after the other, from 1971 to 2020 and ever faster, and each edge goes from a
/// paper to an older one that it cites; there are no self-loops and no duplicates. A citation
/// prefers papers that are cited already, so in-degrees have a power-law tail (Price, 1976), and
/// papers of the field that the paper works in: mostly its own subject, for some papers one other.
/// Subjects have unequal sizes (Zipf-Mandelbrot). Features are the subject's mean and noise, each a
/// sum of uniform numbers. Node ids are in no order.
///
/// `ndata()`: "feat" `[num_nodes, num_features]` float32, "year" and "label" `[num_nodes]` int64.
/// The split is by year, to 2017, 2018 and after, in ogbn-arxiv's proportions (90,941 / 29,799 /
/// 48,603). The same options give the same data, bit for bit, for any number of threads. Throws
/// `Error` for options that cannot be met. Takes O(num_nodes * num_features + num_edges).
[[nodiscard]] NodeClassificationDataset arxiv_like(const ArxivLikeOptions& options = {});

}  // namespace grapevine::datasets
