#include "grapevine/graph/transform/batch.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "grapevine/graph/detail/batch_info.h"
#include "grapevine/graph/detail/extents.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

using detail::Extents;
using detail::repeat_for_rows;

/// The nodes or edges of one type in all graphs.
struct GraphPart {
  std::string name;  ///< of its features, as in `nodes("user").data`
  Extents extents;
  std::vector<FramePtr> frames;  ///< one for each graph
};

std::vector<std::string> names_of(const std::vector<CanonicalEtype>& types) {
  std::vector<std::string> names;
  for (const CanonicalEtype& type : types) {
    names.push_back(to_string(type));
  }
  return names;
}

void check_alike(const std::vector<Graph>& graphs) {
  check(!graphs.empty(), "batch: graphs: expected at least one graph, got none");
  const GraphData& first = graphs.front().graph_data();
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    const GraphData& data = graphs[i].graph_data();
    check(!data.is_block, "batch: graphs[{}]: expected a graph, got a block", i);
    check(data.src_nodes->types == first.src_nodes->types,
          "batch: graphs[{}]: expected the node types [{}] of graphs[0], got [{}]", i,
          fmt::join(first.src_nodes->types, ", "), fmt::join(data.src_nodes->types, ", "));
    check(data.etypes == first.etypes,
          "batch: graphs[{}]: expected the relations [{}] of graphs[0], got [{}]", i,
          fmt::join(names_of(first.etypes), ", "), fmt::join(names_of(data.etypes), ", "));
    check(data.idtype == first.idtype,
          "batch: graphs[{}]: expected ids of type {}, as graphs[0], got {}", i,
          at::toString(first.idtype), at::toString(data.idtype));
    check(data.device == first.device,
          "batch: graphs[{}]: expected a graph on {}, as graphs[0], got {}", i, first.device.str(),
          data.device.str());
  }
}

void check_fits(const GraphPart& part, at::ScalarType idtype) {
  check(idtype != at::kInt || part.extents.total <= std::numeric_limits<std::int32_t>::max(),
        "batch: graphs: the {} rows of {} do not fit int32 ids; use to_int64", part.extents.total,
        part.name);
}

std::vector<GraphPart> node_parts(const std::vector<Graph>& graphs) {
  const std::vector<std::string>& types = graphs.front().graph_data().src_nodes->types;
  std::vector<GraphPart> parts(types.size());
  for (std::size_t type = 0; type < types.size(); ++type) {
    parts[type].name = fmt::format("nodes(\"{}\").data", types[type]);
    for (const Graph& graph : graphs) {
      const GraphData::NodeSpace& nodes = *graph.graph_data().src_nodes;
      parts[type].extents.add(nodes.counts[type]);
      parts[type].frames.push_back(nodes.frames[type]);
    }
    check_fits(parts[type], graphs.front().idtype());
  }
  return parts;
}

std::vector<GraphPart> edge_parts(const std::vector<Graph>& graphs) {
  const std::vector<CanonicalEtype>& types = graphs.front().canonical_etypes();
  std::vector<GraphPart> parts(types.size());
  for (std::size_t type = 0; type < types.size(); ++type) {
    parts[type].name = fmt::format("edges({}).data", to_string(types[type]));
    for (const Graph& graph : graphs) {
      const GraphData::Relation& relation = graph.graph_data().relations[type];
      parts[type].extents.add(relation.adjacency->num_edges());
      parts[type].frames.push_back(relation.frame);
    }
    check_fits(parts[type], graphs.front().idtype());
  }
  return parts;
}

// ---- structure

/// One relation of all graphs, with the extents of its nodes and edges.
struct RelationParts {
  std::vector<const Adjacency*> graphs;
  const Extents& src;
  const Extents& dst;
  const Extents& edges;
};

ops::Coo join_coo(const RelationParts& parts) {
  std::vector<at::Tensor> src;
  std::vector<at::Tensor> dst;
  for (const Adjacency* adjacency : parts.graphs) {
    src.push_back(adjacency->coo().src);
    dst.push_back(adjacency->coo().dst);
  }
  const at::TensorOptions ids = src.front().options();
  return {at::cat(src).add_(repeat_for_rows(parts.src.starts, parts.edges, ids)),
          at::cat(dst).add_(repeat_for_rows(parts.dst.starts, parts.edges, ids))};
}

