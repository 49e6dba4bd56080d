#include "grapevine/sampling/random_walk.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <algorithm>

#include "grapevine/graph/checks.h"
#include "grapevine/sampling/detail/candidates.h"
#include "grapevine/sampling/detail/row_picker.h"
#include "grapevine/sampling/detail/walk_options.h"
#include "grapevine/util/error.h"
#include "grapevine/util/parallel.h"

namespace grapevine::sampling {
namespace {

constexpr std::int64_t kWalkGrain = 256;

std::vector<double> restart_probabilities(const at::Tensor& given, std::size_t length) {
  if (!given.defined()) {
    return std::vector<double>(length, 0);
  }
  check(given.dim() == 1 && given.numel() == static_cast<std::int64_t>(length),
        "restart_prob: expected one probability for each of {} steps, got shape [{}]", length,
        fmt::join(given.sizes(), ", "));
  const at::Tensor values = given.to(at::kCPU, at::kDouble).contiguous();
  const double* begin = values.const_data_ptr<double>();
  std::vector<double> result(begin, begin + length);
  for (const double value : result) {
    check(value >= 0 && value <= 1, "restart_prob: expected values from 0 to 1, got {}", value);
  }
  return result;
}

template <typename Id>
class Walker {
 public:
  Walker(std::vector<const detail::Candidates*> steps, std::vector<double> restarts, RandomKey key)
      : steps_(std::move(steps)), restarts_(std::move(restarts)), key_(key) {}

  void walk(const at::Tensor& nodes, RandomWalks& walks) const {
    const Id* starts = nodes.const_data_ptr<Id>();
    Id* traces = walks.traces.mutable_data_ptr<Id>();
    Id* eids = walks.eids.mutable_data_ptr<Id>();
    const auto length = static_cast<std::int64_t>(steps_.size());
    parallel_for(0, nodes.numel(), kWalkGrain, [&](std::int64_t begin, std::int64_t end) {
      std::vector<detail::RowPicker<Id>> pickers = make_pickers();
      for (std::int64_t i = begin; i < end; ++i) {
        traces[i * (length + 1)] = starts[i];
        walk_one(pickers, static_cast<std::uint64_t>(i), traces + i * (length + 1),
                 eids + i * length);
      }
    });
  }

 private:
  [[nodiscard]] static const Id* edge_ids(const detail::Candidates& step) {
    return step.rows->edge_ids.defined() ? step.rows->edge_ids.template const_data_ptr<Id>()
                                         : nullptr;
  }

  [[nodiscard]] std::vector<detail::RowPicker<Id>> make_pickers() const {
    std::vector<detail::RowPicker<Id>> pickers;
    for (const detail::Candidates* step : steps_) {
      pickers.emplace_back(step->weights, edge_ids(*step), 1, /*replace=*/true);
    }
    return pickers;
  }

  void walk_one(std::vector<detail::RowPicker<Id>>& pickers, std::uint64_t walk, Id* trace,
                Id* eids) const {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const RandomKey key = key_.fold_in(i);
      if (restarts_[i] > 0 && key.fold_in(0).stream(walk).uniform() < restarts_[i]) {
        return;
      }
      const ops::Csr& rows = *steps_[i]->rows;
      const auto* indptr = rows.indptr.template const_data_ptr<std::int64_t>() + trace[i];
      Id position = 0;
      if (pickers[i].pick({indptr[0], indptr[1] - indptr[0]}, key.stream(walk), &position) == 0) {
        return;
      }
      const Id* ids = edge_ids(*steps_[i]);
      trace[i + 1] = rows.indices.template const_data_ptr<Id>()[position];
      eids[i] = ids == nullptr ? position : ids[position];
    }
  }

  std::vector<const detail::Candidates*> steps_;
  std::vector<double> restarts_;
  RandomKey key_;
};

/// The candidates of each step; checks that each begins where the one before it ends.
std::vector<const detail::Candidates*> find_steps(const Graph& graph,
                                                  const std::vector<detail::Candidates>& candidates,
                                                  const std::vector<EtypeKey>& metapath) {
  std::vector<const detail::Candidates*> steps;
  const GraphData& data = graph.graph_data();
  for (const EtypeKey& key : metapath) {
    const GraphData::Relation& relation = data.relation(key);
    if (!steps.empty()) {
      const CanonicalEtype& before = steps.back()->relation->type;
      check(before.dst == relation.type.src,
            "metapath: expected relations that follow each other, got {} after {}",
            to_string(relation.type), to_string(before));
    }
    steps.push_back(&candidates[static_cast<std::size_t>(&relation - data.relations.data())]);
  }
  return steps;
}

}  // namespace

RandomWalks random_walk(const Graph& graph, const at::Tensor& nodes,
                        const std::vector<EtypeKey>& metapath, const RandomWalkOptions& options,
                        const RandomKey& key) {
  const std::vector<detail::Candidates> candidates =
      detail::find_candidates(graph, detail::walk_options(graph, options.prob));
  std::vector<const detail::Candidates*> steps = find_steps(graph, candidates, metapath);
  const GraphData::NodeSpace& space = *graph.graph_data().src_nodes;
  check(!steps.empty() || space.types.size() == 1,
        "metapath: expected a step, got none, so the type of the nodes is unknown");
  const std::size_t start = steps.empty() ? 0 : steps.front()->node_type;
  check_ids(nodes, "random_walk: nodes", "node", space.counts[start], graph.idtype(), at::kCPU);

  const auto length = static_cast<std::int64_t>(steps.size());
  RandomWalks walks{.traces = at::full({nodes.numel(), length + 1}, -1, graph.idtype()),
                    .eids = at::full({nodes.numel(), length}, -1, graph.idtype()),
                    .types = {static_cast<std::int64_t>(start)}};
  for (const detail::Candidates* step : steps) {
    walks.types.push_back(static_cast<std::int64_t>(step->neighbor_type));
  }
  std::vector<double> restarts = restart_probabilities(options.restart_prob, steps.size());
  if (graph.idtype() == at::kInt) {
    Walker<std::int32_t>(std::move(steps), std::move(restarts), key)
        .walk(nodes.contiguous(), walks);
  } else {
    Walker<std::int64_t>(std::move(steps), std::move(restarts), key)
        .walk(nodes.contiguous(), walks);
  }
  return walks;
}

}  // namespace grapevine::sampling
