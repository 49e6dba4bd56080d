#include "grapevine/graph/traversal.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstdint>

#include "grapevine/graph/checks.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

using Ids = std::vector<std::int64_t>;

/// Out-edges (in-edges if reversed) of every node on the CPU, in int64.
class Neighbors {
 public:
  Neighbors(const Graph& graph, bool reverse, const char* caller)
      : graph_(checked(graph, caller)), num_nodes_(graph.num_nodes()) {
    const AdjacencyPtr adjacency = graph.adjacency()->to(at::kCPU, at::kLong);
    csr_ = reverse ? adjacency->csc() : adjacency->csr();
  }

  [[nodiscard]] std::int64_t num_nodes() const { return num_nodes_; }
  /// The positions of a node's edges: from `begin(node)` to before `begin(node + 1)`.
  [[nodiscard]] std::int64_t begin(std::int64_t node) const {
    return csr_.indptr.const_data_ptr<std::int64_t>()[node];
  }
  [[nodiscard]] std::int64_t neighbor(std::int64_t position) const {
    return csr_.indices.const_data_ptr<std::int64_t>()[position];
  }
  [[nodiscard]] std::int64_t edge(std::int64_t position) const {
    return csr_.edge_ids.defined() ? csr_.edge_ids.const_data_ptr<std::int64_t>()[position]
                                   : position;
  }

  /// The caller's source nodes, checked.
  [[nodiscard]] Ids sources(const at::Tensor& source, const char* caller) const {
    check_ids(source, caller, "node", num_nodes_, graph_.idtype(), graph_.device());
    const at::Tensor ids = source.to(at::kCPU, at::kLong).contiguous();
    const auto* data = ids.const_data_ptr<std::int64_t>();
    return {data, data + ids.numel()};
  }

  /// Frontiers as the caller gets them: on the graph's device, ids in its id type.
  [[nodiscard]] std::vector<at::Tensor> tensors(const std::vector<Ids>& frontiers) const {
    return tensors(frontiers, graph_.idtype());
  }
  [[nodiscard]] std::vector<at::Tensor> tensors(const std::vector<Ids>& frontiers,
                                                at::ScalarType dtype) const {
    std::vector<at::Tensor> result;
    for (const Ids& ids : frontiers) {
      at::Tensor frontier = at::empty({static_cast<std::int64_t>(ids.size())}, at::kLong);
      std::copy(ids.begin(), ids.end(), frontier.mutable_data_ptr<std::int64_t>());
      result.push_back(frontier.to(graph_.device(), dtype));
    }
    return result;
  }

 private:
  static const Graph& checked(const Graph& graph, const char* caller) {
    check(graph.is_homogeneous(),
          "{}: expected a homogeneous graph, got {} with {} node types and {} edge types", caller,
          graph.is_block() ? "a block" : "a graph", graph.ntypes().size(),
          graph.canonical_etypes().size());
    return graph;
  }

  const Graph& graph_;
  std::int64_t num_nodes_;
  ops::Csr csr_;
};

/// The frontiers of a breadth-first search: nodes, and the edges that found them (none for the
/// sources).
struct Search {
  std::vector<Ids> nodes;
  std::vector<Ids> edges;
};

Search breadth_first(const Neighbors& neighbors, const Ids& sources) {
  std::vector<bool> seen(static_cast<std::size_t>(neighbors.num_nodes()));
  const auto see = [&](std::int64_t node) {
    const bool is_new = !seen[static_cast<std::size_t>(node)];
    seen[static_cast<std::size_t>(node)] = true;
    return is_new;
  };
  Search search;
  Ids frontier;
  std::copy_if(sources.begin(), sources.end(), std::back_inserter(frontier), see);
  Ids edges;
  while (!frontier.empty()) {
    if (!search.nodes.empty()) {
      search.edges.push_back(std::move(edges));
    }
    search.nodes.push_back(std::move(frontier));
    frontier.clear();
    edges.clear();
    for (const std::int64_t node : search.nodes.back()) {
      for (std::int64_t i = neighbors.begin(node); i < neighbors.begin(node + 1); ++i) {
        if (see(neighbors.neighbor(i))) {
          frontier.push_back(neighbors.neighbor(i));
          edges.push_back(neighbors.edge(i));
        }
      }
    }
  }
  return search;
}

/// The edges of depth-first searches and their labels, each in the order in which they are met.
struct Walk {
  Ids edges;
  Ids labels;
};

