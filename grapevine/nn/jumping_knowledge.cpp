#include "grapevine/nn/jumping_knowledge.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/max.h>
#include <ATen/ops/stack.h>

#include <cstddef>
#include <tuple>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {
namespace {

void check_shapes(const std::vector<at::Tensor>& feats, JumpingKnowledgeMode mode) {
  check(!feats.empty(),
        "JumpingKnowledge: feats: expected the output of a layer at least, got none");
  for (std::size_t i = 0; i < feats.size(); ++i) {
    check(feats[i].defined() && feats[i].dim() >= 1,
          "JumpingKnowledge: feats[{}]: expected a tensor with a row for each node", i);
    // Side by side, only the last dimension may differ.
    const std::int64_t kept = mode == JumpingKnowledgeMode::kCat ? 1 : 0;
    check(feats[i].dim() == feats[0].dim() &&
              feats[i].sizes().slice(0, static_cast<std::size_t>(feats[i].dim() - kept)) ==
                  feats[0].sizes().slice(0, static_cast<std::size_t>(feats[0].dim() - kept)),
          "JumpingKnowledge: feats[{}]: expected the shape of the first, [{}], got [{}]", i,
          fmt::join(feats[0].sizes(), ", "), fmt::join(feats[i].sizes(), ", "));
  }
}

}  // namespace

JumpingKnowledgeImpl::JumpingKnowledgeImpl(JumpingKnowledgeOptions jump_options)
    : options(jump_options) {
  if (options.mode == JumpingKnowledgeMode::kLstm) {
    detail::check_positive("JumpingKnowledge: in_feats", options.in_feats);
    detail::check_positive("JumpingKnowledge: num_layers", options.num_layers);
    check(options.num_layers * options.in_feats >= 2,
          "JumpingKnowledge: expected num_layers * in_feats of 2 or more, got 1");
  }
  reset();
}

void JumpingKnowledgeImpl::reset() {
  if (options.mode != JumpingKnowledgeMode::kLstm) {
    return;
  }
  const std::int64_t hidden = options.num_layers * options.in_feats / 2;
  lstm = register_module(
      "lstm",
      torch::nn::LSTM(
          torch::nn::LSTMOptions(options.in_feats, hidden).bidirectional(true).batch_first(true)));
  att = register_module("att", torch::nn::Linear(2 * hidden, 1));
}

void JumpingKnowledgeImpl::reset_parameters() {
  if (options.mode == JumpingKnowledgeMode::kLstm) {
    lstm->reset_parameters();
    att->reset_parameters();
  }
}

at::Tensor JumpingKnowledgeImpl::forward(const std::vector<at::Tensor>& feats) {
  check_shapes(feats, options.mode);
  if (options.mode == JumpingKnowledgeMode::kCat) {
    return at::cat(feats, -1);
  }
  if (options.mode == JumpingKnowledgeMode::kMax) {
    return std::get<0>(at::max(at::stack(feats, -1), -1));
  }
  check(static_cast<std::int64_t>(feats.size()) == options.num_layers,
        "JumpingKnowledge: feats: expected {} layers, got {}", options.num_layers, feats.size());
  check(feats[0].dim() == 2, "JumpingKnowledge: feats: expected shape [num_nodes, {}], got [{}]",
        options.in_feats, fmt::join(feats[0].sizes(), ", "));
  detail::check_features("JumpingKnowledge: feats", feats[0], feats[0].size(0), options.in_feats);
  const at::Tensor layers = at::stack(feats, 1);
  const at::Tensor score = att->forward(std::get<0>(lstm->forward(layers)));
  return (layers * score.softmax(1)).sum(1);
}

}  // namespace grapevine::nn
