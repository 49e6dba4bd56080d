#include "grapevine/nn/gated_graph_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_unique2.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <torch/nn/init.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>
#include <vector>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/normalized_adjacency.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {
namespace {

/// The edges with a source of their own for each pair of a node and a type that leaves it.
struct TypedSources {
  AdjacencyPtr edges;
  at::Tensor nodes;                  ///< which node each source is; type after type
  std::vector<std::int64_t> counts;  ///< how many sources each type has
};

TypedSources typed_sources(const Graph& graph, const at::Tensor& etypes, std::int64_t n_etypes) {
  const AdjacencyPtr& edges = graph.adjacency();
  const auto& [src, dst] = edges->coo();
  const at::Tensor keys = etypes.to(at::kLong) * edges->num_src() + src;
  const auto [pairs, source_of_edge, unused] =
      at::_unique2(keys, /*sorted=*/true, /*return_inverse=*/true);
  const at::Tensor types = pairs.div(std::max<std::int64_t>(edges->num_src(), 1), "floor");
  const at::Tensor counts = at::bincount(types, {}, n_etypes).cpu();
  return {Adjacency::from_coo_unchecked(pairs.size(0), edges->num_dst(),
                                        {source_of_edge.to(src.scalar_type()), dst}),
          pairs - types * edges->num_src(),
          {counts.const_data_ptr<std::int64_t>(),
           counts.const_data_ptr<std::int64_t>() + counts.numel()}};
}

at::Tensor sum_of_sources(const AdjacencyPtr& edges, const at::Tensor& h) {
  return ops::gspmm(edges, ops::BinaryOp::kCopyLhs, ops::Reduce::kSum, {ops::Target::kSrc, h});
}

torch::nn::LinearImpl& linear_at(torch::nn::ModuleList& linears, std::int64_t type) {
  return linears->at<torch::nn::LinearImpl>(static_cast<std::size_t>(type));
}

at::Tensor messages(torch::nn::ModuleList& linears, const TypedSources& sources,
                    const at::Tensor& h) {
  const std::vector<at::Tensor> rows =
      h.index_select(0, sources.nodes).split_with_sizes(sources.counts);
  std::vector<at::Tensor> results;
  for (std::size_t type = 0; type < rows.size(); ++type) {
    results.push_back(linear_at(linears, static_cast<std::int64_t>(type)).forward(rows[type]));
  }
  return at::cat(results);
}

}  // namespace

GatedGraphConvImpl::GatedGraphConvImpl(std::int64_t in, std::int64_t out, std::int64_t steps,
                                       std::int64_t etype_count, GatedGraphConvOptions conv_options)
    : in_feats(in), out_feats(out), n_steps(steps), n_etypes(etype_count), options(conv_options) {
  detail::check_positive("GatedGraphConv: in_feats", in_feats);
  detail::check_positive("GatedGraphConv: n_steps", n_steps);
  detail::check_positive("GatedGraphConv: n_etypes", n_etypes);
  check(in_feats <= out_feats, "GatedGraphConv: out_feats: expected at least in_feats, {}, got {}",
        in_feats, out_feats);
  reset();
}

void GatedGraphConvImpl::reset() {
  linears = register_module("linears", torch::nn::ModuleList());
  for (std::int64_t type = 0; type < n_etypes; ++type) {
    linears->push_back(torch::nn::Linear(out_feats, out_feats));
  }
  gru = register_module(
      "gru",
      torch::nn::GRUCell(torch::nn::GRUCellOptions(out_feats, out_feats).bias(options.bias)));
  reset_parameters();
}

void GatedGraphConvImpl::reset_parameters() {
  gru->reset_parameters();
  const double gain = torch::nn::init::calculate_gain(torch::kReLU);
  for (std::int64_t type = 0; type < n_etypes; ++type) {
    torch::nn::init::xavier_normal_(linear_at(linears, type).weight, gain);
    torch::nn::init::zeros_(linear_at(linears, type).bias);
  }
}

void GatedGraphConvImpl::check_etypes(const Graph& graph, const at::Tensor& etypes) const {
  if (!etypes.defined() && n_etypes == 1) {
    return;
  }
  detail::check_rows("GatedGraphConv: etypes", etypes, graph.num_edges());
  check(
      etypes.dim() == 1 && (etypes.scalar_type() == at::kLong || etypes.scalar_type() == at::kInt),
      "GatedGraphConv: etypes: expected one int64 or int32 type for each edge, got {} of shape "
      "[{}]",
      etypes.dtype().name(), fmt::join(etypes.sizes(), ", "));
  check((etypes.ge(0) & etypes.lt(n_etypes)).all().item<bool>(),
        "GatedGraphConv: etypes: expected values in [0, {}), got {} to {}", n_etypes,
        etypes.numel() > 0 ? etypes.min().item<std::int64_t>() : 0,
        etypes.numel() > 0 ? etypes.max().item<std::int64_t>() : 0);
}

at::Tensor GatedGraphConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                       const at::Tensor& etypes) {
  at::Tensor h = detail::features_of_all_nodes("GatedGraphConv", graph, feat, in_feats);
  check(h.dim() == 2, "GatedGraphConv: feat: expected shape [num_nodes, {}], got [{}]", in_feats,
        fmt::join(h.sizes(), ", "));
  check_etypes(graph, etypes);
  const TypedSources sources =
      n_etypes == 1 ? TypedSources{} : typed_sources(graph, etypes, n_etypes);
  h = at::constant_pad_nd(h, {0, out_feats - in_feats});
  for (std::int64_t step = 0; step < n_steps; ++step) {
    const at::Tensor received =
        n_etypes == 1 ? sum_of_sources(graph.adjacency(), linear_at(linears, 0).forward(h))
                      : sum_of_sources(sources.edges, messages(linears, sources, h));
    h = gru->forward(received, h);
  }
  return h;
}

}  // namespace grapevine::nn
