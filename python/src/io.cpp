#include <filesystem>

#include "bindings.h"
#include "grapevine/io/graph_file.h"

namespace grapevine::python {
namespace {

std::pair<std::vector<Graph>, io::GraphLabels> parts(io::GraphFile file) {
  return {std::move(file.graphs), std::move(file.labels)};
}

const Room io_room(40, [](py::module_& module) {
  module.def(
      "save_graphs",
      [](const std::string& path, const std::vector<Graph>& graphs, const io::GraphLabels& labels) {
        io::save_graphs(path, graphs, labels);
      },
      py::arg("path"), py::arg("graphs"), py::arg("labels"), ReleaseGil());
  module.def(
      "load_graphs",
      [](const std::string& path, const std::vector<std::int64_t>& indices, bool memory_map) {
        return parts(io::load_graphs(path, indices, {.memory_map = memory_map}));
      },
      py::arg("path"), py::arg("indices"), py::arg("memory_map") = false, ReleaseGil());
  module.def(
      "load_labels", [](const std::string& path) { return io::load_labels(path); }, py::arg("path"),
      ReleaseGil());
});

}  // namespace
}  // namespace grapevine::python
