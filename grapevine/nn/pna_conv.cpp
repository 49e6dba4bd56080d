#include "grapevine/nn/pna_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/stack.h>
#include <torch/nn/modules/activation.h>

#include <string>
#include <string_view>
#include <utility>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/choice.h"
#include "grapevine/nn/detail/pna_aggregate.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {

PNAAggregator aggregator_named(std::string_view name) {
  return detail::choose<PNAAggregator>("layer option \"aggregators\"", name,
                                       {{"mean", PNAAggregator::kMean},
                                        {"max", PNAAggregator::kMax},
                                        {"min", PNAAggregator::kMin},
                                        {"sum", PNAAggregator::kSum},
                                        {"std", PNAAggregator::kStd},
                                        {"var", PNAAggregator::kVar},
                                        {"moment3", PNAAggregator::kMoment3},
                                        {"moment4", PNAAggregator::kMoment4},
                                        {"moment5", PNAAggregator::kMoment5}});
}

PNAScaler scaler_named(std::string_view name) {
  return detail::choose<PNAScaler>("layer option \"scalers\"", name,
                                   {{"identity", PNAScaler::kIdentity},
                                    {"amplification", PNAScaler::kAmplification},
                                    {"attenuation", PNAScaler::kAttenuation}});
}

/// What `make` makes of each of the words between commas.
template <typename Make>
auto each_word(std::string_view text, const Make& make) {
  std::vector<decltype(make(text))> results;
  while (true) {
    const std::size_t comma = text.find(',');
    results.push_back(make(text.substr(0, comma)));
    if (comma == std::string_view::npos) {
      return results;
    }
    text.remove_prefix(comma + 1);
  }
}

[[maybe_unused]] const bool kPNAConvRegistered = convs().add(
    "pna",
    {.description = "principal neighbourhood aggregation (Corso et al., 2020); whole graphs only; "
                    "reads edge features",
     .options = {{"aggregators", "mean,max,min,std", "also sum, var, moment3, moment4, moment5"},
                 {"scalers", "identity,amplification,attenuation", "of what is aggregated"},
                 {"delta", "1", "mean of log(in-degree + 1)"},
                 {"dropout", "0", "of each tower's output"},
                 {"num_towers", "1", "towers that share the features"},
                 {"residual", "true", "add the input, if the sizes are equal"}},
     .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
       return PNAConv(arguments.in_feats, arguments.out_feats,
                      PNAConvOptions{
                          .aggregators = each_word(arguments.text("aggregators"), aggregator_named),
                          .scalers = each_word(arguments.text("scalers"), scaler_named),
                          .delta = arguments.number("delta"),
                          .dropout = arguments.number("dropout"),
                          .num_towers = arguments.integer("num_towers"),
                          .edge_feat_size = arguments.edge_feats,
                          .residual = arguments.flag("residual")})
           .ptr();
     }});

void check_options(const PNAConvImpl& conv) {
  detail::check_positive("PNAConv: in_size", conv.in_size);
  detail::check_positive("PNAConv: out_size", conv.out_size);
  const PNAConvOptions& options = conv.options;
  detail::check_positive("PNAConv: num_towers", options.num_towers);
  check(conv.in_size % options.num_towers == 0 && conv.out_size % options.num_towers == 0,
        "PNAConv: num_towers: expected a divisor of in_size {} and out_size {}, got {}",
        conv.in_size, conv.out_size, options.num_towers);
  check(!options.aggregators.empty(), "PNAConv: aggregators: expected at least one, got none");
  check(!options.scalers.empty(), "PNAConv: scalers: expected at least one, got none");
  check(options.delta > 0, "PNAConv: delta: expected a positive number, got {}", options.delta);
  check(options.edge_feat_size >= 0, "PNAConv: edge_feat_size: expected 0 or more, got {}",
        options.edge_feat_size);
  detail::check_dropout("PNAConv: dropout", options.dropout);
}

/// The root of 1 / the number of nodes of each node's graph: `[num_nodes, 1]`.
at::Tensor graph_norm(const Graph& graph, const at::Tensor& like) {
  const at::Tensor counts = graph.batch_num_nodes();
  return counts.repeat_interleave(counts).to(like.scalar_type()).rsqrt().unsqueeze(-1);
}

}  // namespace

PNATowerImpl::PNATowerImpl(std::int64_t in, std::int64_t out, std::int64_t combined,
                           std::int64_t edge_feats)
    : in_size(in), out_size(out), num_combined(combined), edge_feat_size(edge_feats) {
  reset();
}

void PNATowerImpl::reset() {
  M = register_module("M", torch::nn::Linear(2 * in_size + edge_feat_size, in_size));
  U = register_module("U", torch::nn::Linear((num_combined + 1) * in_size, out_size));
  batchnorm = register_module("batchnorm", torch::nn::BatchNorm1d(out_size));
}

PNAConvImpl::PNAConvImpl(std::int64_t in, std::int64_t out, PNAConvOptions conv_options)
    : in_size(in), out_size(out), options(std::move(conv_options)) {
  check_options(*this);
  reset();
}

void PNAConvImpl::reset() {
  towers = register_module("towers", torch::nn::ModuleList());
  const auto num_combined =
      static_cast<std::int64_t>(options.aggregators.size() * options.scalers.size());
  for (std::int64_t i = 0; i < options.num_towers; ++i) {
    towers->push_back(PNATower(in_size / options.num_towers, out_size / options.num_towers,
                               num_combined, options.edge_feat_size));
  }
  mixing_layer = register_module(
      "mixing_layer",
      torch::nn::Sequential(torch::nn::Linear(out_size, out_size), torch::nn::LeakyReLU()));
}

