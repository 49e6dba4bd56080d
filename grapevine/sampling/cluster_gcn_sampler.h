#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "grapevine/graph/transform/metis_partition_assignment.h"
#include "grapevine/sampling/sampler.h"

namespace grapevine::sampling {

/// The nodes of a graph cluster by cluster: those of cluster i are `node_ids[offsets[i]]` to
/// `node_ids[offsets[i + 1] - 1]`.
struct Clusters {
  at::Tensor offsets;   ///< `[num_clusters + 1]` int64
  at::Tensor node_ids;  ///< `[num_nodes]` int64, each node once
};

/// The clusters of an assignment, the cluster `0 .. num_clusters - 1` of each node: `[num_nodes]`,
/// int32 or int64. The nodes of a cluster stand in ascending order. Throws `Error` for other
/// clusters.
[[nodiscard]] Clusters clusters_of(const at::Tensor& assignment, std::int64_t num_clusters);

/// Gives subgraphs of clusters of nodes between which there are few edges (Chiang et al., 2019,
/// Cluster-GCN). The seeds are clusters, not nodes, and a batch is the subgraph of their nodes with
/// every edge between them, those from one of the clusters to another included.
///
///     ClusterGCNSampler sampler(graph, 1000);
///     dataloading::DataLoader loader(graph, at::arange(1000), sampler,
///                                    {.batch_size = 20, .shuffle = true});
///
/// `blocks` holds one graph, not a block, whose nodes are `input_nodes` and `output_nodes`: those
/// of the first seed's cluster by ascending id, then the next one's. `NID` and `EID` hold the ids
/// of the sampled graph, and all its features come along, gathered when first read. Nothing is
/// random. Source: `dgl.dataloading.ClusterGCNSampler`.
class ClusterGCNSampler : public Sampler {
 public:
  /// Divides the nodes of `graph` into `k` clusters with METIS. Throws `Error` as
  /// `metis_partition_assignment` does.
  ClusterGCNSampler(const Graph& graph, std::int64_t k, const MetisPartitionOptions& options = {});
  /// Takes clusters that are known, int32 or int64. Throws `Error` unless every node is in exactly
  /// one of them.
  explicit ClusterGCNSampler(const Clusters& clusters);

  /// `seeds` `[n]` are clusters, in the graph's id type. Throws `Error` for a graph that is not
  /// homogeneous or has another number of nodes than there are in all clusters, and for clusters
  /// out of range.
  [[nodiscard]] MiniBatch sample(const Graph& graph, const NodeIds& seeds,
                                 const RandomKey& key) const override;
  /// The subgraph lacks the edges.
  [[nodiscard]] MiniBatch sample_excluding(const Graph& graph, const NodeIds& seeds,
                                           const EdgeIds& excluded,
                                           const RandomKey& key) const override;
  /// Makes the one format that is read.
  void prepare(const Graph& graph) const override;

  [[nodiscard]] const Clusters& clusters() const { return clusters_; }
  [[nodiscard]] std::int64_t num_clusters() const { return clusters_.offsets.numel() - 1; }

 private:
  Clusters clusters_;
};

}  // namespace grapevine::sampling
