#include "grapevine/graph/detail/reverse_cuthill_mckee.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "grapevine/graph/transform/to_bidirected.h"

namespace grapevine::detail {
namespace {

/// The simple undirected graph, with neighbours in ascending order.
struct Neighbors {
  explicit Neighbors(const Graph& graph) {
    const ops::Coo& coo = graph.adjacency()->coo();
    const Graph simple = to_bidirected(grapevine::graph(coo.src.to(at::kCPU, at::kLong),
                                                        coo.dst.to(at::kCPU, at::kLong),
                                                        {.num_nodes = graph.num_nodes()}));
    csr = simple.adjacency()->csr();
    starts = csr.indptr.const_data_ptr<std::int64_t>();
    others = csr.indices.const_data_ptr<std::int64_t>();
    // A loop counts for both of its ends.
    for (std::int64_t node = 0; node < graph.num_nodes(); ++node) {
      const bool has_loop =
          std::binary_search(others + starts[node], others + starts[node + 1], node);
      degrees.push_back(starts[node + 1] - starts[node] + (has_loop ? 1 : 0));
    }
  }
  [[nodiscard]] bool smaller_degree(std::int64_t a, std::int64_t b) const {
    return degrees[static_cast<std::size_t>(a)] < degrees[static_cast<std::size_t>(b)];
  }
  ops::Csr csr;
  const std::int64_t* starts;
  const std::int64_t* others;
  std::vector<std::int64_t> degrees;
};

/// Appends the component of `seed`, breadth first.
void visit_component(const Neighbors& neighbors, std::int64_t seed, std::vector<bool>& visited,
                     std::vector<std::int64_t>& order) {
  std::size_t next = order.size();
  visited[static_cast<std::size_t>(seed)] = true;
  order.push_back(seed);
  for (; next < order.size(); ++next) {
    const std::int64_t node = order[next];
    const auto first_new = static_cast<std::ptrdiff_t>(order.size());
    for (std::int64_t i = neighbors.starts[node]; i < neighbors.starts[node + 1]; ++i) {
      const std::int64_t other = neighbors.others[i];
      if (!visited[static_cast<std::size_t>(other)]) {
        visited[static_cast<std::size_t>(other)] = true;
        order.push_back(other);
      }
    }
    std::stable_sort(order.begin() + first_new, order.end(), [&](std::int64_t a, std::int64_t b) {
      return neighbors.smaller_degree(a, b);
    });
  }
}

}  // namespace

at::Tensor reverse_cuthill_mckee(const Graph& graph) {
  const Neighbors neighbors(graph);
  std::vector<std::int64_t> seeds(neighbors.degrees.size());
  std::iota(seeds.begin(), seeds.end(), 0);
  std::stable_sort(seeds.begin(), seeds.end(),
                   [&](std::int64_t a, std::int64_t b) { return neighbors.smaller_degree(a, b); });
  std::vector<bool> visited(seeds.size());
  std::vector<std::int64_t> order;
  order.reserve(seeds.size());
  for (const std::int64_t seed : seeds) {
    if (!visited[static_cast<std::size_t>(seed)]) {
      visit_component(neighbors, seed, visited, order);
    }
  }
  at::Tensor result = at::empty({static_cast<std::int64_t>(order.size())}, at::kLong);
  std::reverse_copy(order.begin(), order.end(), result.mutable_data_ptr<std::int64_t>());
  return result;
}

}  // namespace grapevine::detail
