#include "grapevine/graph/transform/add_nodes.h"

#include "grapevine/graph/detail/graph_draft.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {

Graph add_nodes(const Graph& graph, std::int64_t num, const std::map<std::string, at::Tensor>& data,
                std::string_view ntype) {
  check_not_block(graph, "add_nodes");
  const GraphData::NodeSpace& nodes = *graph.graph_data().src_nodes;
  const std::size_t type = nodes.index(ntype);
  check(num >= 0, "add_nodes: num: expected 0 or more, got {}", num);
  detail::check_new_rows(*nodes.frames[type], num, data, "add_nodes");
  if (num == 0) {
    return graph.clone();
  }
  detail::GraphDraft draft(graph);
  detail::grow_nodes(draft, type, num, data, "add_nodes");
  detail::fit_relations(draft);
  draft.graph->batch = nullptr;
  return draft.finish();
}

}  // namespace grapevine
