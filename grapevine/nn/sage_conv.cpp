#include "grapevine/nn/sage_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros.h>
#include <torch/nn/init.h>

#include <utility>
#include <vector>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/choice.h"
#include "grapevine/nn/detail/lstm_reduce.h"
#include "grapevine/nn/detail/multiply_first.h"
#include "grapevine/nn/detail/reduce_neighbors.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kSAGEConvRegistered = convs().add(
    "sage", {.description = "GraphSAGE (Hamilton et al., 2017); reads edge weights",
             .options = {{"aggregator", "mean", "mean, gcn, pool or lstm"},
                         {"feat_drop", "0", "dropout of the input features"}},
             .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
               const auto aggregator = detail::choose<SAGEAggregator>(
                   "layer option \"aggregator\"", arguments.text("aggregator"),
                   {{"mean", SAGEAggregator::kMean},
                    {"gcn", SAGEAggregator::kGcn},
                    {"pool", SAGEAggregator::kPool},
                    {"lstm", SAGEAggregator::kLstm}});
               return SAGEConv(arguments.in_feats, arguments.out_feats,
                               SAGEConvOptions{.aggregator_type = aggregator,
                                               .feat_drop = arguments.number("feat_drop")})
                   .ptr();
             }});

/// The mean over the in-neighbours and the node itself.
at::Tensor mean_with_self(const ops::EdgeIndexPtr& edges, const at::Tensor& in_degrees,
                          const NodeFeatures::Sides& h, const at::Tensor& edge_weight) {
  const at::Tensor sum = detail::reduce_neighbors(edges, ops::Reduce::kSum, h.src, edge_weight);
  std::vector<std::int64_t> shape(static_cast<std::size_t>(sum.dim()), 1);
  shape[0] = sum.size(0);
  return (sum + h.dst) / (in_degrees.to(sum.scalar_type()) + 1).reshape(shape);
}
}  // namespace

SAGEConvImpl::SAGEConvImpl(const InFeats& in, std::int64_t out, SAGEConvOptions conv_options)
    : in_feats(in), out_feats(out), options(std::move(conv_options)) {
  detail::check_positive("SAGEConv: in_feats (source)", in_feats.src());
  detail::check_positive("SAGEConv: in_feats (destination)", in_feats.dst());
  detail::check_positive("SAGEConv: out_feats", out_feats);
  detail::check_dropout("SAGEConv: feat_drop", options.feat_drop);
  check(options.aggregator_type != SAGEAggregator::kGcn || in_feats.src() == in_feats.dst(),
        "SAGEConv: in_feats: aggregator gcn expects one width for source and destination, got {} "
        "and {}",
        in_feats.src(), in_feats.dst());
  reset();
}

void SAGEConvImpl::reset() {
  using torch::nn::LinearOptions;
  const std::int64_t in = in_feats.src();
  if (options.aggregator_type == SAGEAggregator::kPool) {
    fc_pool = register_module("fc_pool", torch::nn::Linear(in, in));
  }
  if (options.aggregator_type == SAGEAggregator::kLstm) {
    lstm = register_module("lstm", torch::nn::LSTM(torch::nn::LSTMOptions(in, in)));
  }
  fc_neigh =
      register_module("fc_neigh", torch::nn::Linear(LinearOptions(in, out_feats).bias(false)));
  if (options.aggregator_type != SAGEAggregator::kGcn) {
    fc_self = register_module(
        "fc_self", torch::nn::Linear(LinearOptions(in_feats.dst(), out_feats).bias(options.bias)));
  } else if (options.bias) {
    bias = register_parameter("bias", at::zeros({out_feats}, at::kFloat));
  }
  reset_parameters();
}

