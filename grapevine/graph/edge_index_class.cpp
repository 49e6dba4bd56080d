#include <cstdint>
#include <tuple>

#include "grapevine/graph/adjacency.h"
#include "grapevine/ops/detail/edge_index_class.h"

namespace grapevine {
namespace {

using EdgeIndexState = std::tuple<at::Tensor, at::Tensor, std::int64_t, std::int64_t>;

ops::detail::EdgeIndexObjectPtr make_edge_index(const at::Tensor& src, const at::Tensor& dst,
                                                std::int64_t num_src, std::int64_t num_dst) {
  return ops::detail::wrap(Adjacency::from_coo(num_src, num_dst, src, dst));
}

// torch.classes.grapevine.EdgeIndex(src, dst, num_src, num_dst), which pickle and copy.deepcopy
// take.
[[maybe_unused]] const auto& registered =
    ops::detail::edge_index_class()
        .def(torch::init(&make_edge_index))
        .def_pickle(
            [](const ops::detail::EdgeIndexObjectPtr& self) {
              const ops::EdgeIndex& edges = *self->edges();
              const ops::Coo& coo = edges.coo();
              return EdgeIndexState(coo.src, coo.dst, edges.num_src(), edges.num_dst());
            },
            [](const EdgeIndexState& state) { return std::apply(make_edge_index, state); });

}  // namespace
}  // namespace grapevine
