#include "grapevine/nn/conv.h"

#include "grapevine/nn/detail/check_features.h"

namespace grapevine::nn {

NodeFeatures::Sides NodeFeatures::split(const Graph& graph) const {
  if (dst_.defined()) {
    return {src_, dst_};
  }
  const AdjacencyPtr& edges = graph.adjacency();
  detail::check_rows("feat", src_, edges->num_src());
  return {src_, graph.is_block() ? src_.narrow(0, 0, edges->num_dst()) : src_};
}

}  // namespace grapevine::nn
