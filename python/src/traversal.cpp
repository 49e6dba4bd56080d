#include "grapevine/graph/traversal.h"

#include "bindings.h"

namespace grapevine::python {
namespace {

const Room traversal_room(40, [](py::module_& module) {
  module.def(
      "topological_nodes",
      [](const Graph& graph, bool reverse) {
        return topological_nodes_generator(graph, {.reverse = reverse});
      },
      py::arg("graph"), py::arg("reverse"), ReleaseGil());
  const auto bind = [&module](const char* name, const auto& traverse) {
    module.def(
        name,
        [traverse](const Graph& graph, const at::Tensor& source, bool reverse) {
          return traverse(graph, source, {.reverse = reverse});
        },
        py::arg("graph"), py::arg("source"), py::arg("reverse"), ReleaseGil());
  };
  bind("bfs_nodes", &bfs_nodes_generator);
  bind("bfs_edges", &bfs_edges_generator);
  bind("dfs_edges", &dfs_edges_generator);
  module.def(
      "dfs_labeled_edges",
      [](const Graph& graph, const at::Tensor& source, bool reverse, bool reverse_edges,
         bool nontree_edges) {
        LabeledEdges found = dfs_labeled_edges_generator(
            graph, source,
            {.reverse = reverse, .reverse_edges = reverse_edges, .nontree_edges = nontree_edges});
        return std::pair(std::move(found.edges), std::move(found.labels));
      },
      py::arg("graph"), py::arg("source"), py::arg("reverse"), py::arg("reverse_edges"),
      py::arg("nontree_edges"), ReleaseGil());
});

}  // namespace
}  // namespace grapevine::python
