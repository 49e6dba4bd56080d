#include "grapevine/dataloading/detail/batch_ids.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <utility>

#include "grapevine/graph/checks.h"

namespace grapevine::dataloading::detail {

IdList::IdList(const NodeIds& ids) {
  for (const auto& [type, tensor] : ids.map()) {
    types_.push_back(type);
    ids_.push_back(tensor);
    offsets_.push_back(offsets_.back() + tensor.numel());
  }
}

NodeIds IdList::slice(const at::Tensor& order, std::int64_t begin, std::int64_t end) const {
  if (types_.size() == 1 && order.defined()) {
    const at::Tensor positions = order.narrow(0, begin, end - begin).to(ids_.front().device());
    return NodeIds(NodeIds::Map{{types_.front(), ids_.front().index_select(0, positions)}});
  }
  NodeIds::Map result;
  if (!order.defined()) {
    for (std::size_t type = 0; type < types_.size(); ++type) {
      const std::int64_t first = std::max(begin, offsets_[type]);
      const std::int64_t last = std::min(end, offsets_[type + 1]);
      if (first < last) {
        result[types_[type]] = ids_[type].narrow(0, first - offsets_[type], last - first).clone();
      }
    }
    return NodeIds(std::move(result));
  }
  std::vector<std::vector<std::int64_t>> positions(types_.size());
  const std::int64_t* shuffled = order.const_data_ptr<std::int64_t>();
  for (std::int64_t i = begin; i < end; ++i) {
    const auto next = std::upper_bound(offsets_.begin(), offsets_.end(), shuffled[i]);
    const std::ptrdiff_t type = next - offsets_.begin() - 1;
    positions[type].push_back(shuffled[i] - offsets_[type]);
  }
  for (std::size_t type = 0; type < types_.size(); ++type) {
    if (!positions[type].empty()) {
      result[types_[type]] = gather(type, positions[type]);
    }
  }
  return NodeIds(std::move(result));
}

at::Tensor IdList::gather(std::size_t type, const std::vector<std::int64_t>& positions) const {
  at::Tensor rows = at::empty({static_cast<std::int64_t>(positions.size())}, at::kLong);
  std::copy(positions.begin(), positions.end(), rows.mutable_data_ptr<std::int64_t>());
  return ids_[type].index_select(0, rows.to(ids_[type].device()));
}

at::Tensor shuffled_positions(std::int64_t count, RandomStream stream) {
  at::Tensor order = at::arange(count, at::kLong);
  auto* positions = order.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = count - 1; i > 0; --i) {
    std::swap(positions[i], positions[stream.below(static_cast<std::uint64_t>(i) + 1)]);
  }
  return order;
}

void check_positions(const std::optional<at::Tensor>& positions, std::int64_t count) {
  if (positions) {
    check_ids(*positions, "DataLoader: positions", "id", count, at::kLong, at::kCPU);
  }
}

at::Tensor epoch_order(const IdList& ids, const std::optional<at::Tensor>& positions, bool shuffle,
                       RandomStream stream) {
  if (!positions) {
    return shuffle ? shuffled_positions(ids.size(), stream) : at::Tensor();
  }
  return shuffle ? positions->index_select(0, shuffled_positions(positions->numel(), stream))
                 : *positions;
}

}  // namespace grapevine::dataloading::detail
