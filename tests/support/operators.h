#pragma once

#include <ATen/core/ivalue.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "grapevine/ops/detail/fallback.h"
#include "grapevine/ops/edge_index.h"

// The operators as PyTorch's dispatcher knows them, for tests.
namespace grapevine::testing_support {

/// The schema of `grapevine::<name>` as PyTorch prints it.
[[nodiscard]] std::string schema_of(const std::string& name);

/// Calls `grapevine::<name>` the way Python does: by arguments on a stack. All arguments must be
/// given, also those with a default value.
[[nodiscard]] std::vector<c10::IValue> call_boxed(const std::string& name,
                                                  std::vector<c10::IValue> arguments);

/// Edges as such an argument.
[[nodiscard]] c10::IValue boxed(const ops::EdgeIndexPtr& edges);

/// Runs `body` with the kernels of the CPU and then with the fallback of plain ATen calls.
template <typename Body>
void with_kernels_and_fallback(const Body& body) {
  {
    SCOPED_TRACE("kernels");
    body();
  }
  const ops::detail::ForceFallback fallback;
  SCOPED_TRACE("fallback");
  body();
}

}  // namespace grapevine::testing_support