at::Tensor PNAConvImpl::check_input(const Graph& graph, const NodeFeatures& feat,
                                    const at::Tensor& edge_feat) const {
  check(!graph.is_block() && graph.is_homogeneous() && !feat.is_pair(),
        "PNAConv: expected a whole graph with one node type and one tensor of features, got a "
        "block, a bipartite graph or a pair");
  const at::Tensor h = feat.split(graph).src;
  detail::check_features("PNAConv: feat", h, graph.num_nodes(), in_size);
  check(h.dim() == 2, "PNAConv: feat: expected one vector for each node, got shape [{}]",
        fmt::join(h.sizes(), ", "));
  if (options.edge_feat_size > 0) {
    detail::check_features("PNAConv: edge features", edge_feat, graph.num_edges(),
                           options.edge_feat_size);
  } else {
    detail::check_no_edge_features("PNAConv", edge_feat);
  }
  check(!is_training() || graph.num_nodes() != 1,
        "PNAConv: batch normalisation needs more than one node while training, got 1");
  return h;
}

std::vector<at::Tensor> PNAConvImpl::combine(const Graph& graph, const at::Tensor& h,
                                             const at::Tensor& edge_feat) const {
  const std::int64_t width = in_size / options.num_towers;
  std::vector<at::Tensor> src;
  std::vector<at::Tensor> dst;
  std::vector<at::Tensor> edge_weights;
  for (std::size_t i = 0; i < towers->size(); ++i) {
    const torch::nn::Linear& message = towers->at<PNATowerImpl>(i).M;
    const at::Tensor share = h.narrow(1, static_cast<std::int64_t>(i) * width, width);
    src.push_back(at::linear(share, message->weight.narrow(1, 0, width)));
    dst.push_back(at::linear(share, message->weight.narrow(1, width, width), message->bias));
    edge_weights.push_back(message->weight.narrow(1, 2 * width, options.edge_feat_size));
  }
  const bool with_edges = options.edge_feat_size > 0;
  return detail::pna_aggregate(
      graph.adjacency(), graph.in_degrees(),
      {.src = at::cat(src, 1),
       .dst = at::cat(dst, 1),
       .edge = with_edges ? at::linear(edge_feat, at::cat(edge_weights)) : at::Tensor()},
      options.aggregators);
}

at::Tensor PNAConvImpl::scale_factors(const at::Tensor& in_degrees) const {
  const at::Tensor log_degrees = in_degrees.clamp_min(1).add(1).log();
  std::vector<at::Tensor> factors;
  for (const PNAScaler scaler : options.scalers) {
    switch (scaler) {
      case PNAScaler::kIdentity:
        factors.push_back(at::ones_like(log_degrees));
        break;
      case PNAScaler::kAmplification:
        factors.push_back(log_degrees / options.delta);
        break;
      case PNAScaler::kAttenuation:
        factors.push_back(log_degrees.reciprocal() * options.delta);
        break;
    }
  }
  return at::stack(factors, 1).unsqueeze(-1);
}

at::Tensor PNAConvImpl::update(std::size_t tower, const at::Tensor& h,
                               const std::vector<at::Tensor>& combined,
                               const at::Tensor& factors) const {
  const torch::nn::Linear& U = towers->at<PNATowerImpl>(tower).U;
  const std::int64_t width = in_size / options.num_towers;
  const std::int64_t out = out_size / options.num_towers;
  const std::int64_t begin = static_cast<std::int64_t>(tower) * width;
  std::vector<at::Tensor> shares;
  for (const at::Tensor& each : combined) {
    shares.push_back(each.narrow(1, begin, width));
  }
  // U has a block of columns for each scaler. Scaling after each block's product, which is a number
  // for each node, saves a scaled copy of all that was combined for each scaler.
  const auto num_scalers = static_cast<std::int64_t>(options.scalers.size());
  const std::int64_t block = width * static_cast<std::int64_t>(combined.size());
  const at::Tensor blocks = U->weight.narrow(1, width, num_scalers * block)
                                .reshape({out, num_scalers, block})
                                .transpose(0, 1)
                                .reshape({num_scalers * out, block});
  const at::Tensor scaled =
      at::linear(at::cat(shares, 1), blocks).view({-1, num_scalers, out}) * factors;
  return at::linear(h.narrow(1, begin, width), U->weight.narrow(1, 0, width), U->bias) +
         scaled.sum(1);
}

at::Tensor PNAConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                const at::Tensor& edge_feat) {
  const at::Tensor h = check_input(graph, feat, edge_feat);
  const std::vector<at::Tensor> combined = combine(graph, h, edge_feat);
  const at::Tensor factors = scale_factors(graph.in_degrees().to(h.scalar_type()));
  const at::Tensor norm = graph_norm(graph, h);
  std::vector<at::Tensor> outputs;
  for (std::size_t i = 0; i < towers->size(); ++i) {
    at::Tensor output = update(i, h, combined, factors) * norm;
    output = towers->at<PNATowerImpl>(i).batchnorm->forward(output);
    outputs.push_back(at::dropout(output, options.dropout, is_training()));
  }
  const at::Tensor mixed = mixing_layer->forward(at::cat(outputs, 1));
  return options.residual && in_size == out_size ? mixed + h : mixed;
}

}  // namespace grapevine::nn
