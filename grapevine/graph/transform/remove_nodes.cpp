#include "grapevine/graph/transform/remove_nodes.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include "grapevine/graph/detail/graph_draft.h"
#include "grapevine/graph/transform/rebuild.h"

namespace grapevine {
namespace {

/// The nodes of one type that stay.
struct KeptNodes {
  std::size_t type;
  at::Tensor mask;     ///< `[count]` bool
  at::Tensor ids;      ///< int64, ascending
  at::Tensor numbers;  ///< `[count]`: the new id of each that stays
};

/// Takes from a relation the edges of nodes that go; returns the ids of the others.
at::Tensor remove_edges_of(GraphData::Relation& relation, const KeptNodes& nodes) {
  const bool from_type = relation.src == nodes.type;
  const bool to_type = relation.dst == nodes.type;
  ops::Coo edges = detail::endpoints(*relation.adjacency);
  at::Tensor mask = nodes.mask.index_select(0, from_type ? edges.src : edges.dst);
  if (from_type && to_type) {
    mask.logical_and_(nodes.mask.index_select(0, edges.dst));
  }
  at::Tensor kept = mask.nonzero().squeeze(1);
  edges = {edges.src.index_select(0, kept), edges.dst.index_select(0, kept)};
  if (from_type) {
    edges.src = nodes.numbers.index_select(0, edges.src);
  }
  if (to_type) {
    edges.dst = nodes.numbers.index_select(0, edges.dst);
  }
  const Adjacency& old = *relation.adjacency;
  relation.adjacency =
      detail::replace_edges(old, from_type ? nodes.ids.numel() : old.num_src(),
                            to_type ? nodes.ids.numel() : old.num_dst(), std::move(edges));
  relation.frame = detail::keep_rows(*relation.frame, kept);
  return kept;
}

void store_all_ids(const detail::GraphDraft& draft, const at::TensorOptions& options) {
  for (const FramePtr& frame : draft.nodes->frames) {
    frame->set(NID, at::arange(frame->num_rows(), options));
  }
  for (const GraphData::Relation& relation : draft.graph->relations) {
    relation.frame->set(EID, at::arange(relation.frame->num_rows(), options));
  }
}

}  // namespace

Graph remove_nodes(const Graph& graph, const IdList& nodes, std::string_view ntype,
                   bool store_ids) {
  check_not_block(graph, "remove_nodes");
  const GraphData& parent = graph.graph_data();
  const std::size_t type = parent.src_nodes->index(ntype);
  const std::int64_t count = parent.src_nodes->counts[type];
  const at::Tensor removed = detail::ids_in_range(graph, nodes, "remove_nodes", "node", count);
  if (removed.numel() == 0 && !store_ids) {
    return graph.clone();
  }
  detail::GraphDraft draft(graph);
  if (store_ids) {
    store_all_ids(draft, removed.options());
  }
  KeptNodes kept{
      .type = type, .mask = detail::mask_without(count, removed), .ids = {}, .numbers = {}};
  kept.ids = kept.mask.nonzero().squeeze(1);
  kept.numbers = (kept.mask.cumsum(0) - 1).to(parent.idtype);
  draft.nodes->counts[type] = kept.ids.numel();
  draft.nodes->frames[type] = detail::keep_rows(*draft.nodes->frames[type], kept.ids);
  std::shared_ptr<GraphData::Batch> batch;
  if (parent.batch != nullptr) {
    batch = std::make_shared<GraphData::Batch>(*parent.batch);
    batch->num_nodes[type] = detail::count_kept(batch->num_nodes[type], kept.ids);
    draft.graph->batch = batch;
  }
  for (std::size_t i = 0; i < draft.graph->relations.size(); ++i) {
    GraphData::Relation& relation = draft.graph->relations[i];
    if (relation.src == type || relation.dst == type) {
      const at::Tensor kept_edges = remove_edges_of(relation, kept);
      if (batch != nullptr) {
        batch->num_edges[i] = detail::count_kept(batch->num_edges[i], kept_edges);
      }
    }
  }
  return draft.finish();
}

}  // namespace grapevine
