#include "grapevine/sampling/saint_sampler.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "grapevine/graph/transform/node_subgraph.h"
#include "grapevine/sampling/exclude_edges.h"
#include "grapevine/sampling/random_walk.h"
#include "grapevine/util/error.h"

namespace grapevine::sampling {
namespace {

using Nodes = std::vector<std::int64_t>;

std::int64_t below(RandomStream& stream, std::int64_t bound) {
  return static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(bound)));
}

std::int64_t id_at(const at::Tensor& ids, std::int64_t position) {
  return ids.scalar_type() == at::kInt ? ids.const_data_ptr<std::int32_t>()[position]
                                       : ids.const_data_ptr<std::int64_t>()[position];
}

std::int64_t begin_of(const ops::Csr& rows, std::int64_t row) {
  return rows.indptr.const_data_ptr<std::int64_t>()[row];
}

/// A node with a chance in proportion to `max(out-degree, 1)`: either the source of some edge, or
/// any node, which is refused if it has edges.
std::int64_t draw_node(const Adjacency& edges, RandomStream stream) {
  const ops::Csr& out = edges.csr();
  while (true) {
    const std::int64_t drawn = below(stream, edges.num_edges() + edges.num_src());
    if (drawn < edges.num_edges()) {
      return id_at(edges.coo().src, drawn);
    }
    const std::int64_t node = drawn - edges.num_edges();
    if (begin_of(out, node) == begin_of(out, node + 1)) {
      return node;
    }
  }
}

/// The ends of an edge with a chance in proportion to 1 / out-degree of its source + 1 / in-degree
/// of its destination: some edge of any node, on either side, which is refused if it has none.
std::pair<std::int64_t, std::int64_t> draw_edge(const Adjacency& edges, RandomStream stream) {
  while (true) {
    const bool by_source = below(stream, 2) == 0;
    const ops::Csr& rows = by_source ? edges.csr() : edges.csc();
    const std::int64_t node = below(stream, edges.num_src());
    const std::int64_t begin = begin_of(rows, node);
    const std::int64_t degree = begin_of(rows, node + 1) - begin;
    if (degree > 0) {
      const std::int64_t other = id_at(rows.indices, begin + below(stream, degree));
      return by_source ? std::pair(node, other) : std::pair(other, node);
    }
  }
}

Nodes walked_nodes(const Graph& graph, const SAINTOptions& options, const RandomKey& key) {
  at::Tensor roots = at::empty({options.budget}, at::kLong);
  for (std::int64_t i = 0; i < options.budget; ++i) {
    RandomStream stream = key.stream(static_cast<std::uint64_t>(i));
    roots.mutable_data_ptr<std::int64_t>()[i] = below(stream, graph.num_nodes());
  }
  const std::vector<EtypeKey> metapath(static_cast<std::size_t>(options.walk_length), EtypeKey());
  const at::Tensor traces =
      random_walk(graph, roots.to(graph.idtype()), metapath, {}, key.fold_in(0))
          .traces.to(at::kLong);
  const auto* begin = traces.const_data_ptr<std::int64_t>();
  Nodes nodes;
  std::copy_if(begin, begin + traces.numel(), std::back_inserter(nodes),
               [](std::int64_t node) { return node >= 0; });
  return nodes;
}

Nodes draw_nodes(const Graph& graph, const SAINTOptions& options, const RandomKey& key) {
  if (options.mode == SAINTMode::kWalk) {
    return walked_nodes(graph, options, key);
  }
  const Adjacency& edges = *graph.adjacency();
  Nodes nodes;
  for (std::int64_t i = 0; i < options.budget; ++i) {
    const RandomStream stream = key.stream(static_cast<std::uint64_t>(i));
    if (options.mode == SAINTMode::kNode) {
      nodes.push_back(draw_node(edges, stream));
    } else {
      const auto [src, dst] = draw_edge(edges, stream);
      nodes.insert(nodes.end(), {src, dst});
    }
  }
  return nodes;
}

void check_graph(const Graph& graph, const SAINTOptions& options) {
  check(graph.is_homogeneous(),
        "SAINTSampler: expected a homogeneous graph, got {} with {} node types and {} edge types",
        graph.is_block() ? "a block" : "a graph", graph.ntypes().size(),
        graph.canonical_etypes().size());
  check(graph.device().is_cpu(), "SAINTSampler: expected a graph on the CPU, got one on {}",
        graph.device().str());
  check(graph.num_nodes() > 0, "SAINTSampler: expected a graph with nodes, got one without");
  check(options.mode != SAINTMode::kEdge || graph.num_edges() > 0,
        "SAINTSampler: mode edge: expected a graph with edges, got one without");
}

}  // namespace

SAINTSampler::SAINTSampler(SAINTOptions options) : options_(options) {
  check(options.budget > 0, "SAINTSampler: budget: expected 1 or more, got {}", options.budget);
  check(options.walk_length >= 0, "SAINTSampler: walk_length: expected 0 or more, got {}",
        options.walk_length);
}

MiniBatch SAINTSampler::sample(const Graph& graph, const NodeIds& seeds,
                               const RandomKey& key) const {
  return sample_excluding(graph, seeds, {}, key);
}

MiniBatch SAINTSampler::sample_excluding(const Graph& graph, const NodeIds& /*seeds*/,
                                         const EdgeIds& excluded, const RandomKey& key) const {
  check_graph(graph, options_);
  Nodes drawn = draw_nodes(graph, options_, key);
  std::sort(drawn.begin(), drawn.end());
  drawn.erase(std::unique(drawn.begin(), drawn.end()), drawn.end());
  at::Tensor nodes = at::empty({static_cast<std::int64_t>(drawn.size())}, at::kLong);
  std::copy(drawn.begin(), drawn.end(), nodes.mutable_data_ptr<std::int64_t>());
  nodes = nodes.to(graph.idtype());
  return {.input_nodes = nodes,
          .output_nodes = nodes,
          .blocks = {exclude_edges(node_subgraph(graph, nodes), excluded)}};
}

void SAINTSampler::prepare(const Graph& graph) const {
  check_graph(graph, options_);
  const Adjacency& edges = *graph.adjacency();
  static_cast<void>(edges.csr());
  if (options_.mode == SAINTMode::kNode) {
    static_cast<void>(edges.coo());
  } else if (options_.mode == SAINTMode::kEdge) {
    static_cast<void>(edges.csc());
  }
}

}  // namespace grapevine::sampling