/// Joins rows whose `indices` are nodes of the other side, `others`.
ops::Csr join_csr(const std::vector<const ops::Csr*>& parts, const Extents& rows,
                  const Extents& others, const Extents& edges) {
  const at::TensorOptions ids = parts.front()->indices.options();
  const at::TensorOptions offsets = parts.front()->indptr.options();
  const bool has_edge_ids = std::any_of(
      parts.begin(), parts.end(), [](const ops::Csr* csr) { return csr->edge_ids.defined(); });
  std::vector<at::Tensor> indptr;
  std::vector<at::Tensor> indices;
  std::vector<at::Tensor> edge_ids;
  for (const ops::Csr* csr : parts) {
    indptr.push_back(csr->indptr.narrow(0, 0, csr->indptr.numel() - 1));
    indices.push_back(csr->indices);
    if (has_edge_ids) {
      edge_ids.push_back(csr->edge_ids.defined() ? csr->edge_ids
                                                 : at::arange(csr->indices.numel(), ids));
    }
  }
  const at::Tensor begins = at::cat(indptr).add_(repeat_for_rows(edges.starts, rows, offsets));
  ops::Csr joined{at::cat({begins, at::full({1}, edges.total, offsets)}),
                  at::cat(indices).add_(repeat_for_rows(others.starts, edges, ids)),
                  {}};
  if (has_edge_ids) {
    joined.edge_ids = at::cat(edge_ids).add_(repeat_for_rows(edges.starts, edges, ids));
  }
  return joined;
}

FormatSet common(const std::vector<const Adjacency*>& graphs,
                 const std::function<FormatSet(const Adjacency&)>& formats) {
  FormatSet all = {true, true, true};
  for (const Adjacency* adjacency : graphs) {
    const FormatSet one = formats(*adjacency);
    all = {all.coo && one.coo, all.csr && one.csr, all.csc && one.csc};
  }
  return all;
}

AdjacencyPtr join(const RelationParts& parts, const CanonicalEtype& type) {
  const FormatSet allowed =
      common(parts.graphs, [](const Adjacency& each) { return each.allowed(); });
  check(allowed != FormatSet{},
        "batch: graphs: relation {} has no format that every graph allows; see Graph::formats",
        to_string(type));
  const FormatSet created =
      common(parts.graphs, [](const Adjacency& each) { return each.created(); });
  const FormatSet source = created != FormatSet{} ? created : allowed;
  const auto joined = [&]() -> AdjacencyPtr {
    if (source.coo) {
      return Adjacency::from_coo_unchecked(parts.src.total, parts.dst.total, join_coo(parts));
    }
    std::vector<const ops::Csr*> rows;
    for (const Adjacency* adjacency : parts.graphs) {
      rows.push_back(source.csc ? &adjacency->csc() : &adjacency->csr());
    }
    if (source.csc) {
      return Adjacency::from_csc_unchecked(parts.src.total, parts.dst.total,
                                           join_csr(rows, parts.dst, parts.src, parts.edges));
    }
    return Adjacency::from_csc_unchecked(parts.dst.total, parts.src.total,
                                         join_csr(rows, parts.src, parts.dst, parts.edges))
        ->reverse();
  };
  return allowed == FormatSet{true, true, true} ? joined() : joined()->restrict_to(allowed);
}

Graph join_structure(const std::vector<Graph>& graphs, const std::vector<GraphPart>& nodes,
                     const std::vector<GraphPart>& edges) {
  const GraphData& first = graphs.front().graph_data();
  NodeCounts counts;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    counts[first.src_nodes->types[i]] = nodes[i].extents.total;
  }
  Adjacencies adjacencies;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const GraphData::Relation& relation = first.relations[i];
    RelationParts parts{
        {}, nodes[relation.src].extents, nodes[relation.dst].extents, edges[i].extents};
    for (const Graph& graph : graphs) {
      parts.graphs.push_back(graph.graph_data().relations[i].adjacency.get());
    }
    adjacencies[relation.type] = join(parts, relation.type);
  }
  return Graph(make_graph_data(counts, adjacencies, first.idtype, first.device));
}

// ---- batch information

