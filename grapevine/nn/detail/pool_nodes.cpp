#include "grapevine/nn/detail/pool_nodes.h"

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/ops/segment_reduce.h"
#include "grapevine/util/error.h"

namespace grapevine::nn::detail {

void check_node_rows(std::string_view layer, const Graph& graph, const at::Tensor& feat) {
  check(!graph.is_block(), "{}: graph: expected a graph or a batch of them, got a block", layer);
  check(graph.ntypes().size() == 1, "{}: graph: expected one node type, got {}", layer,
        graph.ntypes().size());
  const std::string name = fmt::format("{}: feat", layer);
  check_rows(name, feat, graph.num_nodes());
  check(feat.is_floating_point(), "{}: expected floats, got {}", name,
        at::toString(feat.scalar_type()));
}

void check_node_features(std::string_view layer, const Graph& graph, const at::Tensor& feat,
                         std::int64_t width) {
  check_node_rows(layer, graph, feat);
  check(feat.dim() == 2 && feat.size(1) > 0 && (width == 0 || feat.size(1) == width),
        "{}: feat: expected shape [{}, {}], got [{}]", layer, graph.num_nodes(),
        width == 0 ? "width" : fmt::to_string(width), fmt::join(feat.sizes(), ", "));
}

at::Tensor pool_nodes(std::string_view layer, const Graph& graph, const at::Tensor& feat,
                      ops::Reduce reduce) {
  check_node_rows(layer, graph, feat);
  return ops::segment_reduce(graph.batch_num_nodes(), feat, reduce);
}

}  // namespace grapevine::nn::detail
