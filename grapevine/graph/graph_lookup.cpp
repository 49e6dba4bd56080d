#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>

#include "grapevine/graph/checks.h"
#include "grapevine/graph/detail/edge_lookup.h"
#include "grapevine/graph/graph.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

/// Checked endpoints of one length.
EdgePair pairs(const Adjacency& adjacency, const at::Tensor& src, const at::Tensor& dst,
               const char* function) {
  const auto check_side = [&](const at::Tensor& ids, const char* side, std::int64_t count) {
    check_ids(ids, fmt::format("{}: {}", function, side), "node", count, adjacency.idtype(),
              adjacency.device());
  };
  check_side(src, "src", adjacency.num_src());
  check_side(dst, "dst", adjacency.num_dst());
  check(src.numel() == dst.numel() || src.numel() == 1 || dst.numel() == 1,
        "{}: src and dst: expected equal lengths, or one of length 1, got {} and {}", function,
        src.numel(), dst.numel());
  const std::int64_t length = src.numel() == 1 ? dst.numel() : src.numel();
  return {src.expand({length}), dst.expand({length})};
}

at::Tensor one_id(const Graph& graph, std::int64_t id, const char* function, std::int64_t count) {
  check(id >= 0 && id < count,
        "{}: node id {} is out of range; there are {} nodes, with ids from 0 to {}", function, id,
        count, count - 1);
  return at::full({1}, id, at::TensorOptions(graph.idtype()).device(graph.device()));
}

}  // namespace

at::Tensor Graph::has_nodes(const at::Tensor& nodes, std::string_view ntype) const {
  check(!is_block(), "has_nodes: a block numbers its source and destination nodes separately");
  const std::int64_t count = data_->src_nodes->counts[data_->src_nodes->index(ntype)];
  check_id_tensor(nodes, "has_nodes", "node", idtype(), device());
  return nodes.ge(0).logical_and(nodes.lt(count));
}

bool Graph::has_nodes(std::int64_t node, std::string_view ntype) const {
  check(!is_block(), "has_nodes: a block numbers its source and destination nodes separately");
  return node >= 0 && node < data_->src_nodes->counts[data_->src_nodes->index(ntype)];
}

at::Tensor Graph::has_edges_between(const at::Tensor& src, const at::Tensor& dst,
                                    const EtypeKey& etype) const {
  const Adjacency& adjacency = *data_->relation(etype).adjacency;
  const auto [from, to] = pairs(adjacency, src, dst, "has_edges_between");
  return detail::find_first_edges(adjacency, from, to).ge(0);
}

bool Graph::has_edges_between(std::int64_t src, std::int64_t dst, const EtypeKey& etype) const {
  const Adjacency& adjacency = *data_->relation(etype).adjacency;
  return has_edges_between(one_id(*this, src, "has_edges_between: src", adjacency.num_src()),
                           one_id(*this, dst, "has_edges_between: dst", adjacency.num_dst()), etype)
      .item<bool>();
}

at::Tensor Graph::edge_ids(const at::Tensor& src, const at::Tensor& dst,
                           const EtypeKey& etype) const {
  const Adjacency& adjacency = *data_->relation(etype).adjacency;
  const auto [from, to] = pairs(adjacency, src, dst, "edge_ids");
  at::Tensor ids = detail::find_first_edges(adjacency, from, to);
  const at::Tensor missing = ids.lt(0).nonzero().flatten();
  if (missing.numel() > 0) {
    const at::Tensor first = missing.narrow(0, 0, 1);
    fail("edge_ids: there is no edge from node {} to node {} ({} of {} pairs have none)",
         from.index_select(0, first).item<std::int64_t>(),
         to.index_select(0, first).item<std::int64_t>(), missing.numel(), ids.numel());
  }
  return ids;
}

std::int64_t Graph::edge_ids(std::int64_t src, std::int64_t dst, const EtypeKey& etype) const {
  const Adjacency& adjacency = *data_->relation(etype).adjacency;
  return edge_ids(one_id(*this, src, "edge_ids: src", adjacency.num_src()),
                  one_id(*this, dst, "edge_ids: dst", adjacency.num_dst()), etype)
      .item<std::int64_t>();
}

EdgeList Graph::edges_between(const at::Tensor& src, const at::Tensor& dst,
                              const EtypeKey& etype) const {
  const Adjacency& adjacency = *data_->relation(etype).adjacency;
  const auto [from, to] = pairs(adjacency, src, dst, "edges_between");
  return detail::find_all_edges(adjacency, from, to);
}

at::Tensor Graph::predecessors(std::int64_t node, const EtypeKey& etype) const {
  const std::int64_t count = data_->relation(etype).adjacency->num_dst();
  return in_edges(one_id(*this, node, "predecessors", count), etype).src;
}

at::Tensor Graph::successors(std::int64_t node, const EtypeKey& etype) const {
  const std::int64_t count = data_->relation(etype).adjacency->num_src();
  return out_edges(one_id(*this, node, "successors", count), etype).dst;
}

}  // namespace grapevine
