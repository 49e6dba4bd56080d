#include "grapevine/nn/detail/attention.h"

#include <ATen/ops/dropout.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/matmul.h>
#include <torch/nn/init.h>

#include <iterator>
#include <utility>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::nn::detail {

void check_attention_sizes(std::string_view layer, const InFeats& in_feats, std::int64_t out_feats,
                           std::int64_t num_heads) {
  check_positive(fmt::format("{}: in_feats (source)", layer), in_feats.src());
  check_positive(fmt::format("{}: in_feats (destination)", layer), in_feats.dst());
  check_positive(fmt::format("{}: out_feats", layer), out_feats);
  check_positive(fmt::format("{}: num_heads", layer), num_heads);
}

NodeFeatures::Sides attention_input(const Graph& graph, const NodeFeatures& feat,
                                    const AttentionInput& input) {
  const auto [src, dst] = feat.split(graph);
  check_features(fmt::format("{}: feat (source)", input.layer), src, graph.adjacency()->num_src(),
                 input.in_feats.src());
  check_features(fmt::format("{}: feat (destination)", input.layer), dst,
                 graph.adjacency()->num_dst(), input.in_feats.dst());
  if (input.feat_drop == 0) {
    return {src, dst};
  }
  const at::Tensor h_src = at::dropout(src, input.feat_drop, /*train=*/true);
  return {h_src, feat.is_pair() ? at::dropout(dst, input.feat_drop, /*train=*/true)
                                : NodeFeatures(h_src).split(graph).dst};
}

Projections register_projections(torch::nn::Module& layer, const InFeats& in_feats,
                                 std::int64_t width) {
  const auto make = [&layer, width](const char* name, std::int64_t in) {
    return layer.register_module(
        name, torch::nn::Linear(torch::nn::LinearOptions(in, width).bias(false)));
  };
  if (!in_feats.is_pair()) {
    return {.fc = make("fc", in_feats.src())};
  }
  return {.fc_src = make("fc_src", in_feats.src()), .fc_dst = make("fc_dst", in_feats.dst())};
}

NodeFeatures::Sides project(const Graph& graph, const NodeFeatures& feat,
                            const NodeFeatures::Sides& input, Projections projections,
                            std::int64_t num_heads) {
  auto& [fc, fc_src, fc_dst] = projections;
  if (fc && !feat.is_pair()) {
    const at::Tensor src = split_heads(fc->forward(input.src), num_heads);
    return {src, NodeFeatures(src).split(graph).dst};
  }
  return {split_heads((fc ? fc : fc_src)->forward(input.src), num_heads),
          split_heads((fc ? fc : fc_dst)->forward(input.dst), num_heads)};
}

at::Tensor split_heads(const at::Tensor& h, std::int64_t num_heads) {
  return h.unflatten(-1, {num_heads, h.size(-1) / num_heads});
}

at::Tensor head_scores(const at::Tensor& h, const at::Tensor& attn) {
  // One product with a block-diagonal matrix: nothing as large as `h` is stored.
  const std::int64_t heads = attn.size(1);
  const at::Tensor own_head = at::eye(heads, attn.options().requires_grad(false)).unsqueeze(1);
  const at::Tensor weights = attn.squeeze(0).unsqueeze(-1).mul(own_head).flatten(0, 1);
  return at::matmul(h.flatten(-2), weights).unsqueeze(-1);
}

at::Tensor leaky_relu_of(at::Tensor h, double negative_slope) {
  // The gradient is worked out from the result, whose sign tells the input's unless this is < 0.
  return negative_slope >= 0 ? at::leaky_relu_(h, negative_slope)
                             : at::leaky_relu(h, negative_slope);
}

at::Tensor weigh_attention(std::string_view layer, const at::Tensor& attention,
                           const at::Tensor& edge_weight) {
  if (!edge_weight.defined()) {
    return attention;
  }
  std::vector<std::int64_t> shape(static_cast<std::size_t>(attention.dim()), 1);
  shape.front() = attention.size(0);
  return attention.mul(edge_weights(layer, edge_weight, attention.size(0)).view(shape));
}

at::Tensor attend(const Graph& graph, const at::Tensor& h_src, const at::Tensor& attention) {
  return ops::gspmm(graph.adjacency(), ops::BinaryOp::kMul, ops::Reduce::kSum,
                    {ops::Target::kSrc, h_src}, {ops::Target::kEdge, attention});
}

torch::nn::Linear register_residual(torch::nn::Module& layer, std::int64_t in, std::int64_t width,
                                    bool bias) {
  return in == width
             ? torch::nn::Linear(nullptr)
             : layer.register_module(
                   "res_fc", torch::nn::Linear(torch::nn::LinearOptions(in, width).bias(bias)));
}

at::Tensor residual(torch::nn::Linear res_fc, const at::Tensor& input, std::int64_t num_heads) {
  return split_heads(res_fc ? res_fc->forward(input) : input, num_heads);
}

void xavier_normal(at::Tensor& parameter) {
  torch::nn::init::xavier_normal_(parameter, torch::nn::init::calculate_gain(torch::kReLU));
}

void xavier_normal(const torch::nn::Linear& linear) {
  if (!linear) {
    return;
  }
  torch::nn::init::xavier_normal_(linear->weight, torch::nn::init::calculate_gain(torch::kReLU));
  if (linear->bias.defined()) {
    torch::nn::init::zeros_(linear->bias);
  }
}

std::vector<ConvOption> attention_options(std::vector<ConvOption> others) {
  std::vector<ConvOption> options = {
      {"heads", "8", "attention heads, whose results stand side by side"},
      {"out_heads", "1", "attention heads of the last layer, of which the mean is taken"},
      {"allow_zero_in_degree", "false", "whether nodes without in-edges are no error"}};
  options.insert(options.end(), std::make_move_iterator(others.begin()),
                 std::make_move_iterator(others.end()));
  return options;
}

std::int64_t attention_heads(const ConvArguments& arguments) {
  return arguments.integer(arguments.is_last ? "out_heads" : "heads");
}

}  // namespace grapevine::nn::detail
