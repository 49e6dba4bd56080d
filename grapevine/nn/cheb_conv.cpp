#include "grapevine/nn/cheb_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>

#include <utility>
#include <vector>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/normalized_adjacency.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {
namespace {

[[maybe_unused]] const bool kChebConvRegistered = convs().add(
    "cheb", {.description = "Chebyshev graph convolution (Defferrard et al., 2016)",
             .options = {{"k", "2", "polynomials"},
                         {"lambda_max", "2", "largest eigenvalue of the normalised Laplacian"}},
             .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
               return ChebConv(arguments.in_feats, arguments.out_feats, arguments.integer("k"),
                               ChebConvOptions{.activation = {},
                                               .lambda_max = arguments.number("lambda_max")})
                   .ptr();
             }});

/// The scaled Laplacian as a function of features: `scale * (h - S h) - h`.
class ScaledLaplacian {
 public:
  ScaledLaplacian(const Graph& graph, const at::Tensor& like, at::Tensor scale)
      : adjacency_("ChebConv", graph, {}, like), scale_(std::move(scale)) {}
  at::Tensor operator*(const at::Tensor& h) const {
    return h * (scale_ - 1) - scale_ * (adjacency_ * h);
  }

 private:
  detail::NormalizedAdjacency adjacency_;
  at::Tensor scale_;  ///< `[num_nodes, 1]` or `[1, 1]`
};

/// `[T_0 h, T_1 h, ...]` side by side.
at::Tensor polynomials(const ScaledLaplacian& laplacian, const at::Tensor& h, std::int64_t k) {
  std::vector<at::Tensor> terms{h};
  for (std::int64_t i = 1; i < k; ++i) {
    terms.push_back(i == 1 ? laplacian * h
                           : laplacian * terms.back() * 2 - terms[terms.size() - 2]);
  }
  return at::cat(terms, -1);
}

/// The sum of `T_i h W_i` by Clenshaw's recurrence, `b_i = h W_i + 2 L b_{i+1} - b_{i+2}`.
at::Tensor clenshaw(const ScaledLaplacian& laplacian, const at::Tensor& h,
                    const std::vector<at::Tensor>& weights) {
  at::Tensor next;        // b_{i+1}
  at::Tensor after_next;  // b_{i+2}
  for (std::size_t i = weights.size(); i-- > 0;) {
    at::Tensor b = at::matmul(h, weights[i].t());
    if (next.defined()) {
      b = b + laplacian * next * (i == 0 ? 1 : 2);
    }
    if (after_next.defined()) {
      b = b - after_next;
    }
    after_next = std::exchange(next, b);
  }
  return next;
}

}  // namespace

ChebConvImpl::ChebConvImpl(std::int64_t in, std::int64_t out, std::int64_t polynomial_count,
                           ChebConvOptions conv_options)
    : in_feats(in), out_feats(out), k(polynomial_count), options(std::move(conv_options)) {
  detail::check_positive("ChebConv: in_feats", in_feats);
  detail::check_positive("ChebConv: out_feats", out_feats);
  detail::check_positive("ChebConv: k", k);
  check(options.lambda_max > 0, "ChebConv: lambda_max: expected a positive value, got {}",
        options.lambda_max);
  reset();
}

void ChebConvImpl::reset() {
  linear = register_module(
      "linear",
      torch::nn::Linear(torch::nn::LinearOptions(k * in_feats, out_feats).bias(options.bias)));
}

void ChebConvImpl::reset_parameters() { linear->reset_parameters(); }

at::Tensor ChebConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                 const at::Tensor& edge_feat) {
  detail::check_no_edge_features("ChebConv", edge_feat);
  const at::Tensor h = detail::features_of_all_nodes("ChebConv", graph, feat, in_feats);
  return filter(graph, h, at::full({1, 1}, 2 / options.lambda_max, h.options()));
}

at::Tensor ChebConvImpl::forward_with_lambda_max(const Graph& graph, const NodeFeatures& feat,
                                                 const at::Tensor& lambda_max) {
  const at::Tensor h = detail::features_of_all_nodes("ChebConv", graph, feat, in_feats);
  detail::check_rows("ChebConv: lambda_max", lambda_max, graph.batch_size());
  check(lambda_max.numel() == graph.batch_size(),
        "ChebConv: lambda_max: expected one number for each graph, got shape [{}]",
        fmt::join(lambda_max.sizes(), ", "));
  check(lambda_max.gt(0).all().item<bool>(),
        "ChebConv: lambda_max: expected positive values, got {}", lambda_max.min().item<double>());
  const at::Tensor scale = (2 / lambda_max.to(h.options())).flatten();
  return filter(graph, h,
                scale.repeat_interleave(graph.batch_num_nodes().to(at::kLong)).unsqueeze(1));
}

at::Tensor ChebConvImpl::filter(const Graph& graph, const at::Tensor& h, const at::Tensor& scale) {
  const ScaledLaplacian laplacian(graph, h, scale);
  at::Tensor sum;
  if (in_feats > out_feats) {
    sum = clenshaw(laplacian, h, linear->weight.split(in_feats, 1));
    sum = options.bias ? sum + linear->bias : sum;
  } else {
    sum = linear->forward(polynomials(laplacian, h, k));
  }
  return options.activation ? options.activation(sum) : sum;
}

}  // namespace grapevine::nn
