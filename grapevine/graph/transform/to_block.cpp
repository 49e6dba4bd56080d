#include "grapevine/graph/transform/to_block.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include "grapevine/graph/checks.h"
#include "grapevine/graph/detail/block_parts.h"
#include "grapevine/graph/detail/node_numbering.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

/// Destinations by node type, on the CPU; undefined for a type that was not given.
std::vector<at::Tensor> given_destinations(const Graph& g, const NodeIds& dst_nodes) {
  const GraphData::NodeSpace& space = *g.graph_data().dst_nodes;
  std::vector<at::Tensor> result(space.types.size());
  for (const auto& [type, ids] : dst_nodes.map()) {
    const std::size_t index = space.index(type);
    check_ids(ids, "to_block: dst_nodes", "node", space.counts[index], g.idtype(), g.device());
    result[index] = ids.to(at::kCPU).contiguous();
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
class BlockMaker {
 public:
  BlockMaker(const Graph& g, std::vector<at::Tensor> dst_nodes, const ToBlockOptions& options)
      : data_(g.graph_data()), dst_nodes_(std::move(dst_nodes)) {
    const std::size_t num_types = dst_nodes_.size();
    sources_.resize(num_types);
    destinations_.resize(num_types);
    for (std::size_t type = 0; type < num_types; ++type) {
      std::int64_t possible = dst_nodes_[type].defined() ? dst_nodes_[type].numel() : 0;
      destinations_[type].reserve(possible);
      for (const GraphData::Relation& relation : data_.relations) {
        possible += relation.src == type ? relation.adjacency->num_edges() : 0;
      }
      sources_[type].reserve(std::min(possible, data_.src_nodes->counts[type]));
      append(type, options.include_dst_in_src);
    }
  }

  detail::BlockParts make() {
    const auto options = at::TensorOptions(data_.idtype);
    detail::BlockParts parts;
    std::vector<ops::Coo> edges;
    for (const GraphData::Relation& relation : data_.relations) {
      const bool kept = dst_nodes_[relation.dst].defined();
      edges.push_back(kept ? relabel(relation)
                           : ops::Coo{at::empty({0}, options), at::empty({0}, options)});
    }
    for (std::size_t i = 0; i < edges.size(); ++i) {
      const GraphData::Relation& relation = data_.relations[i];
      at::Tensor edge_ids = at::arange(edges[i].src.numel(), options);
      parts.relations.push_back(
          {relation.type,
           Adjacency::from_coo_unchecked(sources_[relation.src].size(),
                                         destinations_[relation.dst].size(), std::move(edges[i])),
           relation.frame, std::move(edge_ids)});
    }
    for (std::size_t type = 0; type < sources_.size(); ++type) {
      parts.src_nodes.push_back(sources_[type].nodes());
      parts.dst_nodes.push_back(destinations_[type].nodes());
    }
    return parts;
  }

 private:
  void append(std::size_t type, bool to_sources) {
    if (!dst_nodes_[type].defined()) {
      return;
    }
    const Id* ids = dst_nodes_[type].template const_data_ptr<Id>();
    for (std::int64_t i = 0; i < dst_nodes_[type].numel(); ++i) {
      destinations_[type].append(ids[i]);
      if (to_sources) {
        sources_[type].append(ids[i]);
      }
    }
  }

  /// The relation's edges in the block's numbers; new sources are numbered.
  ops::Coo relabel(const GraphData::Relation& relation) {
    const at::Tensor src = relation.adjacency->coo().src.contiguous();
    const at::Tensor dst = relation.adjacency->coo().dst.contiguous();
    ops::Coo edges{at::empty_like(src), at::empty_like(dst)};
    const Id* old_src = src.const_data_ptr<Id>();
    const Id* old_dst = dst.const_data_ptr<Id>();
    Id* new_src = edges.src.mutable_data_ptr<Id>();
    Id* new_dst = edges.dst.mutable_data_ptr<Id>();
    for (std::int64_t edge = 0; edge < src.numel(); ++edge) {
      new_dst[edge] = destinations_[relation.dst].find(old_dst[edge]);
      check(new_dst[edge] >= 0,
            "to_block: dst_nodes lacks node {} of type \"{}\", which has in-edges", old_dst[edge],
            relation.type.dst);
      new_src[edge] = sources_[relation.src].number(old_src[edge]);
    }
    return edges;
  }

  const GraphData& data_;
  std::vector<at::Tensor> dst_nodes_;
  std::vector<detail::NodeNumbering<Id>> sources_;
  std::vector<detail::NodeNumbering<Id>> destinations_;
};

/// The structure of `g` on the CPU.
Graph structure_on_cpu(const Graph& g) {
  if (g.device().is_cpu()) {
    return g;
  }
  auto data = std::make_shared<GraphData>(g.graph_data());
  data->device = at::kCPU;
  for (GraphData::Relation& relation : data->relations) {
    relation.adjacency = relation.adjacency->to(at::kCPU, data->idtype);
  }
  return Graph(std::move(data));
}

void move_parts(detail::BlockParts& parts, at::Device device, at::ScalarType idtype) {
  if (device.is_cpu()) {
    return;
  }
  for (std::vector<at::Tensor>* side : {&parts.src_nodes, &parts.dst_nodes}) {
    for (at::Tensor& nodes : *side) {
      nodes = nodes.to(device);
    }
  }
  for (detail::BlockRelation& relation : parts.relations) {
    relation.adjacency = relation.adjacency->to(device, idtype);
    relation.edge_ids = relation.edge_ids.to(device);
  }
}

template <typename Id>
Graph to_block_of(const Graph& g, const std::optional<NodeIds>& dst_nodes,
                  const ToBlockOptions& options) {
  const Graph structure = structure_on_cpu(g);
  std::vector<at::Tensor> destinations =
      dst_nodes ? given_destinations(g, *dst_nodes) : nodes_with_in_edges<Id>(structure);
  detail::BlockParts parts = BlockMaker<Id>(structure, std::move(destinations), options).make();
  move_parts(parts, g.device(), g.idtype());
  return detail::assemble_block(g, parts);
}

}  // namespace

Graph to_block(const Graph& g, const std::optional<NodeIds>& dst_nodes,
               const ToBlockOptions& options) {
  check_not_block(g, "to_block");
  return g.idtype() == at::kInt ? to_block_of<std::int32_t>(g, dst_nodes, options)
                                : to_block_of<std::int64_t>(g, dst_nodes, options);
}

}  // namespace grapevine
