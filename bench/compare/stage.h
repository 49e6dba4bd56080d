#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/compare/shared_data.h"

namespace grapevine::compare {

using Json = nlohmann::json;

/// One repetition of a stage; returns what compare.py reads: "ms", or a rate, and more.
using Step = std::function<Json()>;

/// Thrown for a stage that this side cannot do; its column stays empty.
struct Unsupported : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Prepares batches, forward passes or an epoch of training (`serve_dgl.py` says what is asked).
[[nodiscard]] Step loader_stage(const SharedData& data, const Json& request);
/// Prepares one operator on one graph, forward or backward.
[[nodiscard]] Step kernel_stage(const SharedData& data, const Json& request);
/// Prepares the measurement of what the machine can do at most.
[[nodiscard]] Step limit_stage(const Json& request);

/// Milliseconds that a call takes.
template <typename Function>
double milliseconds_of(const Function& function) {
  const auto start = std::chrono::steady_clock::now();
  function();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

}  // namespace grapevine::compare
