#include "grapevine/nn/gated_gcn_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/dropout.h>

#include <utility>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {
namespace {

[[maybe_unused]] const bool kGatedGCNConvRegistered = convs().add(
    "gatedgcn",
    {.description = "gated graph convolution with edge features (Bresson and Laurent, 2017)",
     .options = {},
     .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
       // What follows a layer is the model's business.
       return GatedGCNConv(
                  arguments.in_feats, arguments.edge_feats, arguments.out_feats,
                  GatedGCNConvOptions{.batch_norm = false, .residual = false, .activation = {}})
           .ptr();
     }});

constexpr double kEpsilon = 1e-6;

}  // namespace

GatedGCNConvImpl::GatedGCNConvImpl(std::int64_t input, std::int64_t edge, std::int64_t output,
                                   GatedGCNConvOptions conv_options)
    : input_feats(input), edge_feats(edge), output_feats(output), options(std::move(conv_options)) {
  detail::check_positive("GatedGCNConv: input_feats", input_feats);
  detail::check_positive("GatedGCNConv: edge_feats", edge_feats);
  detail::check_positive("GatedGCNConv: output_feats", output_feats);
  detail::check_dropout("GatedGCNConv: dropout", options.dropout);
  reset();
}

void GatedGCNConvImpl::reset() {
  using torch::nn::BatchNorm1d;
  using torch::nn::Linear;
  A = register_module("A", Linear(input_feats, output_feats));
  B = register_module("B", Linear(input_feats, output_feats));
  D = register_module("D", Linear(input_feats, output_feats));
  E = register_module("E", Linear(input_feats, output_feats));
  C = register_module("C", Linear(edge_feats, output_feats));
  bn_node = register_module("bn_node", BatchNorm1d(output_feats));
  bn_edge = register_module("bn_edge", BatchNorm1d(output_feats));
}

GatedGCNConvImpl::Output GatedGCNConvImpl::convolve(const Graph& graph,
                                                    const NodeFeatures::Sides& feat,
                                                    const at::Tensor& edge_feat) {
  using ops::BinaryOp;
  using ops::Reduce;
  using ops::Target;
  const ops::EdgeIndexPtr& edges = graph.adjacency();
  const auto& [src, dst] = feat;
  detail::check_features("GatedGCNConv: feat (source)", src, edges->num_src(), input_feats);
  detail::check_features("GatedGCNConv: feat (destination)", dst, edges->num_dst(), input_feats);
  detail::check_features("GatedGCNConv: edge_feat", edge_feat, edges->num_edges(), edge_feats);
  check(src.dim() == 2 && dst.dim() == 2 && edge_feat.dim() == 2,
        "GatedGCNConv: expected features of two dimensions, got {}, {} and {} (edges)", src.dim(),
        dst.dim(), edge_feat.dim());
  const at::Tensor edge = ops::gsddmm(edges, BinaryOp::kAdd, {Target::kSrc, D->forward(src)},
                                      {Target::kDst, E->forward(dst)}) +
                          C->forward(edge_feat);
  const at::Tensor gate = edge.sigmoid();
  const at::Tensor gated = ops::gspmm(edges, BinaryOp::kMul, Reduce::kSum,
                                      {Target::kSrc, B->forward(src)}, {Target::kEdge, gate});
  const at::Tensor gates =
      ops::gspmm(edges, BinaryOp::kCopyLhs, Reduce::kSum, {Target::kEdge, gate});
  return {A->forward(dst) + gated / (gates + kEpsilon), edge};
}

at::Tensor GatedGCNConvImpl::finish(at::Tensor h, torch::nn::BatchNorm1d& norm,
                                    const at::Tensor& input) {
  if (options.batch_norm) {
    h = norm->forward(h);
  }
  if (options.activation) {
    h = options.activation(h);
  }
  if (options.residual && input_feats == output_feats && edge_feats == output_feats) {
    h = input + h;
  }
  return options.dropout > 0 ? at::dropout(h, options.dropout, is_training()) : h;
}

GatedGCNConvImpl::Output GatedGCNConvImpl::forward_with_edges(const Graph& graph,
                                                              const NodeFeatures& feat,
                                                              const at::Tensor& edge_feat) {
  const NodeFeatures::Sides sides = feat.split(graph);
  Output output = convolve(graph, sides, edge_feat);
  return {finish(std::move(output.node), bn_node, sides.dst),
          finish(std::move(output.edge), bn_edge, edge_feat)};
}

at::Tensor GatedGCNConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                     const at::Tensor& edge_feat) {
  const NodeFeatures::Sides sides = feat.split(graph);
  return finish(convolve(graph, sides, edge_feat).node, bn_node, sides.dst);
}

}  // namespace grapevine::nn
