#include "grapevine/graph/checks.h"
#include "grapevine/graph/detail/row_edges.h"
#include "grapevine/graph/graph.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

at::Tensor select_degrees(const at::Tensor& degrees, const at::Tensor& nodes,
                          const char* argument) {
  if (!nodes.defined()) {
    return degrees;
  }
  check_ids(nodes, argument, "node", degrees.numel(), degrees.scalar_type(), degrees.device());
  return degrees.index_select(0, nodes);
}

}  // namespace

at::Tensor Graph::in_degrees(const at::Tensor& nodes, const EtypeKey& etype) const {
  return select_degrees(data_->relation(etype).adjacency->in_degrees(), nodes, "in_degrees");
}

at::Tensor Graph::out_degrees(const at::Tensor& nodes, const EtypeKey& etype) const {
  return select_degrees(data_->relation(etype).adjacency->out_degrees(), nodes, "out_degrees");
}

EdgePair Graph::find_edges(const at::Tensor& eids, const EtypeKey& etype) const {
  const Adjacency& adjacency = *data_->relation(etype).adjacency;
  check_ids(eids, "find_edges", "edge", adjacency.num_edges(), idtype(), device());
  const ops::Coo& coo = adjacency.coo();
  return {coo.src.index_select(0, eids), coo.dst.index_select(0, eids)};
}

EdgeList Graph::in_edges(const at::Tensor& nodes, const EtypeKey& etype) const {
  const Adjacency& adjacency = *data_->relation(etype).adjacency;
  check_ids(nodes, "in_edges", "node", adjacency.num_dst(), idtype(), device());
  detail::RowEdges edges = detail::edges_of_rows(adjacency.csc(), nodes);
  return {std::move(edges.others), std::move(edges.rows), std::move(edges.edge_ids)};
}

EdgeList Graph::out_edges(const at::Tensor& nodes, const EtypeKey& etype) const {
  const Adjacency& adjacency = *data_->relation(etype).adjacency;
  check_ids(nodes, "out_edges", "node", adjacency.num_src(), idtype(), device());
  detail::RowEdges edges = detail::edges_of_rows(adjacency.csr(), nodes);
  return {std::move(edges.rows), std::move(edges.others), std::move(edges.edge_ids)};
}

}  // namespace grapevine
