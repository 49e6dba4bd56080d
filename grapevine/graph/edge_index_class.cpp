#include <cstdint>

#include "grapevine/graph/adjacency.h"
#include "grapevine/ops/detail/edge_index_class.h"

namespace grapevine {
namespace {

// torch.classes.grapevine.EdgeIndex(src, dst, num_src, num_dst)
[[maybe_unused]] const auto& registered = ops::detail::edge_index_class().def(torch::init(
    [](const at::Tensor& src, const at::Tensor& dst, std::int64_t num_src, std::int64_t num_dst) {
      return ops::detail::wrap(Adjacency::from_coo(num_src, num_dst, src, dst));
    }));

}  // namespace
}  // namespace grapevine
