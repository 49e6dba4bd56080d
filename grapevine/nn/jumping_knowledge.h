#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <vector>

namespace grapevine::nn {

/// How `JumpingKnowledge` puts the layers' outputs together.
enum class JumpingKnowledgeMode {
  kCat,   ///< side by side
  kMax,   ///< the largest, by element
  kLstm,  ///< a weighted sum, by attention of a bidirectional LSTM over the layers
};

/// Options of `JumpingKnowledge`.
struct JumpingKnowledgeOptions {
  JumpingKnowledgeMode mode = JumpingKnowledgeMode::kCat;
  std::int64_t in_feats = 0;    ///< width of the layers' outputs; only for `kLstm`
  std::int64_t num_layers = 0;  ///< how many there are; only for `kLstm`
};

/// Puts together what several layers made of the same nodes, so that each node may choose how far
/// it looks: `h_1 || ... || h_T`, or `max(h_1, ..., h_T)`, or `sum of a_t h_t` where `a` is the
/// softmax over t of a linear layer on what a bidirectional LSTM reads from `h_1, ..., h_T`.
///
///     JumpingKnowledge jump(JumpingKnowledgeOptions{.mode = JumpingKnowledgeMode::kMax});
///     at::Tensor h = jump->forward({h1, h2, h3});
///
/// Parameters, of `kLstm` alone: `lstm` (`torch::nn::LSTM` of `num_layers * in_feats / 2` hidden
/// features each way, batch first), `att.weight` `[1, 2 * hidden]` and `att.bias` `[1]`.
/// Source: DGL's `JumpingKnowledge`; Xu et al., 2018.
class JumpingKnowledgeImpl : public torch::nn::Cloneable<JumpingKnowledgeImpl> {
 public:
  /// Throws `Error` for sizes below 1 with `kLstm`.
  explicit JumpingKnowledgeImpl(JumpingKnowledgeOptions options = {});

  void reset() override;
  void reset_parameters();

  /// T outputs `[num_nodes, *in]`, for `kLstm` `[num_nodes, in]`, to the same shape, for `kCat`
  /// T times as wide if they are equally wide. Throws `Error` for none, for other shapes than the
  /// first's, but for the width with `kCat`, and with `kLstm` for another number or width than the
  /// options'.
  at::Tensor forward(const std::vector<at::Tensor>& feats);

  JumpingKnowledgeOptions options;
  torch::nn::LSTM lstm{nullptr};
  torch::nn::Linear att{nullptr};
};

TORCH_MODULE(JumpingKnowledge);

}  // namespace grapevine::nn
