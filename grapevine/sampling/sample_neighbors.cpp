#include "grapevine/sampling/sample_neighbors.h"

#include <map>

#include "grapevine/sampling/detail/candidates.h"
#include "grapevine/sampling/detail/frontier.h"
#include "grapevine/sampling/detail/pick_neighbors.h"
#include "grapevine/util/error.h"

namespace grapevine::sampling {
namespace {

void check_count(std::int64_t count) {
  check(count >= -1, "fanout: expected -1 or more, got {}", count);
}

}  // namespace

Fanout::Fanout(std::int64_t count) : count_(count) { check_count(count); }

Fanout::Fanout(std::initializer_list<std::pair<EtypeKey, std::int64_t>> by_relation)
    : Fanout(std::vector<std::pair<EtypeKey, std::int64_t>>(by_relation)) {}

Fanout::Fanout(std::vector<std::pair<EtypeKey, std::int64_t>> by_relation)
    : by_relation_(std::move(by_relation)) {
  for (const auto& [etype, count] : by_relation_) {
    check_count(count);
  }
}

std::vector<std::int64_t> Fanout::resolve(const Graph& graph) const {
  const std::vector<CanonicalEtype>& etypes = graph.canonical_etypes();
  if (count_) {
    return std::vector<std::int64_t>(etypes.size(), *count_);
  }
  std::map<CanonicalEtype, std::int64_t> counts;
  for (const auto& [key, count] : by_relation_) {
    const CanonicalEtype etype = graph.to_canonical_etype(key);
    check(counts.emplace(etype, count).second, "fanout: relation {} is named twice",
          to_string(etype));
  }
  std::vector<std::int64_t> result;
  for (const CanonicalEtype& etype : etypes) {
    const auto found = counts.find(etype);
    check(found != counts.end(), "fanout: expected a number for every relation, got none for {}",
          to_string(etype));
    result.push_back(found->second);
  }
  return result;
}

Graph sample_neighbors(const Graph& graph, const NodeIds& nodes, const Fanout& fanout,
                       const NeighborSamplerOptions& options, const RandomKey& key) {
  const std::vector<detail::Candidates> candidates = detail::find_candidates(graph, options);
  const std::vector<at::Tensor> ids = detail::ids_by_type(graph, nodes, "sample_neighbors: nodes");
  const std::vector<std::int64_t> fanouts = fanout.resolve(graph);
  std::vector<detail::Picks> picks;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const at::Tensor& seeds = ids[candidates[i].node_type];
    picks.push_back(detail::pick_neighbors({.candidates = candidates[i],
                                            .nodes = seeds,
                                            .occurrences = detail::count_occurrences(seeds),
                                            .fanout = fanouts[i],
                                            .replace = options.replace,
                                            .key = key.fold_in(i)}));
  }
  return detail::make_frontier(graph, candidates, ids, picks, options.edge_dir);
}

}  // namespace grapevine::sampling
