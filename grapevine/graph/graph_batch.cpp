#include <ATen/ops/full.h>

#include "grapevine/graph/detail/batch_info.h"
#include "grapevine/graph/detail/extents.h"
#include "grapevine/graph/graph.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

at::Tensor one_count(const GraphData& data, std::int64_t count) {
  return at::full({1}, count, at::TensorOptions(data.idtype).device(data.device));
}

/// A copy of a caller's counts, so that later writes to his tensor change no graph.
at::Tensor checked_counts(const GraphData& data, const at::Tensor& counts,
                          const std::string& argument, std::int64_t total, const char* entity) {
  static_cast<void>(detail::read_extents(counts, argument, total, entity));
  check(counts.scalar_type() == data.idtype,
        "{}: expected counts of type {}, as the graph's, got {}", argument,
        at::toString(data.idtype), at::toString(counts.scalar_type()));
  check(counts.device() == data.device, "{}: expected counts on {}, as the graph is, got {}",
        argument, data.device.str(), counts.device().str());
  return counts.detach().clone();
}

void check_one_length(const std::vector<at::Tensor>& counts, const char* function) {
  for (const at::Tensor& each : counts) {
    check(each.numel() == counts.front().numel(),
          "{}: expected as many counts for every type, got {} and {}", function,
          counts.front().numel(), each.numel());
  }
}

}  // namespace

std::int64_t Graph::batch_size() const {
  return data_->batch ? data_->batch->num_nodes.front().numel() : 1;
}

at::Tensor Graph::batch_num_nodes(std::string_view ntype) const {
  check(!is_block(), "batch_num_nodes: expected a graph, got a block");
  const std::size_t i = data_->src_nodes->index(ntype);
  return data_->batch ? data_->batch->num_nodes[i] : one_count(*data_, data_->src_nodes->counts[i]);
}

at::Tensor Graph::batch_num_edges(const EtypeKey& etype) const {
  const GraphData::Relation& relation = data_->relation(etype);
  if (!data_->batch) {
    return one_count(*data_, relation.adjacency->num_edges());
  }
  const at::Tensor& counts =
      data_->batch->num_edges[static_cast<std::size_t>(&relation - data_->relations.data())];
  check(counts.numel() == batch_size(),
        "batch_num_edges: the batch has {} graphs by its nodes, but {} by its edges; see "
        "set_batch_num_nodes and set_batch_num_edges",
        batch_size(), counts.numel());
  return counts;
}

void Graph::set_batch_num_nodes(const at::Tensor& num_nodes) {
  const std::vector<std::string>& types = data_->src_nodes->types;
  check(types.size() == 1,
        "set_batch_num_nodes: the graph has {} node types [{}]; give the counts of each by type",
        types.size(), fmt::join(types, ", "));
  set_batch_num_nodes({{types.front(), num_nodes}});
}

void Graph::set_batch_num_nodes(const std::map<std::string, at::Tensor>& num_nodes) {
  check(!is_block(), "set_batch_num_nodes: expected a graph, got a block");
  const GraphData::NodeSpace& nodes = *data_->src_nodes;
  for (const auto& [type, counts] : num_nodes) {
    static_cast<void>(nodes.index(type));
  }
  GraphData::Batch batch = detail::batch_of(*this);
  for (std::size_t i = 0; i < nodes.types.size(); ++i) {
    const auto found = num_nodes.find(nodes.types[i]);
    check(found != num_nodes.end(), "set_batch_num_nodes: there are no counts of node type \"{}\"",
          nodes.types[i]);
    batch.num_nodes[i] =
        checked_counts(*data_, found->second,
                       fmt::format("set_batch_num_nodes of node type \"{}\"", nodes.types[i]),
                       nodes.counts[i], "node");
  }
  check_one_length(batch.num_nodes, "set_batch_num_nodes");
  *this = detail::with_batch(*this, std::move(batch));
}

void Graph::set_batch_num_edges(const at::Tensor& num_edges) {
  check(data_->relations.size() == 1,
        "set_batch_num_edges: the graph has {} edge types [{}]; give the counts of each by type",
        data_->relations.size(), fmt::join(etypes(), ", "));
  set_batch_num_edges({{data_->etypes.front(), num_edges}});
}

void Graph::set_batch_num_edges(const std::map<CanonicalEtype, at::Tensor>& num_edges) {
  check(!is_block(), "set_batch_num_edges: expected a graph, got a block");
  for (const auto& [type, counts] : num_edges) {
    static_cast<void>(data_->relation(type));
  }
  GraphData::Batch batch = detail::batch_of(*this);
  for (std::size_t i = 0; i < data_->relations.size(); ++i) {
    const GraphData::Relation& relation = data_->relations[i];
    const std::string name = to_string(relation.type);
    const auto found = num_edges.find(relation.type);
    check(found != num_edges.end(), "set_batch_num_edges: there are no counts of relation {}",
          name);
    batch.num_edges[i] = checked_counts(*data_, found->second,
                                        fmt::format("set_batch_num_edges of relation {}", name),
                                        relation.adjacency->num_edges(), "edge");
  }
  check_one_length(batch.num_edges, "set_batch_num_edges");
  *this = detail::with_batch(*this, std::move(batch));
}

}  // namespace grapevine
