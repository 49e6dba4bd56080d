#pragma once

#include <string>

#include "grapevine/datasets/node_classification.h"
#include "grapevine/io/state_file.h"
#include "grapevine/train/node_classification.h"

namespace grapevine::train {

/// What must be the same for a run to go on as it would have. Values are bool, int, float, str and
/// lists and dicts of them.
struct RunIdentity {
  /// What decides what training computes: the version of the library and every option but how many
  /// epochs, when to lose patience, and who does the work.
  io::StateDict options;
  /// Numbers of nodes, edges, classes and nodes of each part, and a fingerprint of the content.
  io::StateDict data;
};

/// That of training `dataset` so. O(nodes).
[[nodiscard]] RunIdentity identify_run(const datasets::NodeClassificationDataset& dataset,
                                       const NodeClassificationOptions& options);

/// Throws `Error` that begins with `what` and names everything that differs, as in
/// "lr: 0.01 there, 0.003 now".
void check_same_run(const RunIdentity& there, const RunIdentity& now, const std::string& what);

}  // namespace grapevine::train
