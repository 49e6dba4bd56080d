#include <algorithm>
#include <utility>
#include <vector>

#include "bindings.h"
#include "grapevine/graph/adjacency.h"

namespace grapevine::python {
namespace {

using Ids = std::vector<std::int64_t>;

/// What an edge is to a depth-first search: it leads on, back along a tree edge, or to a node that
/// was reached before.
enum Label : std::int64_t { kForward = 0, kReverse = 1, kNonTree = 2 };

/// Out-edges by node, as int64 on the CPU.
struct OutEdges {
  at::Tensor indptr;
  at::Tensor indices;
  at::Tensor edge_ids;

  explicit OutEdges(const ops::Csr& csr)
      : indptr(csr.indptr.cpu()), indices(csr.indices.to(at::kCPU, at::kLong)) {
    edge_ids = csr.edge_ids.defined() ? csr.edge_ids.to(at::kCPU, at::kLong) : at::Tensor();
  }
};

/// The edges of one search and their labels, in the order in which it meets them.
std::pair<Ids, Ids> search(const OutEdges& out, std::int64_t source, bool reverse_edges,
                           bool nontree_edges) {
  const auto* offsets = out.indptr.const_data_ptr<std::int64_t>();
  const auto* heads = out.indices.const_data_ptr<std::int64_t>();
  const auto* ids = out.edge_ids.defined() ? out.edge_ids.const_data_ptr<std::int64_t>() : nullptr;
  Ids edges;
  Ids labels;
  const auto meet = [&](std::int64_t position, Label label) {
    edges.push_back(ids == nullptr ? position : ids[position]);
    labels.push_back(label);
  };
  std::vector<bool> seen(static_cast<std::size_t>(out.indptr.numel()) - 1);
  std::vector<std::pair<std::int64_t, std::int64_t>> path;  // (position of the next edge, end)
  const auto enter = [&](std::int64_t node) {
    seen[static_cast<std::size_t>(node)] = true;
    path.emplace_back(offsets[node], offsets[node + 1]);
  };
  enter(source);
  while (!path.empty()) {
    auto& [position, end] = path.back();
    if (position == end) {
      path.pop_back();
      if (!path.empty() && reverse_edges) {
        meet(path.back().first - 1, kReverse);
      }
      continue;
    }
    const std::int64_t edge = position++;
    if (!seen[static_cast<std::size_t>(heads[edge])]) {
      meet(edge, kForward);
      enter(heads[edge]);
    } else if (nontree_edges) {
      meet(edge, kNonTree);
    }
  }
  return {std::move(edges), std::move(labels)};
}

/// Appends element i of `found` to frontier i.
void append(std::vector<Ids>& frontiers, const Ids& found) {
  frontiers.resize(std::max(frontiers.size(), found.size()));
  for (std::size_t i = 0; i < found.size(); ++i) {
    frontiers[i].push_back(found[i]);
  }
}

const Room traversal_room(40, [](py::module_& module) {
  module.def(
      "dfs_labeled_edges",
      [](const Adjacency& graph, const Ids& sources, bool reverse, bool reverse_edges,
         bool nontree_edges) {
        const OutEdges out(reverse ? graph.csc() : graph.csr());
        std::vector<Ids> edges;
        std::vector<Ids> labels;
        for (const std::int64_t source : sources) {
          const auto [found, kinds] = search(out, source, reverse_edges, nontree_edges);
          append(edges, found);
          append(labels, kinds);
        }
        return std::pair(std::move(edges), std::move(labels));
      },
      py::arg("edges"), py::arg("sources"), py::arg("reverse"), py::arg("reverse_edges"),
      py::arg("nontree_edges"), ReleaseGil());
});

}  // namespace
}  // namespace grapevine::python
