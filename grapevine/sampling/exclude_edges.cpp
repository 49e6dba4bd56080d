#include "grapevine/sampling/exclude_edges.h"

#include "grapevine/sampling/detail/edge_set.h"
#include "grapevine/util/error.h"

namespace grapevine::sampling {

Graph exclude_edges(const Graph& sampled, const EdgeIds& excluded) {
  detail::EdgeSet edges(sampled, excluded, "exclude_edges: excluded");
  if (edges.empty()) {
    return sampled;
  }
  const std::vector<GraphData::Relation>& relations = sampled.graph_data().relations;
  std::vector<EdgeIds::Entry> kept;
  for (std::size_t i = 0; i < relations.size(); ++i) {
    check(relations[i].frame->contains(EID),
          "exclude_edges: sampled: expected edata()[EID] for relation {}, as samplers set it",
          to_string(relations[i].type));
    kept.emplace_back(
        relations[i].type,
        edges.positions_outside(i, relations[i].frame->get(EID)).to(sampled.idtype()));
  }
  return edge_subgraph(sampled, EdgeIds(std::move(kept)),
                       {.relabel_nodes = false, .store_ids = false});
}

}  // namespace grapevine::sampling
