#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>

#include "bindings.h"
#include "grapevine/io/planetoid.h"
#include "grapevine/io/tu.h"
#include "grapevine/util/error.h"

namespace grapevine::python {
namespace {

using Labels = std::vector<std::int64_t>;
/// Graphs, their labels `[graphs]` and the number of classes.
using LabelledGraphs = std::tuple<std::vector<Graph>, at::Tensor, std::int64_t>;

LabelledGraphs parts(io::GraphClassificationDataset dataset) {
  return {std::move(dataset.graphs), std::move(dataset.labels), dataset.num_classes};
}

void add_new(Labels& labels, std::int64_t label) {
  if (std::find(labels.begin(), labels.end(), label) == labels.end()) {
    labels.push_back(label);
  }
}

/// The labels that graphs and nodes have in a file of the text format that `read_tu_text` accepts,
/// each in the order of first appearance, which is that of the numbers it gives them.
std::pair<Labels, Labels> tu_text_labels(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  const auto next = [&] {
    check(static_cast<bool>(std::getline(file, line)), "{}: ends too early", path);
    return line.c_str();
  };
  Labels graph_labels;
  Labels node_labels;
  for (std::int64_t graphs = std::strtoll(next(), nullptr, 10); graphs > 0; --graphs) {
    char* label = nullptr;
    std::int64_t nodes = std::strtoll(next(), &label, 10);
    add_new(graph_labels, std::strtoll(label, nullptr, 10));
    for (; nodes > 0; --nodes) {
      add_new(node_labels, std::strtoll(next(), nullptr, 10));
    }
  }
  return {std::move(graph_labels), std::move(node_labels)};
}

const Room datasets_room(40, [](py::module_& module) {
  module.def(
      "planetoid_names", [](const std::string& folder) { return io::planetoid_names(folder); },
      py::arg("folder"), ReleaseGil());
  module.def(
      "read_planetoid",
      [](const std::string& folder, const std::string& name, bool row_normalize) {
        io::NodeClassificationDataset dataset =
            io::read_planetoid(folder, {.name = name, .row_normalize = row_normalize});
        return std::pair(std::move(dataset.graph), dataset.num_classes);
      },
      py::arg("folder"), py::arg("name"), py::arg("row_normalize") = true, ReleaseGil());
  module.def(
      "read_tu_text",
      [](const std::string& path, bool self_loop, bool degree_as_label) {
        return parts(io::read_tu_text(
            path, {.self_loop = self_loop, .degree_as_label = degree_as_label, .encode = false}));
      },
      py::arg("path"), py::arg("self_loop") = false, py::arg("degree_as_label") = false,
      ReleaseGil());
  module.def("tu_text_labels", &tu_text_labels, py::arg("path"), ReleaseGil());
  module.def(
      "read_tu_folder",
      [](const std::string& folder, const std::string& name) {
        return parts(io::read_tu_folder(folder, {.name = name, .encode = false}));
      },
      py::arg("folder"), py::arg("name"), ReleaseGil());
});

}  // namespace
}  // namespace grapevine::python
