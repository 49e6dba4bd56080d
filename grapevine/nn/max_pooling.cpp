#include "grapevine/nn/max_pooling.h"

#include "grapevine/nn/detail/pool_nodes.h"

namespace grapevine::nn {

at::Tensor MaxPoolingImpl::forward(const Graph& graph, const at::Tensor& feat) {
  return detail::pool_nodes("MaxPooling", graph, feat, ops::Reduce::kMax);
}

}  // namespace grapevine::nn
