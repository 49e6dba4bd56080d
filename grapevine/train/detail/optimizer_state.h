#pragma once

#include <torch/optim/adam.h>

#include <string>

#include "grapevine/io/state_file.h"

namespace grapevine::train::detail {

/// What `state_dict()` of Python's `torch.optim.Adam` would return, with copies on the CPU:
/// `state`, by the parameter's number over all groups, and `param_groups`.
[[nodiscard]] io::StateDict optimizer_state(torch::optim::Adam& optimizer);

/// Sets what `optimizer_state` or Python's `state_dict()` has returned for the same parameters; the
/// groups' options stay as they are. Throws `Error` that begins with `what`, and changes nothing,
/// for another number of parameters and for shapes that are not theirs.
void load_optimizer_state(torch::optim::Adam& optimizer, const io::StateDict& state,
                          const std::string& what);

}  // namespace grapevine::train::detail
