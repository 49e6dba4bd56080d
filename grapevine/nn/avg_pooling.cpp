#include "grapevine/nn/avg_pooling.h"

#include "grapevine/nn/detail/pool_nodes.h"

namespace grapevine::nn {

at::Tensor AvgPoolingImpl::forward(const Graph& graph, const at::Tensor& feat) {
  return detail::pool_nodes("AvgPooling", graph, feat, ops::Reduce::kMean);
}

}  // namespace grapevine::nn
