#include "grapevine/graph/transform/to_block.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

#include "grapevine/graph/checks.h"
#include "grapevine/graph/detail/node_numbering.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

template <typename Id>
using Numberings = std::vector<detail::NodeNumbering<Id>>;

/// Destinations by node type; undefined for a type that was not given.
std::vector<at::Tensor> given_destinations(const Graph& g, const NodeIds& dst_nodes) {
  const GraphData::NodeSpace& space = *g.graph_data().dst_nodes;
  std::vector<at::Tensor> result(space.types.size());
  for (const auto& [type, ids] : dst_nodes.map()) {
    const std::size_t index = space.index(type);
    check_ids(ids, "to_block: dst_nodes", "node", space.counts[index], g.idtype(), g.device());
    result[index] = ids.contiguous();
  }
  return result;
}

/// The nodes with in-edges, ascending, by node type.
template <typename Id>
std::vector<at::Tensor> nodes_with_in_edges(const Graph& g) {
  const GraphData& data = g.graph_data();
  std::vector<std::vector<bool>> marks;
  for (const std::int64_t count : data.dst_nodes->counts) {
    marks.emplace_back(count, false);
  }
  for (const GraphData::Relation& relation : data.relations) {
    const at::Tensor dst = relation.adjacency->coo().dst.contiguous();
    const Id* ids = dst.const_data_ptr<Id>();
    for (std::int64_t edge = 0; edge < dst.numel(); ++edge) {
      marks[relation.dst][ids[edge]] = true;
    }
  }
  std::vector<at::Tensor> result;
  for (const std::vector<bool>& mark : marks) {
    at::Tensor nodes = at::empty({std::count(mark.begin(), mark.end(), true)}, g.idtype());
    Id* out = nodes.mutable_data_ptr<Id>();
    for (std::size_t node = 0; node < mark.size(); ++node) {
      if (mark[node]) {
        *out++ = static_cast<Id>(node);
      }
    }
    result.push_back(std::move(nodes));
  }
  return result;
}

template <typename Id>
void append(const at::Tensor& nodes, detail::NodeNumbering<Id>& numbering) {
  numbering.reserve(numbering.size() + nodes.numel());
  const Id* ids = nodes.const_data_ptr<Id>();
  for (std::int64_t i = 0; i < nodes.numel(); ++i) {
    numbering.append(ids[i]);
  }
}

/// The relation's edges in the block's numbers; new sources are numbered.
template <typename Id>
AdjacencyPtr relabel(const GraphData& data, const GraphData::Relation& relation, Numberings<Id>& sources,
                     Numberings<Id>& destinations) {
  const at::Tensor src = relation.adjacency->coo().src.contiguous();
  const at::Tensor dst = relation.adjacency->coo().dst.contiguous();
  const std::int64_t num_edges = src.numel();
  ops::Coo edges{at::empty_like(src), at::empty_like(dst)};
  const Id* old_src = src.const_data_ptr<Id>();
  const Id* old_dst = dst.const_data_ptr<Id>();
  Id* new_src = edges.src.mutable_data_ptr<Id>();
  Id* new_dst = edges.dst.mutable_data_ptr<Id>();
  for (std::int64_t edge = 0; edge < num_edges; ++edge) {
    new_dst[edge] = destinations[relation.dst].find(old_dst[edge]);
    check(new_dst[edge] >= 0, "to_block: dst_nodes lacks node {}{}, which has in-edges", old_dst[edge],
          data.dst_nodes->types.size() > 1 ? " of type \"" + relation.type.dst + '"' : "");
    new_src[edge] = sources[relation.src].number(old_src[edge]);
  }
  return Adjacency::from_coo_unchecked(0, 0, std::move(edges));
}

template <typename Id>
Graph make_block(const Graph& g, const std::vector<at::Tensor>& dst_nodes, const ToBlockOptions& options) {
  const GraphData& data = g.graph_data();
  const std::size_t num_types = data.src_nodes->types.size();
  Numberings<Id> destinations(num_types);
  Numberings<Id> sources(num_types);
  for (std::size_t type = 0; type < num_types; ++type) {
    if (dst_nodes[type].defined()) {
      append(dst_nodes[type], destinations[type]);
    }
    std::int64_t possible = 0;
    for (const GraphData::Relation& relation : data.relations) {
      possible += relation.src == type ? relation.adjacency->num_edges() : 0;
    }
    sources[type].reserve(std::min(possible, data.src_nodes->counts[type]));
    if (options.include_dst_in_src && dst_nodes[type].defined()) {
      append(dst_nodes[type], sources[type]);
    }
  }
  std::vector<ops::Coo> edges;
  for (const GraphData::Relation& relation : data.relations) {
    edges.push_back(relabel(data, relation, sources, destinations));
  }
  return Graph();
}

}  // namespace

}  // namespace grapevine
