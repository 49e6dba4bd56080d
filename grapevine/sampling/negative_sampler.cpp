#include "grapevine/sampling/negative_sampler.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "grapevine/util/error.h"
#include "grapevine/util/parallel.h"

namespace grapevine::sampling {
namespace {

constexpr int kTries = 32;
constexpr std::int64_t kGrain = 4096;

void check_count(std::string_view name, std::int64_t count) {
  check(count >= 0, "{}: expected 0 or more, got {}", name, count);
}

void check_on_cpu(const Graph& graph) {
  check(graph.device().is_cpu(), "negative sampling: expected a graph on the CPU, got one on {}",
        graph.device().str());
}

/// For each of `sources` `k` nodes below `num_nodes`, from a stream of its own.
template <typename Id>
EdgePair draw_destinations(const at::Tensor& sources, std::int64_t k, std::int64_t num_nodes,
                           const RandomKey& key) {
  const Id* source = sources.const_data_ptr<Id>();
  EdgePair pairs{.src = at::empty({sources.numel() * k}, sources.options()),
                 .dst = at::empty({sources.numel() * k}, sources.options())};
  Id* src = pairs.src.mutable_data_ptr<Id>();
  Id* dst = pairs.dst.mutable_data_ptr<Id>();
  parallel_for(0, sources.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      RandomStream stream = key.stream(static_cast<std::uint64_t>(i));
      for (std::int64_t j = i * k; j < (i + 1) * k; ++j) {
        src[j] = source[i];
        dst[j] = static_cast<Id>(stream.below(static_cast<std::uint64_t>(num_nodes)));
      }
    }
  });
  return pairs;
}

/// Draws pairs until none is an edge, or a pair has been drawn too often.
template <typename Id>
class PairDrawer {
 public:
  PairDrawer(const Graph& graph, const GraphData::Relation& relation,
             const GlobalUniformOptions& options)
      : graph_(graph),
        relation_(relation),
        num_src_(relation.adjacency->num_src()),
        num_dst_(relation.adjacency->num_dst()),
        skips_self_loops_(options.exclude_self_loops && relation.type.src == relation.type.dst),
        replace_(options.replace) {}

  EdgePair draw(std::int64_t count, const RandomKey& key) {
    std::vector<std::pair<std::int64_t, std::int64_t>> found(static_cast<std::size_t>(count),
                                                             {-1, -1});
    std::vector<std::int64_t> open(static_cast<std::size_t>(num_src_ * num_dst_ > 0 ? count : 0));
    std::iota(open.begin(), open.end(), 0);
    for (int round = 0; round < kTries && !open.empty(); ++round) {
      open = draw_round(open, key.fold_in(static_cast<std::uint64_t>(round)), found);
    }
    std::erase(found, std::pair<std::int64_t, std::int64_t>{-1, -1});
    return to_tensors(found);
  }

 private:
  using Pairs = std::vector<std::pair<std::int64_t, std::int64_t>>;

  [[nodiscard]] EdgePair to_tensors(const Pairs& pairs) const {
    const auto count = static_cast<std::int64_t>(pairs.size());
    EdgePair result{.src = at::empty({count}, graph_.idtype()),
                    .dst = at::empty({count}, graph_.idtype())};
    Id* src = result.src.mutable_data_ptr<Id>();
    Id* dst = result.dst.mutable_data_ptr<Id>();
    for (const auto& [u, v] : pairs) {
      *src++ = static_cast<Id>(u);
      *dst++ = static_cast<Id>(v);
    }
    return result;
  }

  /// Draws for the places that are open; returns those that still are.
  std::vector<std::int64_t> draw_round(const std::vector<std::int64_t>& open, const RandomKey& key,
                                       Pairs& found) {
    Pairs drawn;
    for (const std::int64_t place : open) {
      RandomStream stream = key.stream(static_cast<std::uint64_t>(place));
      const auto u = static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(num_src_)));
      const auto v = static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(num_dst_)));
      drawn.emplace_back(u, v);
    }
    const EdgePair ends = to_tensors(drawn);
    const at::Tensor is_edge = graph_.has_edges_between(ends.src, ends.dst, relation_.type);
    const bool* edge = is_edge.const_data_ptr<bool>();
    std::vector<std::int64_t> still_open;
    for (std::size_t i = 0; i < open.size(); ++i) {
      const bool is_loop = skips_self_loops_ && drawn[i].first == drawn[i].second;
      if (edge[i] || is_loop || (!replace_ && !seen_.insert(drawn[i]).second)) {
        still_open.push_back(open[i]);
      } else {
        found[static_cast<std::size_t>(open[i])] = drawn[i];
      }
    }
    return still_open;
  }

  const Graph& graph_;
  const GraphData::Relation& relation_;
  std::int64_t num_src_;
  std::int64_t num_dst_;
  bool skips_self_loops_;
  bool replace_;
  std::set<std::pair<std::int64_t, std::int64_t>> seen_;
};

}  // namespace

PerSourceUniform::PerSourceUniform(std::int64_t k) : k_(k) {
  check_count("PerSourceUniform: k", k);
}

PairsByRelation PerSourceUniform::sample(const Graph& graph, const EdgesByRelation& edges,
                                         const RandomKey& key) const {
  check_on_cpu(graph);
  PairsByRelation result;
  for (const auto& [etype, eids] : edges) {
    const GraphData& data = graph.graph_data();
    const GraphData::Relation& relation = data.relation(etype);
    const auto index = static_cast<std::uint64_t>(&relation - data.relations.data());
    const at::Tensor sources = graph.find_edges(eids, etype).src.contiguous();
    const std::int64_t num_dst = relation.adjacency->num_dst();
    result[etype] = graph.idtype() == at::kInt
                        ? draw_destinations<std::int32_t>(sources, k_, num_dst, key.fold_in(index))
                        : draw_destinations<std::int64_t>(sources, k_, num_dst, key.fold_in(index));
  }
  return result;
}

void PerSourceUniform::prepare(const Graph& graph) const {
  for (const CanonicalEtype& etype : graph.canonical_etypes()) {
    static_cast<void>(graph.adjacency(etype)->coo());
  }
}

EdgePair global_uniform_negative_sampling(const Graph& graph, std::int64_t num_samples,
                                          const GlobalUniformOptions& options, const RandomKey& key,
                                          const EtypeKey& etype) {
  check_on_cpu(graph);
  check_count("num_samples", num_samples);
  const GraphData::Relation& relation = graph.graph_data().relation(etype);
  return graph.idtype() == at::kInt
             ? PairDrawer<std::int32_t>(graph, relation, options).draw(num_samples, key)
             : PairDrawer<std::int64_t>(graph, relation, options).draw(num_samples, key);
}

GlobalUniform::GlobalUniform(std::int64_t k, GlobalUniformOptions options)
    : k_(k), options_(options) {
  check_count("GlobalUniform: k", k);
}

PairsByRelation GlobalUniform::sample(const Graph& graph, const EdgesByRelation& edges,
                                      const RandomKey& key) const {
  PairsByRelation result;
  for (const auto& [etype, eids] : edges) {
    const GraphData& data = graph.graph_data();
    const auto index = static_cast<std::uint64_t>(&data.relation(etype) - data.relations.data());
    result[etype] = global_uniform_negative_sampling(graph, eids.numel() * k_, options_,
                                                     key.fold_in(index), etype);
  }
  return result;
}

}  // namespace grapevine::sampling
