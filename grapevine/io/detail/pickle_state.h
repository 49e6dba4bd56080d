#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "grapevine/io/detail/pickle.h"
#include "grapevine/io/state_file.h"

namespace grapevine::io::detail {

/// How deep values may be nested: enough for every honest file, and little for the stack.
inline constexpr int kMaxStateDepth = 100;

/// The memory that a pickle names: `[num_elements]` of the dtype under that key.
using StorageSource = std::function<at::Tensor(const std::string& key, at::ScalarType dtype,
                                               std::int64_t num_elements)>;

/// The value that a pickle of `PickleDialect::kTorch` consists of. Throws `Error` that begins with
/// the file's name for values of other types, values that contain themselves, and tensors that
/// reach beyond their storage. Takes time and memory in proportion to the pickle.
[[nodiscard]] StateValue read_state(const Pickle& pickle, const StorageSource& storages);

/// A pickle and the tensors in it, contiguous and on the CPU; the key of each is its number here.
struct PickledState {
  std::string bytes;
  std::vector<at::Tensor> storages;
};

/// Writes a pickle of protocol 2. Throws as `save_state` does.
[[nodiscard]] PickledState pickle_state(const StateValue& value);

}  // namespace grapevine::io::detail
