#include "grapevine/graph/transform/line_graph.h"

#include <ATen/TensorOperators.h>

#include <limits>

#include "grapevine/graph/detail/row_edges.h"
#include "grapevine/util/error.h"

namespace grapevine {

Graph line_graph(const Graph& graph, const LineGraphOptions& options) {
  check(graph.is_homogeneous(),
        "line_graph: graph: expected one node type, one relation and no block");
  const GraphData::Relation& relation = graph.graph_data().relations.front();
  const ops::Coo& coo = relation.adjacency->coo();
  const at::Tensor degrees = graph.out_degrees().to(at::kLong).index_select(0, coo.dst);
  const auto num_pairs = degrees.sum().item<std::int64_t>();
  check(graph.idtype() != at::kInt || num_pairs <= std::numeric_limits<std::int32_t>::max(),
        "line_graph: graph: the result would have {} edges or more, which do not fit int32 ids",
        num_pairs);
  const detail::RowEdges next = detail::edges_of_rows(relation.adjacency->csr(), coo.dst);
  const at::Tensor from = next.query.to(graph.idtype());
  at::Tensor kept = next.edge_ids.ne(from);
  if (!options.backtracking) {
    kept = kept & next.others.ne(coo.src.index_select(0, from));
  }
  const at::Tensor pairs = kept.nonzero().squeeze(1);
  const CanonicalEtype type{kDefaultNtype, kDefaultEtype, kDefaultNtype};
  const std::int64_t num_nodes = coo.src.numel();
  Graph result(make_graph_data(
      {{kDefaultNtype, num_nodes}},
      {{type, Adjacency::from_coo_unchecked(
                  num_nodes, num_nodes,
                  {from.index_select(0, pairs), next.edge_ids.index_select(0, pairs)})}},
      graph.idtype(), graph.device()));
  if (options.shared) {
    result.ndata().frame()->set_columns(relation.frame->columns());
  }
  return result;
}

}  // namespace grapevine
