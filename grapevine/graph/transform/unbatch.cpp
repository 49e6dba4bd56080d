#include "grapevine/graph/transform/unbatch.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/split_with_sizes.h>

#include <utility>

#include "grapevine/graph/detail/extents.h"
#include "grapevine/graph/detail/graph_draft.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

using detail::Extents;
using detail::repeat_for_rows;
using NodeSplit = std::map<std::string, at::Tensor>;
using EdgeSplit = std::map<CanonicalEtype, at::Tensor>;

/// Where each part's nodes and edges are, type by type.
struct Splits {
  std::vector<Extents> nodes;
  std::vector<Extents> edges;
  std::size_t num_parts = 0;
};

/// Counts of the only type, or those of the batch if there are none.
template <typename Split, typename Type>
Split only_type(const at::Tensor& counts, const std::vector<Type>& types, const char* argument) {
  if (!counts.defined()) {
    return {};
  }
  check(types.size() == 1, "unbatch: {}: the graph has {} types; give the counts of each by type",
        argument, types.size());
  return {{types.front(), counts}};
}

Splits read_splits(const Graph& graph, const NodeSplit& node_split, const EdgeSplit& edge_split) {
  const GraphData& data = graph.graph_data();
  for (const auto& [type, counts] : node_split) {
    static_cast<void>(data.src_nodes->index(type));
  }
  for (const auto& [type, counts] : edge_split) {
    static_cast<void>(data.relation(type));
  }
  Splits splits;
  for (std::size_t i = 0; i < data.src_nodes->types.size(); ++i) {
    const std::string& type = data.src_nodes->types[i];
    check(node_split.empty() || node_split.contains(type),
          "unbatch: node_split: there are no counts of node type \"{}\"", type);
    splits.nodes.push_back(detail::read_extents(
        node_split.empty() ? graph.batch_num_nodes(type) : node_split.at(type),
        fmt::format("unbatch: node_split of \"{}\"", type), data.src_nodes->counts[i], "node"));
  }
  for (const GraphData::Relation& relation : data.relations) {
    check(edge_split.empty() || edge_split.contains(relation.type),
          "unbatch: edge_split: there are no counts of relation {}", to_string(relation.type));
    splits.edges.push_back(detail::read_extents(
        edge_split.empty() ? graph.batch_num_edges(relation.type) : edge_split.at(relation.type),
        fmt::format("unbatch: edge_split of {}", to_string(relation.type)),
        relation.adjacency->num_edges(), "edge"));
  }
  splits.num_parts = splits.nodes.front().counts.size();
  for (const std::vector<Extents>* each : {&splits.nodes, &splits.edges}) {
    for (const Extents& extents : *each) {
      check(extents.counts.size() == splits.num_parts,
            "unbatch: node_split and edge_split: expected one number of parts, got {} and {}",
            splits.num_parts, extents.counts.size());
    }
  }
  return splits;
}

/// `ids` of one side of a relation's edges, numbered within the edges' parts.
at::Tensor within_parts(const at::Tensor& ids, const Extents& nodes, const Extents& edges,
                        const CanonicalEtype& type) {
  at::Tensor local = ids - repeat_for_rows(nodes.starts, edges, ids.options());
  const at::Tensor outside =
      (local < 0) | (local >= repeat_for_rows(nodes.counts, edges, ids.options()));
  if (outside.any().item<bool>()) {
    fail(
        "unbatch: edge {} of relation {} leaves its part of the graph; see node_split and "
        "edge_split",
        outside.nonzero()[0].item<std::int64_t>(), to_string(type));
  }
  return local;
}

/// One relation of each part.
std::vector<AdjacencyPtr> split_relation(const GraphData::Relation& relation, const Splits& splits,
                                         const Extents& edges) {
  const Extents& src_nodes = splits.nodes[relation.src];
  const Extents& dst_nodes = splits.nodes[relation.dst];
  const ops::Coo coo = detail::endpoints(*relation.adjacency);
  const at::Tensor src = within_parts(coo.src, src_nodes, edges, relation.type);
  const at::Tensor dst = within_parts(coo.dst, dst_nodes, edges, relation.type);
  const std::vector<at::Tensor> sources = src.split_with_sizes(edges.counts);
  const std::vector<at::Tensor> destinations = dst.split_with_sizes(edges.counts);
  std::vector<AdjacencyPtr> parts;
  for (std::size_t i = 0; i < splits.num_parts; ++i) {
    parts.push_back(detail::replace_edges(*relation.adjacency, src_nodes.counts[i],
                                          dst_nodes.counts[i], {sources[i], destinations[i]}));
  }
  return parts;
}

/// The rows of `frame` go to the frames of the parts. In one operation, whose gradient is one, too.
void split_features(const Frame& frame, const Extents& extents,
                    const std::vector<FramePtr>& parts) {
  for (const auto& [name, column] : frame.columns()) {
    const std::vector<at::Tensor> rows = column->data().split_with_sizes(extents.counts);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      parts[i]->set(name, rows[i]);
    }
  }
}

std::vector<Graph> split(const Graph& graph, const Splits& splits) {
  const GraphData& data = graph.graph_data();
  std::vector<std::vector<AdjacencyPtr>> relations;
  for (std::size_t i = 0; i < data.relations.size(); ++i) {
    relations.push_back(split_relation(data.relations[i], splits, splits.edges[i]));
  }
  std::vector<Graph> parts;
  parts.reserve(splits.num_parts);
  for (std::size_t part = 0; part < splits.num_parts; ++part) {
    NodeCounts counts;
    for (std::size_t i = 0; i < splits.nodes.size(); ++i) {
      counts[data.src_nodes->types[i]] = splits.nodes[i].counts[part];
    }
    Adjacencies adjacencies;
    for (std::size_t i = 0; i < relations.size(); ++i) {
      adjacencies[data.etypes[i]] = relations[i][part];
    }
    parts.emplace_back(make_graph_data(counts, adjacencies, data.idtype, data.device));
  }
  const auto frames = [&](const auto& frame_of) {
    std::vector<FramePtr> result;
    for (const Graph& part : parts) {
      result.push_back(frame_of(part.graph_data()));
    }
    return result;
  };
  for (std::size_t i = 0; i < splits.nodes.size(); ++i) {
    split_features(*data.src_nodes->frames[i], splits.nodes[i],
                   frames([i](const GraphData& part) { return part.src_nodes->frames[i]; }));
  }
  for (std::size_t i = 0; i < splits.edges.size(); ++i) {
    split_features(*data.relations[i].frame, splits.edges[i],
                   frames([i](const GraphData& part) { return part.relations[i].frame; }));
  }
  return parts;
}

}  // namespace

std::vector<Graph> unbatch(const Graph& graph) { return unbatch(graph, NodeSplit(), EdgeSplit()); }

std::vector<Graph> unbatch(const Graph& graph, const at::Tensor& node_split,
                           const at::Tensor& edge_split) {
  return unbatch(graph, only_type<NodeSplit>(node_split, graph.srctypes(), "node_split"),
                 only_type<EdgeSplit>(edge_split, graph.canonical_etypes(), "edge_split"));
}

std::vector<Graph> unbatch(const Graph& graph, const NodeSplit& node_split,
                           const EdgeSplit& edge_split) {
  check_not_block(graph, "unbatch");
  return split(graph, read_splits(graph, node_split, edge_split));
}

}  // namespace grapevine
