#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include "grapevine/graph/checks.h"
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

struct RowEdges {
  at::Tensor rows;    ///< the queried node of each edge
  at::Tensor others;  ///< its other endpoint
  at::Tensor edge_ids;
};

/// The edges of the rows `nodes`, row after row.
RowEdges edges_of_rows(const ops::Csr& csr, const at::Tensor& nodes) {
  const at::Tensor starts = csr.indptr.index_select(0, nodes);
  const at::Tensor counts = csr.indptr.index_select(0, nodes + 1) - starts;
  const at::Tensor query =
      at::arange(nodes.numel(), csr.indptr.options()).repeat_interleave(counts);
  const at::Tensor first = counts.cumsum(0) - counts;
  const at::Tensor positions = at::arange(query.numel(), csr.indptr.options()) -
                               first.index_select(0, query) + starts.index_select(0, query);
  at::Tensor ids = csr.edge_ids.defined() ? csr.edge_ids.index_select(0, positions)
                                          : positions.to(csr.indices.scalar_type());
  return {nodes.index_select(0, query), csr.indices.index_select(0, positions), std::move(ids)};
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
  RowEdges edges = edges_of_rows(adjacency.csc(), nodes);
  return {std::move(edges.others), std::move(edges.rows), std::move(edges.edge_ids)};
}

EdgeList Graph::out_edges(const at::Tensor& nodes, const EtypeKey& etype) const {
  const Adjacency& adjacency = *data_->relation(etype).adjacency;
  check_ids(nodes, "out_edges", "node", adjacency.num_src(), idtype(), device());
  RowEdges edges = edges_of_rows(adjacency.csr(), nodes);
  return {std::move(edges.rows), std::move(edges.others), std::move(edges.edge_ids)};
}

}  // namespace grapevine
