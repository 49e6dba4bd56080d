#include "grapevine/nn/weight_and_sum.h"

#include <ATen/TensorOperators.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/linear.h>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/pool_nodes.h"
#include "grapevine/ops/segment_reduce.h"

namespace grapevine::nn {

WeightAndSumImpl::WeightAndSumImpl(std::int64_t in) : in_feats(in) {
  detail::check_positive("WeightAndSum: in_feats", in_feats);
  reset();
}

void WeightAndSumImpl::reset() {
  atom_weighting =
      register_module("atom_weighting",
                      torch::nn::Sequential(torch::nn::Linear(in_feats, 1), torch::nn::Sigmoid()));
}

at::Tensor WeightAndSumImpl::forward(const Graph& graph, const at::Tensor& feat) {
  detail::check_node_features("WeightAndSum", graph, feat, in_feats);
  const at::Tensor weight = atom_weighting->forward(feat);
  return ops::segment_reduce(graph.batch_num_nodes(), feat, ops::Reduce::kSum, weight);
}

}  // namespace grapevine::nn
