#include "grapevine/ops/detail/edge_index_class.h"

#include <optional>
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