/// How many rows each graph has, parts that are batches taken apart by `nested`.
at::Tensor join_counts(const std::vector<Graph>& graphs, const Extents& extents,
                       const std::function<at::Tensor(const Graph&)>& nested) {
  const bool is_nested = std::any_of(graphs.begin(), graphs.end(), [](const Graph& graph) {
    return graph.graph_data().batch != nullptr;
  });
  if (!is_nested) {
    const Graph& first = graphs.front();
    return at::tensor(extents.counts, at::kLong).to(first.device(), first.idtype());
  }
  std::vector<at::Tensor> counts;
  for (const Graph& graph : graphs) {
    counts.push_back(nested(graph));
  }
  return at::cat(counts);
}

GraphData::Batch join_batches(const std::vector<Graph>& graphs, const std::vector<GraphPart>& nodes,
                              const std::vector<GraphPart>& edges) {
  const GraphData& first = graphs.front().graph_data();
  GraphData::Batch batch;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    batch.num_nodes.push_back(join_counts(graphs, nodes[i].extents, [&](const Graph& graph) {
      return graph.batch_num_nodes(first.src_nodes->types[i]);
    }));
  }
  for (std::size_t i = 0; i < edges.size(); ++i) {
    batch.num_edges.push_back(join_counts(graphs, edges[i].extents, [&](const Graph& graph) {
      return graph.batch_num_edges(first.etypes[i]);
    }));
  }
  return batch;
}

// ---- features

std::string describe(const Frame& frame, const std::vector<std::string>& names) {
  std::vector<std::string> features;
  for (const std::string& name : names) {
    const auto found = frame.columns().find(name);
    if (found != frame.columns().end()) {
      const at::Tensor& data = found->second->peek();
      features.push_back(fmt::format("'{}': [{}] {}", name, fmt::join(data.sizes().slice(1), ", "),
                                     at::toString(data.scalar_type())));
    }
  }
  return fmt::format("{{{}}}", fmt::join(features, ", "));
}

bool agree(const Frame& first, const Frame& other, const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    const auto found = other.columns().find(name);
    if (found == other.columns().end()) {
      return false;
    }
    const at::Tensor& left = first.columns().at(name)->peek();
    const at::Tensor& right = found->second->peek();
    return left.scalar_type() == right.scalar_type() &&
           left.sizes().slice(1) == right.sizes().slice(1);
  });
}

void join_features(const GraphPart& part, const std::optional<std::vector<std::string>>& wanted,
                   Frame& to) {
  std::vector<std::size_t> filled;
  for (std::size_t i = 0; i < part.frames.size(); ++i) {
    if (part.extents.counts[i] > 0 || part.extents.total == 0) {
      filled.push_back(i);
    }
  }
  const Frame& first = *part.frames[filled.front()];
  const std::vector<std::string> names = wanted.value_or(first.names());
  for (const std::string& name : names) {
    check(first.contains(name), "batch: {} of graphs[{}] has no feature \"{}\"; there are: [{}]",
          part.name, filled.front(), name, fmt::join(first.names(), ", "));
  }
  for (const std::size_t i : filled) {
    const Frame& frame = *part.frames[i];
    check(
        agree(first, frame, names) && (wanted || frame.columns().size() == names.size()),
        "batch: {}: expected the features of graphs[{}] in every graph, {}, but graphs[{}] has {}",
        part.name, filled.front(), describe(first, names), i,
        describe(frame, wanted ? names : frame.names()));
  }
  for (const std::string& name : names) {
    std::vector<at::Tensor> rows;
    for (const std::size_t i : filled) {
      rows.push_back(part.frames[i]->get(name));
    }
    to.set(name, at::cat(rows));
  }
}

}  // namespace

Graph batch(const std::vector<Graph>& graphs, const BatchOptions& options) {
  check_alike(graphs);
  const std::vector<GraphPart> nodes = node_parts(graphs);
  const std::vector<GraphPart> edges = edge_parts(graphs);
  const Graph joined =
      detail::with_batch(join_structure(graphs, nodes, edges), join_batches(graphs, nodes, edges));
  const GraphData& data = joined.graph_data();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    join_features(nodes[i], options.ndata, *data.src_nodes->frames[i]);
  }
  for (std::size_t i = 0; i < edges.size(); ++i) {
    join_features(edges[i], options.edata, *data.relations[i].frame);
  }
  return joined;
}

}  // namespace grapevine
