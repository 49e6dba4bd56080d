#pragma once

#include <ATen/Parallel.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>
#include <torch/utils.h>

#include <exception>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "grapevine/grapevine.h"
#include "tests/contract/invalid_values.h"

// Calls with arguments that no function may accept, and what they are made on.
namespace grapevine::testing_support {

inline constexpr std::int64_t kNodes = 12;
inline constexpr std::int64_t kEdges = 40;
inline constexpr std::int64_t kItems = 5;

/// What the calls are made on. Its graphs never change.
struct Fixture {
  at::ScalarType idtype;
  Graph g;      ///< homogeneous
  Graph typed;  ///< user-follows-user, user-buys-item
  Graph block;

  explicit Fixture(at::ScalarType type) : idtype(type) {
    torch::manual_seed(5);
    const auto random_ids = [&](std::int64_t count) { return at::randint(count, {kEdges}, type); };
    g = graph(random_ids(kNodes), random_ids(kNodes), {.num_nodes = kNodes});
    g.ndata()["h"] = at::rand({kNodes, 3});
    g.edata()["w"] = at::rand({kEdges});
    typed = heterograph({{{"user", "follows", "user"}, {random_ids(kNodes), random_ids(kNodes)}},
                         {{"user", "buys", "item"}, {random_ids(kNodes), random_ids(kItems)}}},
                        {{"user", kNodes}, {"item", kItems}});
    block =
        sampling::NeighborSampler({3}).sample(g, at::arange(4, type), RandomKey(1)).blocks.front();
  }
};

struct Call {
  std::string name;
  std::function<void(const Fixture&, InvalidValues&)> make;
};

/// What a caller does with a result.
template <typename Value>
void ignore(const Value& /*value*/) {}

/// The calls in turn, `count` of them.
inline void expect_refused(const std::vector<Call>& calls, std::int64_t count, std::uint64_t seed) {
  at::set_num_threads(1);
  const Fixture fixtures[] = {Fixture(at::kInt), Fixture(at::kLong)};
  std::map<std::string, int> failures;
  for (std::int64_t i = 0; i < count; ++i) {
    const Call& call = calls[static_cast<std::size_t>(i) % calls.size()];
    InvalidValues values(RandomKey(seed).stream(static_cast<std::uint64_t>(i)));
    const Fixture& fixture = fixtures[(i / static_cast<std::int64_t>(calls.size())) % 2];
    std::string outcome = "was accepted";
    try {
      call.make(fixture, values);
    } catch (const Error& error) {
      outcome = std::string(error.what()).empty() ? "says nothing" : "";
    } catch (const std::exception& error) {
      outcome = std::string("threw another exception: ") + error.what();
    }
    if (!outcome.empty() && failures[call.name]++ == 0) {
      ADD_FAILURE() << call.name << " (call " << i << ") " << outcome.substr(0, 400);
    }
  }
}

}  // namespace grapevine::testing_support
