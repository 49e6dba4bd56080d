#include "grapevine/nn/global_attention_pooling.h"

#include <ATen/TensorOperators.h>

#include <utility>
#include <vector>

#include "grapevine/nn/detail/call_module.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/pool_nodes.h"
#include "grapevine/ops/segment_reduce.h"
#include "grapevine/ops/segment_softmax.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

GlobalAttentionPoolingImpl::GlobalAttentionPoolingImpl(torch::nn::AnyModule gate,
                                                       torch::nn::AnyModule feat)
    : gate_nn(std::move(gate)), feat_nn(std::move(feat)) {
  check(!gate_nn.is_empty(), "GlobalAttentionPooling: gate_nn: expected a module, got none");
  register_all();
}

void GlobalAttentionPoolingImpl::reset() {
  gate_nn = gate_nn.clone();
  feat_nn = feat_nn.is_empty() ? torch::nn::AnyModule() : feat_nn.clone();
  register_all();
}

void GlobalAttentionPoolingImpl::register_all() {
  register_module("gate_nn", gate_nn.ptr());
  if (!feat_nn.is_empty()) {
    register_module("feat_nn", feat_nn.ptr());
  }
}

at::Tensor GlobalAttentionPoolingImpl::forward(const Graph& graph, const at::Tensor& feat) {
  return forward_with_attention(graph, feat).pooled;
}

AttentionPooled GlobalAttentionPoolingImpl::forward_with_attention(const Graph& graph,
                                                                   const at::Tensor& feat) {
  detail::check_node_features("GlobalAttentionPooling", graph, feat);
  const at::Tensor gate = detail::call_module("GlobalAttentionPooling: gate_nn", gate_nn, feat);
  check(gate.dim() == 2 && gate.size(0) == feat.size(0) && gate.size(1) == 1,
        "GlobalAttentionPooling: gate_nn: expected a result of shape [{}, 1], got [{}]",
        feat.size(0), fmt::join(gate.sizes(), ", "));
  const at::Tensor value =
      feat_nn.is_empty() ? feat
                         : detail::call_module("GlobalAttentionPooling: feat_nn", feat_nn, feat);
  detail::check_rows("GlobalAttentionPooling: the result of feat_nn", value, feat.size(0));
  const at::Tensor lengths = graph.batch_num_nodes();
  const at::Tensor attention = ops::segment_softmax(lengths, gate);
  std::vector<std::int64_t> shape(static_cast<std::size_t>(value.dim()), 1);
  shape[0] = attention.size(0);
  return {ops::segment_reduce(lengths, value, ops::Reduce::kSum, attention.view(shape)), attention};
}

}  // namespace grapevine::nn
