#include "grapevine/nn/detail/normalized_adjacency.h"

#include <ATen/TensorOperators.h>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/edge_weight_norm.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::nn::detail {
namespace {

at::Tensor inverse_root_degrees(const at::Tensor& degrees, const at::Tensor& like) {
  return degrees.to(like.scalar_type()).clamp_min(1).rsqrt().unsqueeze(1);
}

}  // namespace

NormalizedAdjacency::NormalizedAdjacency(std::string_view layer, const Graph& graph,
                                         const at::Tensor& edge_weight, const at::Tensor& like,
                                         DegreeNorm norm)
    : edges_(graph.adjacency()) {
  if (!edge_weight.defined()) {
    const at::Tensor in = inverse_root_degrees(edges_->in_degrees(), like);
    factors_ = ops::gsddmm(
        edges_, ops::BinaryOp::kMul,
        {ops::Target::kSrc,
         norm == DegreeNorm::kIn ? in : inverse_root_degrees(edges_->out_degrees(), like)},
        {ops::Target::kDst, in});
    return;
  }
  factors_ = EdgeWeightNorm()(graph, edge_weights(layer, edge_weight, edges_->num_edges()));
}

at::Tensor NormalizedAdjacency::multiply(const at::Tensor& h, const at::Tensor& factors) const {
  return ops::gspmm(edges_, ops::BinaryOp::kMul, ops::Reduce::kSum, {ops::Target::kSrc, h},
                    {ops::Target::kEdge, h.dim() == 1 ? factors.flatten() : factors});
}

at::Tensor features_of_all_nodes(std::string_view layer, const Graph& graph,
                                 const NodeFeatures& feat) {
  const AdjacencyPtr& edges = graph.adjacency();
  const CanonicalEtype& etype = graph.canonical_etypes().front();
  check(etype.src == etype.dst && edges->num_src() == edges->num_dst(),
        "{}: expected a graph whose source nodes are its destination nodes, not a block of some "
        "nodes, got {} source and {} destination nodes",
        layer, edges->num_src(), edges->num_dst());
  check(!feat.is_pair(), "{}: feat: expected one tensor for all nodes, got a pair", layer);
  return feat.split(graph).src;
}

at::Tensor features_of_all_nodes(std::string_view layer, const Graph& graph,
                                 const NodeFeatures& feat, std::int64_t width) {
  at::Tensor h = features_of_all_nodes(layer, graph, feat);
  check_features(fmt::format("{}: feat", layer), h, h.size(0), width);
  return h;
}

void check_hops(std::string_view name, std::int64_t hops, std::int64_t least) {
  check(hops >= least, "{}: expected {} or more, got {}", name, least, hops);
}

}  // namespace grapevine::nn::detail
