#include "bindings.h"
#include "grapevine/graph/adjacency.h"
#include "grapevine/ops/edge_softmax.h"
#include "grapevine/ops/gather_mm.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/segment_mm.h"
#include "grapevine/ops/segment_reduce.h"
#include "grapevine/ops/segment_softmax.h"
#include "grapevine/ops/segment_topk.h"
#include "grapevine/ops/spmm.h"
#include "names.h"

namespace grapevine::python {
namespace {

/// ("u", features)
using Side = std::pair<std::string, at::Tensor>;

ops::Operand operand(const std::optional<Side>& side) {
  return side ? ops::Operand{target_from(side->first), side->second} : ops::Operand{};
}

const Room ops_room(40, [](py::module_& module) {
  using Edges = std::shared_ptr<Adjacency>;
  module.def(
      "gspmm",
      [](const Edges& edges, const std::string& op, const std::string& reduce, const Side& lhs,
         const std::optional<Side>& rhs) {
        return ops::gspmm(edges, binary_op_from(op), reduce_from(reduce), operand(lhs),
                          operand(rhs));
      },
      py::arg("edges"), py::arg("op"), py::arg("reduce"), py::arg("lhs"),
      py::arg("rhs") = py::none(), ReleaseGil());
  module.def(
      "gsddmm",
      [](const Edges& edges, const std::string& op, const Side& lhs,
         const std::optional<Side>& rhs) {
        return ops::gsddmm(edges, binary_op_from(op), operand(lhs), operand(rhs));
      },
      py::arg("edges"), py::arg("op"), py::arg("lhs"), py::arg("rhs") = py::none(), ReleaseGil());
  module.def(
      "edge_softmax",
      [](const Edges& edges, const at::Tensor& logits, bool by_destination) {
        return ops::edge_softmax(edges, logits,
                                 by_destination ? ops::Target::kDst : ops::Target::kSrc);
      },
      py::arg("edges"), py::arg("logits"), py::arg("by_destination") = true, ReleaseGil());
  module.def(
      "segment_reduce",
      [](const at::Tensor& lengths, const at::Tensor& values, const std::string& reduce) {
        return ops::segment_reduce(lengths, values, reduce_from(reduce));
      },
      py::arg("lengths"), py::arg("values"), py::arg("reduce"), ReleaseGil());
  module.def("segment_softmax", &ops::segment_softmax, py::arg("lengths"), py::arg("values"),
             ReleaseGil());
  module.def(
      "segment_topk",
      [](const at::Tensor& lengths, const at::Tensor& values, std::int64_t k, bool descending,
         std::optional<std::int64_t> sortby) {
        const ops::SegmentTopk top =
            ops::segment_topk(lengths, values, k, {.descending = descending, .sortby = sortby});
        return std::pair(top.values, top.indices);
      },
      py::arg("lengths"), py::arg("values"), py::arg("k"), py::arg("descending"), py::arg("sortby"),
      ReleaseGil());
  module.def("gather_mm", &ops::gather_mm, py::arg("a"), py::arg("b"), py::arg("idx_b"),
             ReleaseGil());
  module.def("segment_mm", &ops::segment_mm, py::arg("a"), py::arg("b"), py::arg("lengths"),
             ReleaseGil());
});

}  // namespace
}  // namespace grapevine::python
