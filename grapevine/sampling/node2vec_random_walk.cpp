#include "grapevine/sampling/node2vec_random_walk.h"

#include <ATen/ops/full.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "grapevine/graph/checks.h"
#include "grapevine/sampling/detail/candidates.h"
#include "grapevine/sampling/detail/row_picker.h"
#include "grapevine/sampling/detail/walk_options.h"
#include "grapevine/util/error.h"
#include "grapevine/util/parallel.h"

namespace grapevine::sampling {
namespace {

constexpr std::int64_t kNode2vecGrain = 64;
// Proposals that may be refused before all edges of a node are looked at, which is as random.
constexpr int kProposals = 8;

/// The chances of the three kinds of steps, the largest 1.
struct StepChances {
  double back;
  double near;
  double away;

  StepChances(double p, double q) : back(1 / p), near(1), away(1 / q) {
    const double largest = std::max({back, near, away});
    back /= largest;
    near /= largest;
    away /= largest;
  }
};

void check_parameter(const char* name, double value) {
  check(std::isnormal(value) && value > 0 && std::isfinite(1 / value),
        "node2vec_random_walk: {}: expected a positive number, got {}", name, value);
}

template <typename Id>
class Node2vecWalker {
 public:
  Node2vecWalker(const detail::Candidates& edges, const Node2vecOptions& options, RandomKey key)
      : weights_(edges.weights),
        out_(*edges.rows),
        in_(edges.relation->adjacency->csc()),
        chances_(options.p, options.q),
        key_(key) {}

  void walk(const at::Tensor& nodes, RandomWalks& walks) const {
    const std::int64_t length = walks.eids.size(1);
    const Id* starts = nodes.const_data_ptr<Id>();
    Id* traces = walks.traces.mutable_data_ptr<Id>();
    Id* eids = walks.eids.mutable_data_ptr<Id>();
    parallel_for(0, nodes.numel(), kNode2vecGrain, [&](std::int64_t begin, std::int64_t end) {
      detail::RowPicker<Id> picker(weights_, edge_ids(), 1, /*replace=*/true);
      std::vector<Id> leads_back;
      for (std::int64_t i = begin; i < end; ++i) {
        Id* trace = traces + i * (length + 1);
        trace[0] = starts[i];
        for (std::int64_t step = 0; step < length; ++step) {
          const RandomStream stream =
              key_.fold_in(static_cast<std::uint64_t>(step)).stream(static_cast<std::uint64_t>(i));
          Id position = 0;
          const std::int64_t count =
              step == 0 ? picker.pick(row(out_, trace[0]), stream, &position)
                        : pick_next(picker, leads_back, trace + step, stream, &position);
          if (count == 0) {
            break;
          }
          trace[step + 1] = ends(out_)[position];
          eids[i * length + step] = edge_ids() == nullptr ? position : edge_ids()[position];
        }
      }
    });
  }

 private:
  [[nodiscard]] const Id* edge_ids() const {
    return out_.edge_ids.defined() ? out_.edge_ids.template const_data_ptr<Id>() : nullptr;
  }
  static const Id* ends(const ops::Csr& rows) { return rows.indices.template const_data_ptr<Id>(); }
  static detail::Row row(const ops::Csr& rows, Id node) {
    const auto* indptr = rows.indptr.template const_data_ptr<std::int64_t>() + node;
    return {indptr[0], indptr[1] - indptr[0]};
  }
  static bool contains(const ops::Csr& rows, detail::Row row, Id end) {
    const Id* begin = ends(rows) + row.begin;
    return std::find(begin, begin + row.degree, end) != begin + row.degree;
  }

  [[nodiscard]] bool has_edge(Id src, Id dst) const {
    const detail::Row from = row(out_, src);
    const detail::Row to = row(in_, dst);
    return from.degree <= to.degree ? contains(out_, from, dst) : contains(in_, to, src);
  }

  /// The position of the next edge of `node[0]`, to which the walk came from `node[-1]`; returns
  /// whether there is one.
  std::int64_t pick_next(detail::RowPicker<Id>& picker, std::vector<Id>& leads_back, const Id* node,
                         RandomStream stream, Id* position) const {
    const detail::Row edges = row(out_, node[0]);
    const Id before = node[-1];
    if (!weights_.column.defined() && edges.degree > 1) {
      for (int i = 0; i < kProposals; ++i) {
        const auto chosen = static_cast<Id>(
            edges.begin +
            static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(edges.degree))));
        const Id next = ends(out_)[chosen];
        const double chance = next == before           ? chances_.back
                              : has_edge(next, before) ? chances_.near
                                                       : chances_.away;
        if (stream.uniform() < chance) {
          *position = chosen;
          return 1;
        }
      }
    }
    const detail::Row back = row(in_, before);
    leads_back.assign(ends(in_) + back.begin, ends(in_) + back.begin + back.degree);
    std::sort(leads_back.begin(), leads_back.end());
    const auto chance = [&](std::int64_t at) {
      const Id next = ends(out_)[at];
      return next == before                                                   ? chances_.back
             : std::binary_search(leads_back.begin(), leads_back.end(), next) ? chances_.near
                                                                              : chances_.away;
    };
    return picker.pick_one(edges, stream, chance, position);
  }

  const detail::EdgeWeights& weights_;
  const ops::Csr& out_;
  const ops::Csr& in_;
  StepChances chances_;
  RandomKey key_;
};

}  // namespace

RandomWalks node2vec_random_walk(const Graph& graph, const at::Tensor& nodes,
                                 std::int64_t walk_length, const Node2vecOptions& options,
                                 const RandomKey& key) {
  check(graph.is_homogeneous(),
        "node2vec_random_walk: expected a homogeneous graph, got {} node types and {} edge types",
        graph.ntypes().size(), graph.canonical_etypes().size());
  check(walk_length >= 0, "node2vec_random_walk: walk_length: expected 0 or more, got {}",
        walk_length);
  check_parameter("p", options.p);
  check_parameter("q", options.q);
  const std::vector<detail::Candidates> candidates =
      detail::find_candidates(graph, detail::walk_options(graph, options.prob));
  check_ids(nodes, "node2vec_random_walk: nodes", "node", graph.num_nodes(), graph.idtype(),
            at::kCPU);
  RandomWalks walks{
      .traces = at::full({nodes.numel(), walk_length + 1}, -1, graph.idtype()),
      .eids = at::full({nodes.numel(), walk_length}, -1, graph.idtype()),
      .types = std::vector<std::int64_t>(static_cast<std::size_t>(walk_length) + 1, 0)};
  if (graph.idtype() == at::kInt) {
    Node2vecWalker<std::int32_t>(candidates.front(), options, key).walk(nodes.contiguous(), walks);
  } else {
    Node2vecWalker<std::int64_t>(candidates.front(), options, key).walk(nodes.contiguous(), walks);
  }
  return walks;
}

}  // namespace grapevine::sampling