Walk depth_first(const Neighbors& neighbors, std::int64_t source,
                 const LabeledDfsOptions& options) {
  std::vector<bool> seen(static_cast<std::size_t>(neighbors.num_nodes()));
  struct Visit {
    std::int64_t node;
    std::int64_t next;  // position of the edge to try next
  };
  Walk walk;
  const auto meet = [&](std::int64_t position, DfsLabel label) {
    walk.edges.push_back(neighbors.edge(position));
    walk.labels.push_back(static_cast<std::int64_t>(label));
  };
  std::vector<Visit> path = {{source, neighbors.begin(source)}};
  seen[static_cast<std::size_t>(source)] = true;
  while (!path.empty()) {
    Visit& visit = path.back();
    if (visit.next == neighbors.begin(visit.node + 1)) {
      path.pop_back();
      if (options.reverse_edges && !path.empty()) {
        meet(path.back().next - 1, DfsLabel::kReverse);
      }
      continue;
    }
    const std::int64_t position = visit.next++;
    const std::int64_t node = neighbors.neighbor(position);
    if (!seen[static_cast<std::size_t>(node)]) {
      seen[static_cast<std::size_t>(node)] = true;
      meet(position, DfsLabel::kForward);
      path.push_back({node, neighbors.begin(node)});
    } else if (options.nontree_edges) {
      meet(position, DfsLabel::kNonTree);
    }
  }
  return walk;
}

/// Appends element i of `found` to frontier i.
void append(std::vector<Ids>& frontiers, const Ids& found) {
  frontiers.resize(std::max(frontiers.size(), found.size()));
  for (std::size_t i = 0; i < found.size(); ++i) {
    frontiers[i].push_back(found[i]);
  }
}

}  // namespace

std::vector<at::Tensor> topological_nodes_generator(const Graph& graph,
                                                    const TraversalOptions& options) {
  const Neighbors neighbors(graph, options.reverse, "topological_nodes_generator");
  const std::int64_t num_nodes = neighbors.num_nodes();
  std::vector<std::int64_t> waiting(static_cast<std::size_t>(num_nodes));
  for (std::int64_t i = 0; i < neighbors.begin(num_nodes); ++i) {
    ++waiting[static_cast<std::size_t>(neighbors.neighbor(i))];
  }
  Ids frontier;
  for (std::int64_t node = 0; node < num_nodes; ++node) {
    if (waiting[static_cast<std::size_t>(node)] == 0) {
      frontier.push_back(node);
    }
  }
  std::vector<Ids> frontiers;
  std::int64_t num_visited = 0;
  while (!frontier.empty()) {
    num_visited += static_cast<std::int64_t>(frontier.size());
    frontiers.push_back(std::move(frontier));
    frontier.clear();
    for (const std::int64_t node : frontiers.back()) {
      for (std::int64_t i = neighbors.begin(node); i < neighbors.begin(node + 1); ++i) {
        if (--waiting[static_cast<std::size_t>(neighbors.neighbor(i))] == 0) {
          frontier.push_back(neighbors.neighbor(i));
        }
      }
    }
  }
  check(num_visited == num_nodes,
        "topological_nodes_generator: expected a graph without cycles; {} of {} nodes lie on or "
        "behind one",
        num_nodes - num_visited, num_nodes);
  return neighbors.tensors(frontiers);
}

std::vector<at::Tensor> bfs_nodes_generator(const Graph& graph, const at::Tensor& source,
                                            const TraversalOptions& options) {
  const Neighbors neighbors(graph, options.reverse, "bfs_nodes_generator");
  return neighbors.tensors(
      breadth_first(neighbors, neighbors.sources(source, "bfs_nodes_generator")).nodes);
}

std::vector<at::Tensor> bfs_edges_generator(const Graph& graph, const at::Tensor& source,
                                            const TraversalOptions& options) {
  const Neighbors neighbors(graph, options.reverse, "bfs_edges_generator");
  return neighbors.tensors(
      breadth_first(neighbors, neighbors.sources(source, "bfs_edges_generator")).edges);
}

std::vector<at::Tensor> dfs_edges_generator(const Graph& graph, const at::Tensor& source,
                                            const TraversalOptions& options) {
  const Neighbors neighbors(graph, options.reverse, "dfs_edges_generator");
  std::vector<Ids> frontiers;
  for (const std::int64_t start : neighbors.sources(source, "dfs_edges_generator")) {
    append(frontiers, depth_first(neighbors, start, {}).edges);
  }
  return neighbors.tensors(frontiers);
}

LabeledEdges dfs_labeled_edges_generator(const Graph& graph, const at::Tensor& source,
                                         const LabeledDfsOptions& options) {
  const Neighbors neighbors(graph, options.reverse, "dfs_labeled_edges_generator");
  std::vector<Ids> edges;
  std::vector<Ids> labels;
  for (const std::int64_t start : neighbors.sources(source, "dfs_labeled_edges_generator")) {
    const Walk walk = depth_first(neighbors, start, options);
    append(edges, walk.edges);
    append(labels, walk.labels);
  }
  return {neighbors.tensors(edges), neighbors.tensors(labels, at::kLong)};
}

}  // namespace grapevine