void SAGEConvImpl::reset_parameters() {
  const double gain = torch::nn::init::calculate_gain(torch::kReLU);
  for (const torch::nn::Linear& linear : {fc_pool, fc_self, fc_neigh}) {
    if (!linear.is_empty()) {
      torch::nn::init::xavier_uniform_(linear->weight, gain);
    }
  }
  if (!lstm.is_empty()) {
    lstm->reset_parameters();
  }
  if (bias.defined()) {
    torch::nn::init::zeros_(bias);
  }
}

bool SAGEConvImpl::reads_in_place() const {
  const bool sums = options.aggregator_type == SAGEAggregator::kMean ||
                    options.aggregator_type == SAGEAggregator::kGcn;
  const bool drops = options.feat_drop > 0 && is_training();
  return sums && !drops;
}

at::Tensor SAGEConvImpl::neighbors(const Graph& graph, const ops::EdgeIndexPtr& edges,
                                   const NodeFeatures& feat, const at::Tensor& edge_weight) {
  const auto [src, dst] = feat.split(graph);
  const bool multiply_first = detail::multiply_first(*edges, in_feats.src(), out_feats);
  switch (options.aggregator_type) {
    case SAGEAggregator::kMean: {
      const auto mean = [&](const at::Tensor& h) {
        return detail::reduce_neighbors(edges, ops::Reduce::kMean, h, edge_weight);
      };
      return multiply_first ? mean(fc_neigh->forward(src)) : fc_neigh->forward(mean(src));
    }
    case SAGEAggregator::kGcn: {
      const auto mean = [&](const NodeFeatures::Sides& h) {
        return mean_with_self(edges, graph.in_degrees(), h, edge_weight);
      };
      if (!multiply_first) {
        return fc_neigh->forward(mean({src, dst}));
      }
      const at::Tensor h_src = fc_neigh->forward(src);
      return mean(
          {h_src, feat.is_pair() ? fc_neigh->forward(dst) : NodeFeatures(h_src).split(graph).dst});
    }
    case SAGEAggregator::kPool:
      return fc_neigh->forward(detail::reduce_neighbors(
          edges, ops::Reduce::kMax, at::relu(fc_pool->forward(src)), edge_weight));
    case SAGEAggregator::kLstm:
      return fc_neigh->forward(detail::lstm_reduce(lstm, *edges, src, edge_weight));
  }
  fail("SAGEConv: unknown aggregator");
}

at::Tensor SAGEConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                 const at::Tensor& edge_feat) {
  const bool in_place =
      reads_in_place() && !detail::multiply_first(*graph.adjacency(), in_feats.src(), out_feats);
  const auto [edges, input] =
      in_place ? feat.in_place(graph) : NodeFeatures::InPlace{graph.adjacency(), feat};
  const auto [src, dst] = input.split(graph);
  detail::check_features("SAGEConv: feat (source)", src, edges->num_src(), in_feats.src());
  detail::check_features("SAGEConv: feat (destination)", dst, edges->num_dst(), in_feats.dst());
  check(options.aggregator_type != SAGEAggregator::kLstm || src.dim() == 2,
        "SAGEConv: feat: aggregator lstm expects one vector for each node, got shape [{}]",
        fmt::join(src.sizes(), ", "));
  const at::Tensor edge_weight =
      edge_feat.defined() ? detail::edge_weights("SAGEConv", edge_feat, edges->num_edges())
                          : edge_feat;

  // One dropout for both sides of a whole graph, and for the nodes of a block that are on both.
  const at::Tensor h_src = at::dropout(src, options.feat_drop, is_training());
  const NodeFeatures h =
      input.is_pair() ? NodeFeatures(h_src, at::dropout(dst, options.feat_drop, is_training()))
                      : NodeFeatures(h_src);
  at::Tensor result = neighbors(graph, edges, h, edge_weight);
  if (!fc_self.is_empty()) {
    result = fc_self->forward(h.split(graph).dst).add_(result);
  } else if (bias.defined()) {
    result = result.add_(bias);
  }
  return options.activation ? options.activation(result) : result;
}

}  // namespace grapevine::nn
