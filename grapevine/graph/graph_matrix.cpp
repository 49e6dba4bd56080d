#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sparse_coo_tensor.h>
#include <ATen/ops/stack.h>

#include "grapevine/graph/graph.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

at::Tensor sparse_matrix(const at::Tensor& rows, const at::Tensor& columns,
                         const at::Tensor& values, std::int64_t num_rows,
                         std::int64_t num_columns) {
  return at::sparse_coo_tensor(at::stack({rows.to(at::kLong), columns.to(at::kLong)}), values,
                               {num_rows, num_columns}, values.options().layout(at::kSparse));
}

}  // namespace

at::Tensor Graph::adjacency_matrix(const EtypeKey& etype, const std::string& edge_weight) const {
  const GraphData::Relation& relation = data_->relation(etype);
  const Adjacency& adjacency = *relation.adjacency;
  at::Tensor values = edge_weight.empty()
                          ? at::ones({adjacency.num_edges()}, at::TensorOptions(device()))
                          : relation.frame->get(edge_weight);
  if (values.dim() == 2 && values.size(1) == 1) {
    values = values.squeeze(1);
  }
  check(values.dim() == 1,
        "adjacency_matrix: edge_weight '{}': expected one number for each edge, got shape {}",
        edge_weight, values.sizes());
  const ops::Coo& edges = adjacency.coo();
  return sparse_matrix(edges.src, edges.dst, values, adjacency.num_src(), adjacency.num_dst());
}

at::Tensor Graph::incidence_matrix(const std::string& typestr, const EtypeKey& etype) const {
  const Adjacency& adjacency = *data_->relation(etype).adjacency;
  const ops::Coo& edges = adjacency.coo();
  const at::Tensor ids = at::arange(adjacency.num_edges(), at::TensorOptions(device()));
  const at::Tensor ones = at::ones({adjacency.num_edges()}, at::TensorOptions(device()));
  if (typestr == "in") {
    return sparse_matrix(edges.dst, ids, ones, adjacency.num_dst(), adjacency.num_edges());
  }
  if (typestr == "out") {
    return sparse_matrix(edges.src, ids, ones, adjacency.num_src(), adjacency.num_edges());
  }
  check(typestr == "both", "incidence_matrix: typestr: expected 'in', 'out' or 'both', got '{}'",
        typestr);
  const CanonicalEtype type = to_canonical_etype(etype);
  check(type.src == type.dst && !is_block(),
        "incidence_matrix: typestr 'both' needs a relation within one node type, got {}",
        to_string(type));
  // A self-loop leaves and enters its node: nothing remains.
  const at::Tensor kept = ones.masked_fill(edges.src.eq(edges.dst), 0);
  return sparse_matrix(at::cat({edges.dst, edges.src}), at::cat({ids, ids}),
                       at::cat({kept, kept.neg()}), adjacency.num_dst(), adjacency.num_edges());
}

}  // namespace grapevine
