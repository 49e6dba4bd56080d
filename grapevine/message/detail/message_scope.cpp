#include "grapevine/message/detail/message_scope.h"

#include <ATen/ops/_unique2.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/zeros.h>

#include <utility>

#include "grapevine/util/error.h"

namespace grapevine::detail {
namespace {

struct Numbering {
  at::Tensor ids;   ///< ascending, each once
  at::Tensor rows;  ///< the position in `ids` of each endpoint
};

/// Numbers `endpoints`, all of which occur in `members`.
Numbering renumber(const at::Tensor& members, const at::Tensor& endpoints) {
  at::Tensor ids = std::get<0>(at::_unique2(members));
  at::Tensor rows =
      at::searchsorted(ids, endpoints, /*out_int32=*/endpoints.scalar_type() == at::kInt);
  return {std::move(ids), std::move(rows)};
}

/// The column `[num_rows, *shape]` with `values` in `rows`.
at::Tensor with_rows(const Frame& frame, const std::string& name, const at::Tensor& rows,
                     const at::Tensor& values) {
  const at::Tensor index = rows.to(at::kLong);
  if (!frame.contains(name)) {
    at::DimVector shape(values.sizes().begin(), values.sizes().end());
    shape[0] = frame.num_rows();
    return at::zeros(shape, values.options()).index_copy(0, index, values);
  }
  const at::Tensor& column = frame.get(name);
  check(column.scalar_type() == values.scalar_type() &&
            column.sizes().slice(1) == values.sizes().slice(1),
        "{} feature \"{}\": expected rows of shape [{}] and type {}, as in the other rows, got "
        "[{}] and {}",
        frame.entity(), name, fmt::join(column.sizes().slice(1), ", "),
        at::toString(column.scalar_type()), fmt::join(values.sizes().slice(1), ", "),
        at::toString(values.scalar_type()));
  return column.index_copy(0, index, values);
}

}  // namespace

FramePtr rows_of(const Frame& frame, const at::Tensor& rows) {
  auto result = std::make_shared<Frame>(rows.numel(), frame.entity(), frame.device());
  result->add_slices(frame, rows);
  return result;
}

MessageScope whole_relation(const GraphData& graph, const GraphData::Relation& relation) {
  return {.etype = relation.type,
          .adjacency = relation.adjacency,
          .src = graph.src_nodes->frames[relation.src],
          .dst = graph.dst_nodes->frames[relation.dst],
          .edges = relation.frame};
}

MessageScope some_edges(const GraphData& graph, const GraphData::Relation& relation,
                        const at::Tensor& edge_ids, const at::Tensor& receivers) {
  const ops::Coo& coo = relation.adjacency->coo();
  const at::Tensor src_of_edges = coo.src.index_select(0, edge_ids);
  const at::Tensor dst_of_edges = coo.dst.index_select(0, edge_ids);
  const Numbering src = renumber(src_of_edges, src_of_edges);
  const Numbering dst = renumber(receivers.defined() ? receivers : dst_of_edges, dst_of_edges);
  return {.etype = relation.type,
          .adjacency =
              Adjacency::from_coo_unchecked(src.ids.numel(), dst.ids.numel(), {src.rows, dst.rows}),
          .src = rows_of(*graph.src_nodes->frames[relation.src], src.ids),
          .dst = rows_of(*graph.dst_nodes->frames[relation.dst], dst.ids),
          .edges = rows_of(*relation.frame, edge_ids),
          .src_ids = src.ids,
          .dst_ids = dst.ids,
          .edge_ids = edge_ids};
}

void store(Frame& frame, const at::Tensor& rows, const FeatureMap& features) {
  FeatureMap columns;
  for (const auto& [name, values] : features) {
    columns[name] = rows.defined() ? with_rows(frame, name, rows, values) : values;
  }
  for (const auto& [name, column] : columns) {
    frame.set(name, column);
  }
}

}  // namespace grapevine::detail
