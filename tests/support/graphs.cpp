#include "tests/support/graphs.h"

#include <ATen/ops/empty.h>

#include "grapevine/util/random.h"

namespace grapevine::testing_support {
namespace {

at::Tensor ids(const std::vector<std::int64_t>& values, at::ScalarType idtype) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<std::int64_t>());
  return tensor.to(idtype);
}

}  // namespace

AdjacencyPtr make_edges(std::int64_t num_src, std::int64_t num_dst,
                        const std::vector<std::int64_t>& src, const std::vector<std::int64_t>& dst,
                        at::ScalarType idtype) {
  return Adjacency::from_coo(num_src, num_dst, ids(src, idtype), ids(dst, idtype));
}

AdjacencyPtr random_edges(std::uint64_t seed, const RandomEdges& size, at::ScalarType idtype) {
  RandomStream stream = RandomKey(seed).stream(0);
  std::vector<std::int64_t> src;
  std::vector<std::int64_t> dst;
  for (std::int64_t edge = 0; edge < size.num_edges; ++edge) {
    src.push_back(
        static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(size.num_src))));
    dst.push_back(
        static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(size.num_dst))));
  }
  return make_edges(size.num_src, size.num_dst, src, dst, idtype);
}

std::vector<NamedEdges> edge_cases(at::ScalarType idtype) {
  return {{"no edges", make_edges(3, 2, {}, {}, idtype)},
          {"one node with a self-loop", make_edges(1, 1, {0}, {0}, idtype)},
          {"isolated nodes and parallel edges",
           make_edges(6, 5, {4, 0, 2, 2, 2, 5, 0, 2}, {3, 1, 0, 0, 3, 1, 1, 0}, idtype)},
          {"sorted by destination", make_edges(4, 3, {3, 0, 1, 1, 2}, {0, 0, 1, 2, 2}, idtype)},
          {"random", random_edges(1, {9, 7, 40}, idtype)},
          {"long rows", random_edges(2, {3, 1, 300}, idtype)}};
}

at::Tensor random_values(std::uint64_t seed, std::vector<std::int64_t> shape,
                         at::ScalarType dtype) {
  at::Tensor values = at::empty(shape, at::kDouble);
  RandomStream stream = RandomKey(seed).stream(1);
  double* data = values.mutable_data_ptr<double>();
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    const std::uint32_t bits = stream.next_uint32();
    const double magnitude = 0.5 + (bits >> 1) * 0x1.0p-31;
    data[i] = (bits & 1) == 0 ? magnitude : -magnitude;
  }
  return values.to(dtype);
}

}  // namespace grapevine::testing_support
