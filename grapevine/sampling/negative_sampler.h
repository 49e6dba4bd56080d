#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>

#include "grapevine/graph/graph.h"
#include "grapevine/util/random.h"

namespace grapevine::sampling {

/// Ids of edges `[n]` by relation.
using EdgesByRelation = std::map<CanonicalEtype, at::Tensor>;
/// Endpoints of pairs of nodes `[n]` by relation.
using PairsByRelation = std::map<CanonicalEtype, EdgePair>;

/// How to get pairs of nodes that stand for edges that are not there. To write one, derive from
/// this, implement `sample`, and hand it to an `EdgePredictionSampler`.
class NegativeSampler {
 public:
  NegativeSampler() = default;
  virtual ~NegativeSampler() = default;

  /// Pairs for the edges `edges` of `graph`, for some or all of their relations, in the graph's id
  /// type. Several threads call this at once, so it must keep no state and draw only from `key`.
  [[nodiscard]] virtual PairsByRelation sample(const Graph& graph, const EdgesByRelation& edges,
                                               const RandomKey& key) const = 0;

  /// Called once before an epoch: makes the formats that `sample` will read. By default all.
  virtual void prepare(const Graph& graph) const { graph.create_formats_(); }

 protected:
  NegativeSampler(const NegativeSampler&) = default;
  NegativeSampler& operator=(const NegativeSampler&) = default;
};

/// `k` pairs for each edge: its source, and a destination drawn uniformly from all nodes of that
/// type, which may be a neighbour by chance. The pairs of an edge stand together, in the order of
/// the edges. O(pairs). Source: `dgl.dataloading.negative_sampler.Uniform` (`PerSourceUniform`).
class PerSourceUniform : public NegativeSampler {
 public:
  /// Throws `Error` for `k` below 0.
  explicit PerSourceUniform(std::int64_t k);
  /// Throws `Error` for edge ids that are not the graph's.
  [[nodiscard]] PairsByRelation sample(const Graph& graph, const EdgesByRelation& edges,
                                       const RandomKey& key) const override;
  void prepare(const Graph& graph) const override;
  [[nodiscard]] std::int64_t k() const { return k_; }

 private:
  std::int64_t k_;
};

struct GlobalUniformOptions {
  bool exclude_self_loops = true;  ///< only where both ends are of one type
  bool replace = false;            ///< whether a pair may come twice
};

/// Up to `num_samples` pairs of nodes without an edge between them, drawn uniformly from all such
/// pairs of a relation. A few fewer if the graph is so dense, or so small, that 32 draws find none
/// for some. O(pairs * log(degree)). Source: `dgl.sampling.global_uniform_negative_sampling`, which
/// makes up for misses by drawing more than asked for.
[[nodiscard]] EdgePair global_uniform_negative_sampling(const Graph& graph,
                                                        std::int64_t num_samples,
                                                        const GlobalUniformOptions& options,
                                                        const RandomKey& key,
                                                        const EtypeKey& etype = {});

/// At most `k` pairs for each edge, as `global_uniform_negative_sampling` gives them. Source:
/// `dgl.dataloading.negative_sampler.GlobalUniform`.
class GlobalUniform : public NegativeSampler {
 public:
  /// Throws `Error` for `k` below 0.
  explicit GlobalUniform(std::int64_t k, GlobalUniformOptions options = {});
  [[nodiscard]] PairsByRelation sample(const Graph& graph, const EdgesByRelation& edges,
                                       const RandomKey& key) const override;
  [[nodiscard]] std::int64_t k() const { return k_; }
  [[nodiscard]] const GlobalUniformOptions& options() const { return options_; }

 private:
  std::int64_t k_;
  GlobalUniformOptions options_;
};

}  // namespace grapevine::sampling
