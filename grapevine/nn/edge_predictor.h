#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

namespace grapevine::nn {

/// How `EdgePredictor` combines the features of both ends; DGL's names in brackets.
enum class EdgePredictorOp {
  kDot,          ///< the dot product, 1 wide ("dot")
  kCosine,       ///< the cosine of their angle, 1 wide ("cos")
  kElementwise,  ///< the product of each feature ("ele")
  kConcatenate,  ///< side by side, twice as wide ("cat")
};

/// Options of `EdgePredictor`. With both widths, a linear layer follows; with neither, none does.
struct EdgePredictorOptions {
  std::int64_t in_feats = 0;   ///< width of the node features
  std::int64_t out_feats = 0;  ///< width of the result
  bool bias = false;           ///< whether the linear layer has a bias
};

/// A score, or features, for pairs of nodes, from the features of both.
///
///     EdgePredictor predict(EdgePredictorOp::kDot);
///     auto [src, dst] = graph.edges().uv();
///     at::Tensor scores = predict(h.index_select(0, src), h.index_select(0, dst));  // [e, 1]
///
/// Parameters, if there is a linear layer: `linear.weight` `[out, combined]` and `linear.bias`
/// `[out]`, initialised as `torch::nn::Linear` does it. Source: DGL's `EdgePredictor`.
class EdgePredictorImpl : public torch::nn::Cloneable<EdgePredictorImpl> {
 public:
  /// Throws `Error` for widths below 0, and if just one is given.
  explicit EdgePredictorImpl(EdgePredictorOp op, EdgePredictorOptions options = {});

  void reset() override;
  void reset_parameters();

  /// `[num_pairs, width]` twice to `[num_pairs, out]`. Throws `Error` unless both have one shape of
  /// two dimensions, and the width `in_feats` if that is given.
  at::Tensor forward(const at::Tensor& h_src, const at::Tensor& h_dst);

  EdgePredictorOp op;
  EdgePredictorOptions options;
  torch::nn::Linear linear{nullptr};  ///< empty without widths
};

TORCH_MODULE(EdgePredictor);

}  // namespace grapevine::nn
