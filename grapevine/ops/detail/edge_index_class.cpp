#include "grapevine/ops/detail/edge_index_class.h"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "grapevine/util/error.h"

namespace grapevine::ops::detail {
namespace {

using CooTuple = std::tuple<at::Tensor, at::Tensor>;
using CsrTuple = std::tuple<at::Tensor, at::Tensor, std::optional<at::Tensor>>;

CsrTuple to_tuple(const Csr& csr) {
  return {csr.indptr, csr.indices,
          csr.edge_ids.defined() ? std::optional<at::Tensor>(csr.edge_ids) : std::nullopt};
}

/// The ends of an edge, which counts from the end if it is negative.
std::tuple<std::int64_t, std::int64_t> edge_at(const EdgeIndex& edges, std::int64_t edge) {
  const std::int64_t num_edges = edges.num_edges();
  if (edge < -num_edges || edge >= num_edges) {
    // In Python an IndexError, by which its loops know the end.
    throw std::out_of_range(fmt::format("edge {} is out of range; there are {}", edge, num_edges));
  }
  const auto& [src, dst] = edges.coo();
  return {src.select(0, edge).item<std::int64_t>(), dst.select(0, edge).item<std::int64_t>()};
}

torch::class_<EdgeIndexObject> make_class() {
  torch::class_<EdgeIndexObject> made("grapevine", "EdgeIndex",
                                      "The edges of one relation; the edge of a row has its id.");
  made.def("num_src", [](const EdgeIndexObjectPtr& self) { return self->edges()->num_src(); });
  made.def("num_dst", [](const EdgeIndexObjectPtr& self) { return self->edges()->num_dst(); });
  made.def("num_edges", [](const EdgeIndexObjectPtr& self) { return self->edges()->num_edges(); });
  made.def("coo", [](const EdgeIndexObjectPtr& self) {
    const Coo& coo = self->edges()->coo();
    return CooTuple(coo.src, coo.dst);
  });
  made.def("csr", [](const EdgeIndexObjectPtr& self) { return to_tuple(self->edges()->csr()); });
  made.def("csc", [](const EdgeIndexObjectPtr& self) { return to_tuple(self->edges()->csc()); });
  // In Python a sequence of edges, because PyTorch's schema check asks each argument whether it is
  // one of tensors.
  made.def("__len__", [](const EdgeIndexObjectPtr& self) { return self->edges()->num_edges(); });
  made.def("__getitem__", [](const EdgeIndexObjectPtr& self, std::int64_t edge) {
    return edge_at(*self->edges(), edge);
  });
  // Handles of the same edges are equal. Tracers keep what they know of a call by its arguments.
  made.def("__eq__", [](const EdgeIndexObjectPtr& self, const EdgeIndexObjectPtr& other) {
    return self->edges() == other->edges();
  });
  made.def("__ne__", [](const EdgeIndexObjectPtr& self, const EdgeIndexObjectPtr& other) {
    return self->edges() != other->edges();
  });
  return made;
}

}  // namespace

EdgeIndexObject::EdgeIndexObject(EdgeIndexPtr edges) : edges_(std::move(edges)) {
  check(edges_ != nullptr, "edges: expected a relation, got none");
}

EdgeIndexObjectPtr wrap(EdgeIndexPtr edges) {
  return c10::make_intrusive<EdgeIndexObject>(std::move(edges));
}

torch::class_<EdgeIndexObject>& edge_index_class() {
  static torch::class_<EdgeIndexObject> registered = make_class();
  return registered;
}

}  // namespace grapevine::ops::detail
