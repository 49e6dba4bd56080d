#include "grapevine/sampling/cluster_gcn_sampler.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>

#include <tuple>
#include <utility>
#include <vector>

#include "grapevine/graph/checks.h"
#include "grapevine/graph/transform/node_subgraph.h"
#include "grapevine/sampling/exclude_edges.h"
#include "grapevine/util/error.h"

namespace grapevine::sampling {
namespace {

at::Tensor checked_ids(const char* name, const at::Tensor& ids) {
  check(ids.defined() && ids.dim() == 1 &&
            (ids.scalar_type() == at::kLong || ids.scalar_type() == at::kInt),
        "ClusterGCNSampler: {}: expected a 1-D tensor of int64 or int32", name);
  return ids.to(at::kCPU, at::kLong).contiguous();
}

Clusters checked(const Clusters& given) {
  Clusters clusters{.offsets = checked_ids("offsets", given.offsets),
                    .node_ids = checked_ids("node_ids", given.node_ids)};
  const std::int64_t num_nodes = clusters.node_ids.numel();
  const at::Tensor& offsets = clusters.offsets;
  const bool fits = offsets.numel() > 0 && offsets[0].item<std::int64_t>() == 0 &&
                    offsets[-1].item<std::int64_t>() == num_nodes &&
                    offsets.diff().ge(0).all().item<bool>();
  check(fits, "ClusterGCNSampler: offsets: expected ascending numbers from 0 to the {} nodes",
        num_nodes);
  check(at::equal(std::get<0>(clusters.node_ids.sort()), at::arange(num_nodes, at::kLong)),
        "ClusterGCNSampler: node_ids: expected each node from 0 to {} once", num_nodes - 1);
  return clusters;
}

}  // namespace

Clusters clusters_of(const at::Tensor& assignment, std::int64_t num_clusters) {
  const at::Tensor cluster = checked_ids("assignment", assignment);
  check_ids(cluster, "clusters_of: assignment", "cluster", num_clusters, at::kLong, at::kCPU);
  const at::Tensor sizes = at::bincount(cluster, {}, num_clusters);
  return {.offsets = at::cat({at::zeros({1}, at::kLong), sizes.cumsum(0)}),
          .node_ids = at::argsort(cluster, /*stable=*/true, /*dim=*/0, /*descending=*/false)};
}

ClusterGCNSampler::ClusterGCNSampler(const Graph& graph, std::int64_t k,
                                     const MetisPartitionOptions& options)
    : clusters_(clusters_of(metis_partition_assignment(graph, k, options), k)) {}

ClusterGCNSampler::ClusterGCNSampler(const Clusters& clusters) : clusters_(checked(clusters)) {}

MiniBatch ClusterGCNSampler::sample(const Graph& graph, const NodeIds& seeds,
                                    const RandomKey& key) const {
  return sample_excluding(graph, seeds, {}, key);
}

MiniBatch ClusterGCNSampler::sample_excluding(const Graph& graph, const NodeIds& seeds,
                                              const EdgeIds& excluded,
                                              const RandomKey& /*key*/) const {
  check(graph.is_homogeneous(),
        "ClusterGCNSampler: expected a homogeneous graph, got {} node types",
        graph.ntypes().size());
  check(graph.num_nodes() == clusters_.node_ids.numel(),
        "ClusterGCNSampler: expected a graph with the {} nodes of the clusters, got {}",
        clusters_.node_ids.numel(), graph.num_nodes());
  check(seeds.map().size() == 1, "ClusterGCNSampler: seeds: expected one tensor of clusters");
  const at::Tensor& chosen = seeds.map().begin()->second;
  check_ids(chosen, "ClusterGCNSampler: seeds", "cluster", num_clusters(), graph.idtype(),
            at::kCPU);
  const at::Tensor wide = chosen.to(at::kLong).contiguous();
  const auto* offsets = clusters_.offsets.const_data_ptr<std::int64_t>();
  std::vector<at::Tensor> parts = {at::empty({0}, at::kLong)};
  for (std::int64_t i = 0; i < wide.numel(); ++i) {
    const std::int64_t cluster = wide.const_data_ptr<std::int64_t>()[i];
    parts.push_back(
        clusters_.node_ids.narrow(0, offsets[cluster], offsets[cluster + 1] - offsets[cluster]));
  }
  const at::Tensor nodes = at::cat(parts).to(graph.device(), graph.idtype());
  return {.input_nodes = nodes,
          .output_nodes = nodes,
          .blocks = {exclude_edges(node_subgraph(graph, nodes), excluded)}};
}

void ClusterGCNSampler::prepare(const Graph& graph) const {
  static_cast<void>(graph.adjacency()->csr());
}

}  // namespace grapevine::sampling
