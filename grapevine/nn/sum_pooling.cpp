#include "grapevine/nn/sum_pooling.h"

#include "grapevine/nn/detail/pool_nodes.h"

namespace grapevine::nn {

at::Tensor SumPoolingImpl::forward(const Graph& graph, const at::Tensor& feat) {
  return detail::pool_nodes("SumPooling", graph, feat, ops::Reduce::kSum);
}

}  // namespace grapevine::nn
