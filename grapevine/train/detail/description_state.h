#pragma once

#include <map>
#include <string>

#include "grapevine/io/state_file.h"
#include "grapevine/train/detail/description_fields.h"
#include "grapevine/train/model_description.h"

// A model's description as a dict of a checkpoint.
namespace grapevine::train::detail {

/// All options of the model, those that are not given with their defaults. Throws `Error` for
/// unknown ones.
[[nodiscard]] std::map<std::string, std::string> all_options(const ModelDescription& description);

[[nodiscard]] io::StateDict to_state(const ModelDescription& description);

/// Throws `Error` for a newer format, another task, and what is missing or of another type.
[[nodiscard]] ModelDescription description_from(const Fields& fields);

}  // namespace grapevine::train::detail
