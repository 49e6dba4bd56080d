#include "grapevine/graph/readout.h"

#include "bindings.h"
#include "names.h"

namespace grapevine::python {
namespace {

const Room readout_room(40, [](py::module_& module) {
  module.def(
      "readout_nodes",
      [](const Graph& graph, const std::string& feature, const std::string& weight,
         const std::string& op, const std::string& ntype) {
        return readout_nodes(graph, feature, weight, reduce_from(op), ntype);
      },
      ReleaseGil());
  module.def(
      "readout_edges",
      [](const Graph& graph, const std::string& feature, const std::string& weight,
         const std::string& op, const EtypeKey& etype) {
        return readout_edges(graph, feature, weight, reduce_from(op), etype);
      },
      ReleaseGil());
  module.def(
      "softmax_nodes",
      [](const Graph& graph, const std::string& feature, const std::string& ntype) {
        return softmax_nodes(graph, feature, ntype);
      },
      ReleaseGil());
  module.def("softmax_edges", &softmax_edges, ReleaseGil());
  module.def(
      "broadcast_nodes",
      [](const Graph& graph, const at::Tensor& feat, const std::string& ntype) {
        return broadcast_nodes(graph, feat, ntype);
      },
      ReleaseGil());
  module.def("broadcast_edges", &broadcast_edges, ReleaseGil());
  module.def(
      "topk_nodes",
      [](const Graph& graph, const std::string& feature, std::int64_t k, bool descending,
         std::optional<std::int64_t> sortby, const std::string& ntype) {
        const auto top = topk_nodes(graph, feature, k,
                                    {.descending = descending, .sortby = sortby, .ntype = ntype});
        return std::pair(top.values, top.indices);
      },
      ReleaseGil());
  module.def(
      "topk_edges",
      [](const Graph& graph, const std::string& feature, std::int64_t k, bool descending,
         std::optional<std::int64_t> sortby, const EtypeKey& etype) {
        const auto top = topk_edges(graph, feature, k,
                                    {.descending = descending, .sortby = sortby, .etype = etype});
        return std::pair(top.values, top.indices);
      },
      ReleaseGil());
});

}  // namespace
}  // namespace grapevine::python
