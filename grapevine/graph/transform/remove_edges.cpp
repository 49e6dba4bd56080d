#include "grapevine/graph/transform/remove_edges.h"

#include <ATen/ops/arange.h>

#include "grapevine/graph/detail/graph_draft.h"
#include "grapevine/graph/transform/rebuild.h"

namespace grapevine {

Graph remove_edges(const Graph& graph, const IdList& eids, const EtypeKey& etype, bool store_ids) {
  check_not_block(graph, "remove_edges");
  const GraphData& parent = graph.graph_data();
  const GraphData::Relation& relation = parent.relation(etype);
  const Adjacency& old = *relation.adjacency;
  const at::Tensor removed =
      detail::ids_in_range(graph, eids, "remove_edges", "edge", old.num_edges());
  if (removed.numel() == 0 && !store_ids) {
    return graph.clone();
  }
  detail::GraphDraft draft(graph);
  if (store_ids) {
    for (const GraphData::Relation& any : draft.graph->relations) {
      any.frame->set(EID, at::arange(any.frame->num_rows(), removed.options()));
    }
  }
  const auto place = static_cast<std::size_t>(&relation - parent.relations.data());
  GraphData::Relation& changed = draft.graph->relations[place];
  const at::Tensor kept = detail::mask_without(old.num_edges(), removed).nonzero().squeeze(1);
  const ops::Coo edges = detail::endpoints(old);
  changed.adjacency =
      detail::replace_edges(old, old.num_src(), old.num_dst(),
                            {edges.src.index_select(0, kept), edges.dst.index_select(0, kept)});
  changed.frame = detail::keep_rows(*changed.frame, kept);
  if (parent.batch != nullptr) {
    auto batch = std::make_shared<GraphData::Batch>(*parent.batch);
    batch->num_edges[place] = detail::count_kept(batch->num_edges[place], kept);
    draft.graph->batch = std::move(batch);
  }
  return draft.finish();
}

}  // namespace grapevine
