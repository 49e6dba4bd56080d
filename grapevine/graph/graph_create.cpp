#include <ATen/ops/tensor.h>

#include <algorithm>

#include "grapevine/graph/checks.h"
#include "grapevine/graph/detail/node_counts.h"
#include "grapevine/graph/graph.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

NodeCounts counts_shown_by(const Relations& relations) {
  NodeCounts shown;
  for (const auto& [type, edges] : relations) {
    check(!type.src.empty() && !type.name.empty() && !type.dst.empty(),
          "heterograph: the names of a relation must not be empty, got {}", to_string(type));
    shown[type.src] = std::max(shown[type.src], detail::nodes_shown_by(edges.src, "src"));
    shown[type.dst] = std::max(shown[type.dst], detail::nodes_shown_by(edges.dst, "dst"));
  }
  return shown;
}

}  // namespace

Graph graph(const at::Tensor& src, const at::Tensor& dst, const GraphOptions& options) {
  const std::int64_t shown =
      std::max(detail::nodes_shown_by(src, "src"), detail::nodes_shown_by(dst, "dst"));
  if (options.num_nodes) {
    detail::check_node_count(*options.num_nodes, shown, "");
  }
  const std::int64_t num_nodes = options.num_nodes.value_or(shown);
  AdjacencyPtr adjacency = Adjacency::from_coo(num_nodes, num_nodes, src, dst);
  const at::ScalarType idtype = adjacency->idtype();
  const at::Device device = adjacency->device();
  return Graph(make_graph_data(
      {{kDefaultNtype, num_nodes}},
      {{{kDefaultNtype, kDefaultEtype, kDefaultNtype}, std::move(adjacency)}}, idtype, device));
}

Graph graph(const std::vector<std::int64_t>& src, const std::vector<std::int64_t>& dst,
            const GraphOptions& options) {
  return graph(at::tensor(src, at::kLong), at::tensor(dst, at::kLong), options);
}

Graph graph(std::initializer_list<std::int64_t> src, std::initializer_list<std::int64_t> dst,
            const GraphOptions& options) {
  return graph(std::vector<std::int64_t>(src), std::vector<std::int64_t>(dst), options);
}

Graph heterograph(const Relations& relations, const NodeCounts& num_nodes) {
  const NodeCounts counts = detail::complete_node_counts(counts_shown_by(relations), num_nodes);
  check(!counts.empty(), "heterograph: expected at least one relation or node type, got none");
  Adjacencies adjacencies;
  for (const auto& [type, edges] : relations) {
    try {
      adjacencies[type] =
          Adjacency::from_coo(counts.at(type.src), counts.at(type.dst), edges.src, edges.dst);
    } catch (const Error& error) {
      fail("relation {}: {}", to_string(type), error.what());
    }
  }
  at::ScalarType idtype = at::kLong;
  at::Device device = at::kCPU;
  if (!adjacencies.empty()) {
    idtype = adjacencies.begin()->second->idtype();
    device = adjacencies.begin()->second->device();
  }
  for (const auto& [type, adjacency] : adjacencies) {
    check(adjacency->idtype() == idtype,
          "relation {}: expected ids of type {}, as the other relations', got {}", to_string(type),
          at::toString(idtype), at::toString(adjacency->idtype()));
    check(adjacency->device() == device,
          "relation {}: expected ids on {}, as the other relations', got {}", to_string(type),
          device.str(), adjacency->device().str());
  }
  return Graph(make_graph_data(counts, adjacencies, idtype, device));
}

Graph create_block(const at::Tensor& src, const at::Tensor& dst, std::int64_t num_src_nodes,
                   std::int64_t num_dst_nodes) {
  AdjacencyPtr adjacency = Adjacency::from_coo(num_src_nodes, num_dst_nodes, src, dst);
  const at::ScalarType idtype = adjacency->idtype();
  const at::Device device = adjacency->device();
  return Graph(make_block_data(
      {{kDefaultNtype, num_src_nodes}}, {{kDefaultNtype, num_dst_nodes}},
      {{{kDefaultNtype, kDefaultEtype, kDefaultNtype}, std::move(adjacency)}}, idtype, device));
}

}  // namespace grapevine
