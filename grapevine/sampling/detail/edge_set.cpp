#include "grapevine/sampling/detail/edge_set.h"

#include <ATen/ops/empty.h>

#include <algorithm>

#include "grapevine/graph/checks.h"

namespace grapevine::sampling::detail {
namespace {

using Ids = grapevine::detail::NodeNumbering<std::int64_t>;

template <typename Id>
void insert(const at::Tensor& tensor, Ids& ids) {
  const Id* values = tensor.const_data_ptr<Id>();
  ids.reserve(ids.size() + tensor.numel());
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    if (values[i] >= 0) {  // negative ids are no edges', and mark free places
      ids.number(values[i]);
    }
  }
}

template <typename Id>
at::Tensor find_outside(Ids& ids, const at::Tensor& edge_ids) {
  const Id* edges = edge_ids.const_data_ptr<Id>();
  at::Tensor kept = at::empty({edge_ids.numel()}, at::kLong);
  auto* out = kept.mutable_data_ptr<std::int64_t>();
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < edge_ids.numel(); ++i) {
    out[count] = i;
    count += ids.find(edges[i]) < 0 ? 1 : 0;
  }
  return kept.narrow(0, 0, count);
}

}  // namespace

EdgeSet::EdgeSet(const Graph& graph, const EdgeIds& edges, std::string_view argument) {
  const GraphData& data = graph.graph_data();
  ids_.resize(edges.entries().empty() ? 0 : data.relations.size());
  for (const auto& [key, tensor] : edges.entries()) {
    const auto relation = static_cast<std::size_t>(&data.relation(key) - data.relations.data());
    check_id_tensor(tensor, argument, "edge", data.idtype, at::kCPU);
    const at::Tensor flat = tensor.contiguous();
    data.idtype == at::kInt ? insert<std::int32_t>(flat, ids_[relation])
                            : insert<std::int64_t>(flat, ids_[relation]);
    is_empty_ &= ids_[relation].size() == 0;
  }
}

at::Tensor EdgeSet::positions_outside(std::size_t relation, const at::Tensor& edge_ids) {
  const at::Tensor flat = edge_ids.contiguous();
  return flat.scalar_type() == at::kInt ? find_outside<std::int32_t>(ids_[relation], flat)
                                        : find_outside<std::int64_t>(ids_[relation], flat);
}

void EdgeSet::remove_from(std::size_t relation, Picks& picks) {
  if (is_empty_ || ids_[relation].size() == 0) {
    return;
  }
  const at::Tensor kept = positions_outside(relation, picks.edge_ids);
  if (kept.numel() == picks.edge_ids.numel()) {
    return;
  }
  const auto* positions = kept.const_data_ptr<std::int64_t>();
  auto* offsets = picks.offsets.mutable_data_ptr<std::int64_t>();
  std::int64_t below = 0;  // how many that are kept stand before an offset
  for (std::int64_t i = 0; i < picks.offsets.numel(); ++i) {
    while (below < kept.numel() && positions[below] < offsets[i]) {
      ++below;
    }
    offsets[i] = below;
  }
  picks.neighbors = picks.neighbors.index_select(0, kept);
  picks.edge_ids = picks.edge_ids.index_select(0, kept);
}

}  // namespace grapevine::sampling::detail
