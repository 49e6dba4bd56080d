#include "grapevine/nn/conv.h"

#include "grapevine/nn/detail/check_features.h"

namespace grapevine::nn {

NodeFeatures::Sides NodeFeatures::split(const Graph& graph) const {
  if (dst_.defined()) {
    return {src_, dst_};
  }
  detail::check_rows("feat", src_, graph.num_src_nodes());
  return {src_, graph.is_block() ? src_.narrow(0, 0, graph.num_dst_nodes()) : src_};
}

}  // namespace grapevine::nn
