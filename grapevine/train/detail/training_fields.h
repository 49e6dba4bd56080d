#pragma once

#include <string>

#include "grapevine/io/state_file.h"
#include "grapevine/train/checkpoint.h"
#include "grapevine/train/detail/description_fields.h"

// A run and weights as dicts of a checkpoint.
namespace grapevine::train::detail {

[[nodiscard]] io::StateDict to_state(const TrainingState::Weights& weights);
/// Throws `Error` that begins with `what` for what is no state dict.
[[nodiscard]] TrainingState::Weights weights_from(const io::StateDict& state,
                                                  const std::string& what);

[[nodiscard]] io::StateDict to_state(const SavedRun& run);
/// Throws `Error` for what is missing or of another type, and for epochs that are not 1, 2, ...
[[nodiscard]] SavedRun run_from(const Fields& fields);

}  // namespace grapevine::train::detail
