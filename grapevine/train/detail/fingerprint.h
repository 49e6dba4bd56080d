#pragma once

#include <string>

#include "grapevine/datasets/node_classification.h"

namespace grapevine::train::detail {

/// A number in hexadecimal that tells one data set from another: of all labels and splits, and of
/// some thousand places of the in-edges and of each feature, so that it costs little even where
/// they are mapped from a file.
[[nodiscard]] std::string fingerprint(const datasets::NodeClassificationDataset& dataset);

}  // namespace grapevine::train::detail
