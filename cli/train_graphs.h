#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "grapevine/train/graph_classification.h"

namespace grapevine::cli {

/// Trains in a cross validation on the data set of that name or folder, prints a line for each
/// fold, and writes one for each epoch, after one with `config`, to the file `json` unless it is
/// empty.
void train_graphs(const std::string& data, const train::GraphClassificationOptions& options,
                  const std::string& json, const nlohmann::ordered_json& config);

}  // namespace grapevine::cli
