#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include "grapevine/ops/detail/edge_index_class.h"

namespace grapevine::ops::detail {

/// The operator `name` ("grapevine::gspmm") of PyTorch's dispatcher. A caller keeps it in a
/// function-local static, so that it is found once.
template <typename Signature>
[[nodiscard]] c10::TypedOperatorHandle<Signature> find_operator(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").template typed<Signature>();
}

}  // namespace grapevine::ops::detail
