#include "grapevine/nn/detail/gin.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addcmul.h>
#include <fmt/format.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

#include <string>

#include "grapevine/nn/chain.h"
#include "grapevine/nn/detail/call_module.h"
#include "grapevine/nn/detail/check_features.h"

namespace grapevine::nn::detail {

void check_gin_features(std::string_view layer, const ops::EdgeIndex& edges,
                        const NodeFeatures::Sides& feat) {
  const std::string name = fmt::format("{}: feat (source)", layer);
  check_rows(name, feat.src, edges.num_src());
  check_features(name, feat.src, edges.num_src(), feat.src.size(-1));
  check_features(fmt::format("{}: feat (destination)", layer), feat.dst, edges.num_dst(),
                 feat.src.size(-1));
}

at::Tensor gin_update(std::string_view layer, torch::nn::AnyModule& apply_func,
                      const at::Tensor& eps, const at::Tensor& h_dst, const at::Tensor& h_neigh) {
  const at::Tensor h = at::addcmul(h_neigh, h_dst, (eps + 1).to(h_dst.scalar_type()));
  return apply_func.is_empty() ? h
                               : call_module(fmt::format("{}: apply_func", layer), apply_func, h);
}

torch::nn::AnyModule gin_perceptron(std::int64_t in_feats, std::int64_t out_feats) {
  check_positive("GIN: in_feats", in_feats);
  check_positive("GIN: out_feats", out_feats);
  return torch::nn::AnyModule(Chain(torch::nn::Linear(in_feats, out_feats),
                                    torch::nn::BatchNorm1d(out_feats), torch::nn::ReLU(),
                                    torch::nn::Linear(out_feats, out_feats)));
}

}  // namespace grapevine::nn::detail
