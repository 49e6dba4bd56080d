#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/ops/detail/coo_arguments.h"
#include "grapevine/ops/detail/edge_index_class.h"

// Operators in programs that are recorded (torch.compile, torch.export, fake tensors).
namespace grapevine::ops::detail {

/// Whether a program is being recorded: `tensor` has no values to look at, and its sizes may be
/// symbols. A tensor of a class that runs operators in Python counts too.
[[nodiscard]] inline bool is_traced(const at::Tensor& tensor) {
  return tensor.defined() && tensor.unsafeGetTensorImpl()->key_set().has(c10::DispatchKey::Python);
}

/// Whether checks may look at values.
[[nodiscard]] inline bool has_values(const at::Tensor& tensor) {
  return !tensor.is_meta() && !is_traced(tensor);
}

/// The edges of an object as tensors of the recorded program. An object's own tensors have values,
/// which must not enter it; the operator `grapevine::edge_index_coo` stands for them. `like` is any
/// tensor of the program.
[[nodiscard]] CooArguments traced_edges(const EdgeIndexObjectPtr& edges, const at::Tensor& like);

}  // namespace grapevine::ops::detail
