#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/util/random.h"

namespace grapevine::sampling {

/// Which edges of a node are its candidates: those that enter it or those that leave it.
enum class EdgeDirection { kIn, kOut };

/// How many edges a node picks in one layer: one number for every relation, or one for each. -1
/// means all.
///
///     Fanout by_relation{{"follows", 3}, {"likes", -1}};
class Fanout {
 public:
  /// Throws `Error` below -1.
  Fanout(std::int64_t count);  // NOLINT(google-explicit-constructor)
  /// Every relation of the graph must be named. Throws `Error` below -1.
  Fanout(std::initializer_list<std::pair<EtypeKey, std::int64_t>> by_relation);
  explicit Fanout(std::vector<std::pair<EtypeKey, std::int64_t>> by_relation);
  /// One number for each relation of `graph`, in the order of its `canonical_etypes`. Throws
  /// `Error` for a relation that is unknown, missing or named twice.
  [[nodiscard]] std::vector<std::int64_t> resolve(const Graph& graph) const;

 private:
  std::optional<std::int64_t> count_;  // for every relation
  std::vector<std::pair<EtypeKey, std::int64_t>> by_relation_;
};

/// How neighbours are picked. `prob` and `mask` name an edge feature `[num_edges]`; at most one may
/// be given. A relation without the feature is sampled uniformly, but some relation must have it.
struct NeighborSamplerOptions {
  EdgeDirection edge_dir = EdgeDirection::kIn;
  /// float32 or float64, finite and not negative; need not sum to 1; 0 is never picked.
  std::string prob = {};
  /// bool, uint8 or int8; only edges that are not 0 are candidates.
  std::string mask = {};
  /// Exactly fanout picks, with repeats, for a node that has any candidate.
  bool replace = false;
};

/// The graph of the picked edges over all nodes of `graph`, which is on the CPU and not a block.
/// The edges of a node stand together, in the order of `nodes`, and keep their direction;
/// `edata()[EID]` `[num_picked]` holds the ids they have in `graph`. All features of `graph` come
/// along, those of edges lazily. Node types that `nodes` lacks pick nothing, a node given twice
/// picks twice.
///
/// Without replacement a node picks min(fanout, candidates) different edges, by `prob` as if one
/// after the other (Efraimidis and Spirakis, 2006); with replacement exactly `fanout` if it has a
/// candidate; -1 takes every candidate once. Equal keys give equal picks for any number of threads.
///
/// Throws `Error` for node ids that are out of range or of another type than the graph's, an
/// unknown feature, one of the wrong type, and NaN, infinite or negative probabilities (of the
/// edges that were looked at). O(number of nodes + picks), with `prob` or `mask` O(degrees of the
/// nodes), for any size of the graph. Source: `dgl.sampling.sample_neighbors`.
[[nodiscard]] Graph sample_neighbors(const Graph& graph, const NodeIds& nodes, const Fanout& fanout,
                                     const NeighborSamplerOptions& options, const RandomKey& key);

}  // namespace grapevine::sampling
