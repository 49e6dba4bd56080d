#include "grapevine/nn/edge_predictor.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/cosine_similarity.h>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {

std::int64_t combined_width(EdgePredictorOp op, std::int64_t width) {
  switch (op) {
    case EdgePredictorOp::kDot:
    case EdgePredictorOp::kCosine:
      return 1;
    case EdgePredictorOp::kElementwise:
      return width;
    case EdgePredictorOp::kConcatenate:
      return 2 * width;
  }
  fail("EdgePredictor: op: expected one of the four, got {}", static_cast<int>(op));
}

at::Tensor combine(EdgePredictorOp op, const at::Tensor& h_src, const at::Tensor& h_dst) {
  switch (op) {
    case EdgePredictorOp::kDot:
      return h_src.mul(h_dst).sum(-1, /*keepdim=*/true);
    case EdgePredictorOp::kCosine:
      return at::cosine_similarity(h_src, h_dst, /*dim=*/1).unsqueeze(-1);
    case EdgePredictorOp::kElementwise:
      return h_src.mul(h_dst);
    case EdgePredictorOp::kConcatenate:
      break;
  }
  return at::cat({h_src, h_dst}, -1);
}

}  // namespace

EdgePredictorImpl::EdgePredictorImpl(EdgePredictorOp predictor_op,
                                     EdgePredictorOptions predictor_options)
    : op(predictor_op), options(predictor_options) {
  check(options.in_feats >= 0 && options.out_feats >= 0 &&
            (options.in_feats > 0) == (options.out_feats > 0),
        "EdgePredictor: expected in_feats and out_feats of 1 or more, or neither, got {} and {}",
        options.in_feats, options.out_feats);
  reset();
}

void EdgePredictorImpl::reset() {
  const std::int64_t width = combined_width(op, options.in_feats);
  if (options.out_feats > 0) {
    linear = register_module(
        "linear",
        torch::nn::Linear(torch::nn::LinearOptions(width, options.out_feats).bias(options.bias)));
  }
}

void EdgePredictorImpl::reset_parameters() {
  if (linear) {
    linear->reset_parameters();
  }
}

at::Tensor EdgePredictorImpl::forward(const at::Tensor& h_src, const at::Tensor& h_dst) {
  check(h_src.defined() && h_src.dim() == 2,
        "EdgePredictor: h_src: expected two dimensions, got {}", h_src.defined() ? h_src.dim() : 0);
  detail::check_features("EdgePredictor: h_src", h_src, h_src.size(0),
                         options.in_feats > 0 ? options.in_feats : h_src.size(1));
  detail::check_features("EdgePredictor: h_dst", h_dst, h_src.size(0), h_src.size(1));
  check(h_dst.dim() == 2, "EdgePredictor: h_dst: expected two dimensions, got {}", h_dst.dim());
  const at::Tensor combined = combine(op, h_src, h_dst);
  return linear ? linear->forward(combined) : combined;
}

}  // namespace grapevine::nn
