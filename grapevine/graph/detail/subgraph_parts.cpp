#include "grapevine/graph/detail/subgraph_parts.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_unique2.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/where.h>

#include "grapevine/graph/checks.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine::detail {
namespace {

/// The different values of some ids, ascending, with the place of each one's first copy.
struct DistinctIds {
  at::Tensor values;
  at::Tensor inverse;  ///< for each id its place in `values`
  at::Tensor first;    ///< for each value its first place among the ids
};

DistinctIds distinct(const at::Tensor& ids) {
  auto [values, inverse, counts] = at::_unique2(ids, /*sorted=*/true, /*return_inverse=*/true);
  const at::Tensor places = at::arange(ids.numel(), inverse.options());
  at::Tensor first = at::full({values.numel()}, ids.numel(), inverse.options())
                         .scatter_reduce(0, inverse, places, "amin");
  return {std::move(values), std::move(inverse), std::move(first)};
}

NodeCounts node_counts(const Graph& parent, const std::vector<at::Tensor>& nodes) {
  const GraphData::NodeSpace& space = *parent.graph_data().src_nodes;
  NodeCounts counts;
  for (std::size_t type = 0; type < space.types.size(); ++type) {
    counts[space.types[type]] = nodes.empty() ? space.counts[type] : nodes[type].numel();
  }
  return counts;
}

}  // namespace

at::Tensor ids_or_mask(const Graph& graph, const at::Tensor& given, std::string_view argument,
                       std::string_view entity, std::int64_t count) {
  if (!given.defined() || given.scalar_type() != at::kBool) {
    check_ids(given, argument, entity, count, graph.idtype(), graph.device());
    return given;
  }
  check(given.dim() == 1 && given.numel() == count,
        "{}: expected a mask with one element for each of {} {}s, got shape [{}]", argument, count,
        entity, fmt::join(given.sizes(), ", "));
  check(given.device() == graph.device(), "{}: expected a mask on {}, as the graph is, got {}",
        argument, graph.device().str(), given.device().str());
  return given.nonzero().squeeze(1).to(graph.idtype());
}

std::vector<at::Tensor> nodes_by_type(const Graph& graph, const NodeIds& nodes,
                                      std::string_view argument) {
  const GraphData::NodeSpace& space = *graph.graph_data().src_nodes;
  std::vector<at::Tensor> result(
      space.types.size(), at::empty({0}, at::TensorOptions(graph.idtype()).device(graph.device())));
  for (const auto& [type, ids] : nodes.map()) {
    const std::size_t index = space.index(type);
    result[index] = ids_or_mask(graph, ids, argument, "node", space.counts[index]);
  }
  return result;
}

IdLookup::IdLookup(const at::Tensor& ids) {
  DistinctIds found = distinct(ids);
  sorted_ = std::move(found.values);
  first_ = std::move(found.first);
}

at::Tensor IdLookup::find(const at::Tensor& wanted) const {
  if (sorted_.numel() == 0) {
    return at::full({wanted.numel()}, -1, first_.options());
  }
  const at::Tensor places =
      at::searchsorted(sorted_, wanted.contiguous()).clamp_max(sorted_.numel() - 1);
  return at::where(sorted_.index_select(0, places).eq(wanted), first_.index_select(0, places), -1);
}

std::vector<at::Tensor> number_nodes(std::vector<NodeColumn>& columns, std::size_t num_types,
                                     const at::TensorOptions& options) {
  std::vector<at::Tensor> result;
  for (std::size_t type = 0; type < num_types; ++type) {
    std::vector<at::Tensor> chunks = {at::empty({0}, options)};
    for (const NodeColumn& column : columns) {
      if (column.type == type) {
        chunks.push_back(column.ids);
      }
    }
    const DistinctIds nodes = distinct(at::cat(chunks));
    const at::Tensor order = nodes.first.argsort();
    at::Tensor numbers = at::empty_like(order);
    numbers.index_copy_(0, order, at::arange(order.numel(), order.options()));
    numbers = numbers.to(options.dtype()).index_select(0, nodes.inverse);
    result.push_back(nodes.values.index_select(0, order));
    std::int64_t start = 0;
    for (NodeColumn& column : columns) {
      if (column.type == type) {
        const std::int64_t length = column.ids.numel();
        column.ids = numbers.narrow(0, start, length);
        start += length;
      }
    }
  }
  return result;
}

Graph assemble_subgraph(const Graph& parent, const SubgraphParts& parts) {
  const GraphData& data = parent.graph_data();
  const NodeCounts counts = node_counts(parent, parts.nodes);
  Adjacencies adjacencies;
  for (std::size_t i = 0; i < data.relations.size(); ++i) {
    const CanonicalEtype& type = data.relations[i].type;
    adjacencies[type] = Adjacency::from_coo_unchecked(counts.at(type.src), counts.at(type.dst),
                                                      {parts.edges[i].src, parts.edges[i].dst});
  }
  Graph result(make_graph_data(counts, adjacencies, data.idtype, data.device));
  if (parts.nodes.empty()) {
    share_node_features(parent, result);
  }
  for (std::size_t type = 0; type < parts.nodes.size(); ++type) {
    const FramePtr& frame = result.graph_data().src_nodes->frames[type];
    frame->add_slices(*data.src_nodes->frames[type], parts.nodes[type]);
    if (parts.store_ids) {
      frame->set(NID, parts.nodes[type]);
    }
  }
  for (std::size_t i = 0; i < data.relations.size(); ++i) {
    const FramePtr& frame = result.graph_data().relations[i].frame;
    frame->add_slices(*data.relations[i].frame, parts.edges[i].eid);
    if (parts.store_ids) {
      frame->set(EID, parts.edges[i].eid);
    }
  }
  return result;
}

Graph subgraph_of_edges(const Graph& parent, std::vector<EdgeList> edges,
                        const EdgesSubgraphOptions& options) {
  SubgraphParts parts{.nodes = {}, .edges = std::move(edges), .store_ids = options.store_ids};
  if (options.relabel_nodes) {
    const GraphData& data = parent.graph_data();
    std::vector<NodeColumn> columns;
    for (std::size_t i = 0; i < data.relations.size(); ++i) {
      columns.push_back({data.relations[i].src, parts.edges[i].src});
      columns.push_back({data.relations[i].dst, parts.edges[i].dst});
    }
    parts.nodes = number_nodes(columns, data.src_nodes->types.size(),
                               at::TensorOptions(data.idtype).device(data.device));
    for (std::size_t i = 0; i < data.relations.size(); ++i) {
      parts.edges[i].src = columns[2 * i].ids;
      parts.edges[i].dst = columns[2 * i + 1].ids;
    }
  }
  return assemble_subgraph(parent, parts);
}

}  // namespace grapevine::detail
