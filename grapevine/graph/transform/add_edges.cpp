#include "grapevine/graph/transform/add_edges.h"

#include <ATen/ops/aminmax.h>
#include <ATen/ops/cat.h>

#include <algorithm>

#include "grapevine/graph/checks.h"
#include "grapevine/graph/detail/graph_draft.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

/// One side of the new edges.
struct EndPoints {
  at::Tensor ids;
  std::int64_t num_nodes = 0;  ///< that there must be for these ids
};

EndPoints make_side(const Graph& graph, const IdList& given, const char* argument) {
  const at::Tensor& ids = given.tensor();
  check_id_tensor(ids, argument, "node", given.is_numbers() ? at::kLong : graph.idtype(),
                  given.is_numbers() ? at::Device(at::kCPU) : graph.device());
  EndPoints side;
  if (ids.numel() > 0) {
    const auto [low, high] = at::aminmax(ids);
    const auto smallest = low.item<std::int64_t>();
    const auto largest = high.item<std::int64_t>();
    const std::int64_t limit = detail::largest_count(graph.idtype());
    check(smallest >= 0, "{}: node ids must not be negative, got {}", argument, smallest);
    check(largest < limit, "{}: node id {} is out of range; ids of type {} end at {}", argument,
          largest, at::toString(graph.idtype()), limit - 1);
    side.num_nodes = largest + 1;
  }
  side.ids = given.is_numbers() ? ids.to(graph.device(), graph.idtype()) : ids;
  return side;
}

/// Adds the nodes that the sides name and that do not exist.
void grow_to(detail::GraphDraft& draft, std::size_t type, std::int64_t num_nodes) {
  const std::int64_t missing = num_nodes - draft.nodes->counts[type];
  if (missing > 0) {
    detail::grow_nodes(draft, type, missing, {}, "add_edges");
  }
}

}  // namespace

Graph add_edges(const Graph& graph, const IdList& src, const IdList& dst,
                const std::map<std::string, at::Tensor>& data, const EtypeKey& etype) {
  check_not_block(graph, "add_edges");
  const GraphData& parent = graph.graph_data();
  const GraphData::Relation& relation = parent.relation(etype);
  const EndPoints from = make_side(graph, src, "add_edges: src");
  const EndPoints to = make_side(graph, dst, "add_edges: dst");
  check(from.ids.numel() == to.ids.numel() || from.ids.numel() == 1 || to.ids.numel() == 1,
        "add_edges: src and dst: expected equal lengths, or one of length 1, got {} and {}",
        from.ids.numel(), to.ids.numel());
  const std::int64_t added = from.ids.numel() == 1 ? to.ids.numel() : from.ids.numel();
  detail::check_new_rows(*relation.frame, added, data, "add_edges");
  if (added == 0) {
    return graph.clone();
  }
  detail::check_count_fits(relation.adjacency->num_edges(), added, parent.idtype, "add_edges",
                           fmt::format("edges of type {}", to_string(relation.type)));

  detail::GraphDraft draft(graph);
  if (relation.src == relation.dst) {
    grow_to(draft, relation.src, std::max(from.num_nodes, to.num_nodes));
  } else {
    grow_to(draft, relation.src, from.num_nodes);
    grow_to(draft, relation.dst, to.num_nodes);
  }
  const ops::Coo old = detail::endpoints(*relation.adjacency);
  GraphData::Relation& changed =
      draft.graph->relations[static_cast<std::size_t>(&relation - parent.relations.data())];
  changed.adjacency = detail::replace_edges(
      *relation.adjacency, draft.nodes->counts[relation.src], draft.nodes->counts[relation.dst],
      {at::cat({old.src, from.ids.expand({added})}), at::cat({old.dst, to.ids.expand({added})})});
  changed.frame = detail::with_new_rows(*relation.frame, added, data, "add_edges");
  detail::fit_relations(draft);
  draft.graph->batch = nullptr;
  return draft.finish();
}

}  // namespace grapevine
