#include "grapevine/sampling/detail/pick_neighbors.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_map>

#include "grapevine/sampling/detail/row_picker.h"
#include "grapevine/util/error.h"
#include "grapevine/util/parallel.h"

namespace grapevine::sampling::detail {
namespace {

constexpr std::int64_t kNodeGrain = 2048;
constexpr std::int64_t kPickGrain = 32768;
constexpr std::int64_t kAhead = 16;
constexpr std::int64_t kMostPicks = std::int64_t{1} << 40;

template <typename Id>
class Picker {
 public:
  explicit Picker(const PickTask& task)
      : task_(task),
        num_nodes_(task.nodes.numel()),
        nodes_(task.nodes.const_data_ptr<Id>()),
        indptr_(task.candidates.rows->indptr.const_data_ptr<std::int64_t>()),
        indices_(task.candidates.rows->indices.const_data_ptr<Id>()) {
    if (task.candidates.rows->edge_ids.defined()) {
      edge_ids_ = task.candidates.rows->edge_ids.template const_data_ptr<Id>();
    }
  }

  Picks pick() {
    const at::Tensor offsets_tensor = at::empty({num_nodes_ + 1}, at::kLong);
    offsets_ = offsets_tensor.mutable_data_ptr<std::int64_t>();
    plan();
    const at::TensorOptions options(task_.nodes.scalar_type());
    at::Tensor picked = at::empty({offsets_[num_nodes_]}, options);
    picked_ = picked.mutable_data_ptr<Id>();
    const EdgeWeights& weights = task_.candidates.weights;
    if (weights.column.defined() && (weights.table == nullptr || !weights.table->all_positive())) {
      counts_.resize(num_nodes_);
    }
    parallel_for(0, num_nodes_, kNodeGrain,
                 [&](std::int64_t begin, std::int64_t end) { pick_rows(begin, end); });
    if (!counts_.empty()) {
      close_gaps();
      picked = picked.narrow(0, 0, offsets_[num_nodes_]).clone();
      picked_ = picked.mutable_data_ptr<Id>();
    }
    at::Tensor neighbors = at::empty({offsets_[num_nodes_]}, options);
    neighbors_ = neighbors.mutable_data_ptr<Id>();
    parallel_for(0, offsets_[num_nodes_], kPickGrain,
                 [&](std::int64_t begin, std::int64_t end) { look_up(begin, end); });
    return task_.positions_only ? Picks{offsets_tensor, std::move(neighbors), {}, std::move(picked)}
                                : Picks{offsets_tensor, std::move(neighbors), std::move(picked)};
  }

 private:
  [[nodiscard]] Row row(std::int64_t i) const {
    const std::int64_t begin = indptr_[nodes_[i]];
    return {begin, indptr_[nodes_[i] + 1] - begin};
  }

  /// Room for the most that each node may pick.
  void plan() {
    if (task_.replace && task_.fanout > 0) {
      check(num_nodes_ <= kMostPicks / task_.fanout,
            "fanout: expected at most {} picks in all, got {} for each of {} nodes", kMostPicks,
            task_.fanout, num_nodes_);
    }
    offsets_[0] = 0;
    for (std::int64_t i = 0; i < num_nodes_; ++i) {
      __builtin_prefetch(&indptr_[nodes_[std::min(i + kAhead, num_nodes_ - 1)]]);
      offsets_[i + 1] =
          offsets_[i] + RowPicker<Id>::bound(row(i).degree, task_.fanout, task_.replace);
    }
  }

  void pick_rows(std::int64_t begin, std::int64_t end) {
    RowPicker<Id> picker(task_.candidates.weights, edge_ids_, task_.fanout, task_.replace);
    if (picker.looks_ahead()) {
      return pick_rows_looking_ahead(picker, begin, end);
    }
    for (std::int64_t i = begin; i < end; ++i) {
      note_count(i, picker.pick(row(i), stream(i), picked_ + offsets_[i]));
    }
  }

  void pick_rows_looking_ahead(RowPicker<Id>& picker, std::int64_t begin, std::int64_t end) {
    std::array<DrawnAhead, 8> drawn;
    for (std::int64_t first = begin; first < end; first += std::ssize(drawn)) {
      const std::int64_t last = std::min(first + std::ssize(drawn), end);
      for (std::int64_t i = first; i < last; ++i) {
        drawn[i - first] = DrawnAhead(stream(i));
        picker.look_ahead(row(i), drawn[i - first]);
      }
      for (std::int64_t i = first; i < last; ++i) {
        note_count(i, picker.pick_drawn(row(i), drawn[i - first], picked_ + offsets_[i]));
      }
    }
  }

  [[nodiscard]] RandomStream stream(std::int64_t i) const {
    const std::uint32_t repeat = task_.occurrences.empty() ? 0 : task_.occurrences[i];
    const RandomKey key = repeat == 0 ? task_.key : task_.key.fold_in(repeat);
    return key.stream(static_cast<std::uint64_t>(nodes_[i]));
  }

  void note_count(std::int64_t i, std::int64_t count) {
    if (!counts_.empty()) {
      counts_[i] = count;
    }
  }

  void close_gaps() {
    std::int64_t out = 0;
    for (std::int64_t i = 0; i < num_nodes_; ++i) {
      const Id* from = picked_ + offsets_[i];
      std::copy(from, from + counts_[i], picked_ + out);
      offsets_[i] = out;
      out += counts_[i];
    }
    offsets_[num_nodes_] = out;
  }

  /// From positions to neighbours and, unless only positions are wanted, edge ids.
  void look_up(std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Id ahead = picked_[std::min(i + kAhead, end - 1)];
      __builtin_prefetch(&indices_[ahead]);
      neighbors_[i] = indices_[picked_[i]];
    }
    if (edge_ids_ == nullptr || task_.positions_only) {
      return;
    }
    for (std::int64_t i = begin; i < end; ++i) {
      picked_[i] = edge_ids_[picked_[i]];
    }
  }

  const PickTask& task_;
  std::int64_t num_nodes_;
  const Id* nodes_;
  const std::int64_t* indptr_;
  const Id* indices_;
  const Id* edge_ids_ = nullptr;
  std::int64_t* offsets_ = nullptr;
  Id* picked_ = nullptr;
  Id* neighbors_ = nullptr;
  std::vector<std::int64_t> counts_;  // where fewer may be picked than there is room for
};

template <typename Id>
std::vector<std::uint32_t> count_occurrences_of(const at::Tensor& nodes) {
  const Id* ids = nodes.const_data_ptr<Id>();
  std::vector<std::uint32_t> occurrences;
  std::unordered_map<Id, std::uint32_t> seen;
  seen.reserve(nodes.numel());
  for (std::int64_t i = 0; i < nodes.numel(); ++i) {
    const std::uint32_t before = seen[ids[i]]++;
    if (before > 0) {
      occurrences.resize(nodes.numel());
      occurrences[i] = before;
    }
  }
  return occurrences;
}

}  // namespace

Picks pick_neighbors(const PickTask& task) {
  return task.nodes.scalar_type() == at::kInt ? Picker<std::int32_t>(task).pick()
                                              : Picker<std::int64_t>(task).pick();
}

std::vector<std::uint32_t> count_occurrences(const at::Tensor& nodes) {
  return nodes.scalar_type() == at::kInt ? count_occurrences_of<std::int32_t>(nodes)
                                         : count_occurrences_of<std::int64_t>(nodes);
}

}  // namespace grapevine::sampling::detail
