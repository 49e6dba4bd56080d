#include "grapevine/nn/sort_pooling.h"

#include <tuple>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/pool_nodes.h"
#include "grapevine/ops/segment_topk.h"

namespace grapevine::nn {

SortPoolingImpl::SortPoolingImpl(std::int64_t num_kept) : k(num_kept) {
  detail::check_positive("SortPooling: k", k);
}

at::Tensor SortPoolingImpl::forward(const Graph& graph, const at::Tensor& feat) {
  detail::check_node_features("SortPooling", graph, feat);
  const at::Tensor sorted = std::get<0>(feat.sort(-1));
  return ops::segment_topk(graph.batch_num_nodes(), sorted, k, {.sortby = -1}).values.flatten(1);
}

}  // namespace grapevine::nn
