#include "grapevine/train/prepare_graph.h"

#include <cstdint>
#include <tuple>

#include "grapevine/graph/transform/add_reverse_edges.h"
#include "grapevine/graph/transform/self_loop.h"
#include "grapevine/util/error.h"

namespace grapevine::train {

bool is_symmetric(const Graph& graph) {
  check(graph.is_homogeneous(),
        "is_symmetric: expected a graph with one node type and one relation");
  const EdgePair edges = graph.edges().uv();
  const at::Tensor src = edges.src.to(at::kLong);
  const at::Tensor dst = edges.dst.to(at::kLong);
  const std::int64_t num_nodes = graph.num_nodes();
  const at::Tensor there = std::get<0>(src.mul(num_nodes).add(dst).sort());
  const at::Tensor back = std::get<0>(dst.mul(num_nodes).add(src).sort());
  return there.equal(back);
}

PreparedGraph prepare_graph(const Graph& graph, const PrepareGraphOptions& options) {
  PreparedGraph result{graph};
  if (options.reverse_edges && !is_symmetric(graph)) {
    result.graph = add_reverse_edges(result.graph, {.copy_edata = options.edge_features});
    if (options.edge_features) {
      result.graph.edata().pop(EID);  // of the originals, which nobody asked for
    }
    result.added_reverse_edges = true;
  }
  if (options.self_loops) {
    result.graph = add_self_loop(remove_self_loop(result.graph));
    result.added_self_loops = true;
  }
  return result;
}

}  // namespace grapevine::train
