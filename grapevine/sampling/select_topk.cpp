#include "grapevine/sampling/select_topk.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "grapevine/sampling/detail/candidates.h"
#include "grapevine/sampling/detail/frontier.h"
#include "grapevine/sampling/detail/row_picker.h"
#include "grapevine/util/error.h"
#include "grapevine/util/parallel.h"

namespace grapevine::sampling {
namespace {

constexpr std::int64_t kTopkGrain = 512;

struct TopkTask {
  const detail::Candidates& candidates;
  const at::Tensor& nodes;
  std::int64_t k;
  const std::string& weight;
  const at::Tensor& column;
  bool ascending;
};

template <typename Id, typename Weight>
class TopkPicker {
 public:
  explicit TopkPicker(const TopkTask& task)
      : task_(task),
        nodes_(task.nodes.const_data_ptr<Id>()),
        indptr_(task.candidates.rows->indptr.const_data_ptr<std::int64_t>()),
        indices_(task.candidates.rows->indices.const_data_ptr<Id>()),
        weights_(task.column.const_data_ptr<Weight>()) {
    if (task.candidates.rows->edge_ids.defined()) {
      edge_ids_ = task.candidates.rows->edge_ids.const_data_ptr<Id>();
    }
  }

  detail::Picks pick() {
    const std::int64_t num_nodes = task_.nodes.numel();
    detail::Picks picks{.offsets = at::empty({num_nodes + 1}, at::kLong)};
    auto* offsets = picks.offsets.mutable_data_ptr<std::int64_t>();
    offsets[0] = 0;
    for (std::int64_t i = 0; i < num_nodes; ++i) {
      offsets[i + 1] = offsets[i] + detail::RowPicker<Id>::bound(degree(i), task_.k, false);
    }
    picks.neighbors = at::empty({offsets[num_nodes]}, task_.nodes.options());
    picks.edge_ids = at::empty({offsets[num_nodes]}, task_.nodes.options());
    Id* neighbors = picks.neighbors.mutable_data_ptr<Id>();
    Id* edges = picks.edge_ids.mutable_data_ptr<Id>();
    parallel_for(0, num_nodes, kTopkGrain, [&](std::int64_t begin, std::int64_t end) {
      std::vector<std::int64_t> positions;
      for (std::int64_t i = begin; i < end; ++i) {
        choose(i, offsets[i + 1] - offsets[i], positions);
        for (std::int64_t j = offsets[i]; j < offsets[i + 1]; ++j) {
          const std::int64_t position = positions[static_cast<std::size_t>(j - offsets[i])];
          neighbors[j] = indices_[position];
          edges[j] = static_cast<Id>(edge_at(position));
        }
      }
    });
    return picks;
  }

 private:
  [[nodiscard]] std::int64_t degree(std::int64_t i) const {
    return indptr_[nodes_[i] + 1] - indptr_[nodes_[i]];
  }
  [[nodiscard]] std::int64_t edge_at(std::int64_t position) const {
    return edge_ids_ == nullptr ? position : static_cast<std::int64_t>(edge_ids_[position]);
  }

  /// Puts node i's first `count` choices at the front of its `positions`.
  void choose(std::int64_t i, std::int64_t count, std::vector<std::int64_t>& positions) const {
    positions.resize(static_cast<std::size_t>(degree(i)));
    std::iota(positions.begin(), positions.end(), indptr_[nodes_[i]]);
    if constexpr (std::is_floating_point_v<Weight>) {
      for (const std::int64_t position : positions) {
        check(!std::isnan(weights_[edge_at(position)]), "weight \"{}\": expected numbers, got NaN",
              task_.weight);
      }
    }
    std::partial_sort(positions.begin(), positions.begin() + count, positions.end(),
                      [&](std::int64_t left, std::int64_t right) {
                        const Weight a = weights_[edge_at(left)];
                        const Weight b = weights_[edge_at(right)];
                        return a == b ? left < right : (task_.ascending ? a < b : a > b);
                      });
  }

  const TopkTask& task_;
  const Id* nodes_;
  const std::int64_t* indptr_;
  const Id* indices_;
  const Weight* weights_;
  const Id* edge_ids_ = nullptr;
};

template <typename Id>
detail::Picks pick_topk(const TopkTask& task) {
  switch (task.column.scalar_type()) {
    case at::kFloat:
      return TopkPicker<Id, float>(task).pick();
    case at::kDouble:
      return TopkPicker<Id, double>(task).pick();
    case at::kInt:
      return TopkPicker<Id, std::int32_t>(task).pick();
    case at::kLong:
      return TopkPicker<Id, std::int64_t>(task).pick();
    default:
      fail("weight \"{}\": expected float32, float64, int32 or int64, got {}", task.weight,
           at::toString(task.column.scalar_type()));
  }
}

at::Tensor weight_column(const GraphData::Relation& relation, const std::string& weight) {
  check(relation.frame->contains(weight), "weight \"{}\": relation {} has no such feature", weight,
        to_string(relation.type));
  const at::Tensor column = relation.frame->get(weight);
  check(column.dim() == 1, "weight \"{}\": expected one value for each edge, got {} dimensions",
        weight, column.dim());
  return column.contiguous();
}

}  // namespace

Graph select_topk(const Graph& graph, const NodeIds& nodes, const Fanout& k,
                  const std::string& weight, const SelectTopkOptions& options) {
  const std::vector<detail::Candidates> candidates =
      detail::find_candidates(graph, {.edge_dir = options.edge_dir});
  const std::vector<at::Tensor> ids = detail::ids_by_type(graph, nodes, "select_topk: nodes");
  const std::vector<std::int64_t> counts = k.resolve(graph);
  std::vector<detail::Picks> picks;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const at::Tensor column = weight_column(*candidates[i].relation, weight);
    const TopkTask task{.candidates = candidates[i],
                        .nodes = ids[candidates[i].node_type],
                        .k = counts[i],
                        .weight = weight,
                        .column = column,
                        .ascending = options.ascending};
    picks.push_back(graph.idtype() == at::kInt ? pick_topk<std::int32_t>(task)
                                               : pick_topk<std::int64_t>(task));
  }
  return detail::make_frontier(graph, candidates, ids, picks, options.edge_dir);
}

}  // namespace grapevine::sampling
