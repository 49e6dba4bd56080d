#pragma once

#include <cstdint>

#include "grapevine/io/node_classification.h"

namespace grapevine::testing_support {

/// A data set of 12 nodes and 30 edges with "feat" `[12, 3]`, "year", an edge feature "weight", 3
/// classes and one node whose label is unknown.
[[nodiscard]] io::NodeClassificationDataset small_dataset();

/// One with node types "author" and "paper" and two relations; papers are classified.
[[nodiscard]] io::NodeClassificationDataset typed_dataset();

/// Expects the same structure, features, labels, split and number of classes.
void expect_same_dataset(const io::NodeClassificationDataset& got,
                         const io::NodeClassificationDataset& expected);

/// Expects the same names, dtypes and values; `what` stands before each failure.
void expect_same_frame(const FrameView& got, const FrameView& expected, const std::string& what);

}  // namespace grapevine::testing_support
