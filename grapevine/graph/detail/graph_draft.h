#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "grapevine/graph/graph.h"

// The common parts of add_nodes, add_edges, remove_nodes and remove_edges.
namespace grapevine::detail {

/// A graph, not a block, that is being changed: a copy with frames of its own that share the
/// columns. Adjacencies are shared until they are replaced.
struct GraphDraft {
  explicit GraphDraft(const Graph& graph);
  /// The changed graph; the draft is used up. `fit_relations` comes first if counts have grown.
  [[nodiscard]] Graph finish() { return Graph(std::move(graph)); }

  std::shared_ptr<GraphData> graph;
  std::shared_ptr<GraphData::NodeSpace> nodes;  ///< both sides of `graph`
};

/// How many nodes or edges ids of a type can number.
[[nodiscard]] std::int64_t largest_count(at::ScalarType idtype);

/// Throws `Error` unless the graph's ids can number `added` more than `count` of an entity ("nodes
/// of type \"user\"").
void check_count_fits(std::int64_t count, std::int64_t added, at::ScalarType idtype,
                      std::string_view function, std::string_view entity);

/// Throws `Error` unless each of `data` has `num_rows` rows that may follow those of `frame`: on
/// its device, and in shape and dtype like the column of that name, if there is one. Gathers
/// nothing.
void check_new_rows(const Frame& frame, std::int64_t num_rows,
                    const std::map<std::string, at::Tensor>& data, std::string_view function);

/// `frame` with `num_rows` more rows: those of `data`, which fit, and 0 in other columns. Columns
/// that only `data` has are 0 in the old rows.
[[nodiscard]] FramePtr with_new_rows(const Frame& frame, std::int64_t num_rows,
                                     const std::map<std::string, at::Tensor>& data,
                                     std::string_view function);

/// Adds nodes of the type at `type` to the counts and features of the draft.
void grow_nodes(GraphDraft& draft, std::size_t type, std::int64_t added,
                const std::map<std::string, at::Tensor>& data, std::string_view function);

/// Widens the relations of node types that have grown. Endpoints are shared.
void fit_relations(GraphDraft& draft);

/// The endpoints of all edges by id, whichever formats the relation is restricted to.
[[nodiscard]] ops::Coo endpoints(const Adjacency& adjacency);

/// A relation of well-formed `edges` that is restricted to the formats of `old`.
[[nodiscard]] AdjacencyPtr replace_edges(const Adjacency& old, std::int64_t num_src,
                                         std::int64_t num_dst, ops::Coo edges);

/// The caller's ids `[n]` in the graph's id type and on its device. Throws `Error` for ids outside
/// `[0, count)`.
[[nodiscard]] at::Tensor ids_in_range(const Graph& graph, const IdList& ids,
                                      std::string_view function, std::string_view entity,
                                      std::int64_t count);

/// What stays of `count` things when `removed` go: `[count]` bool.
[[nodiscard]] at::Tensor mask_without(std::int64_t count, const at::Tensor& removed);

/// The rows `kept` (int64, ascending) of `frame`, gathered when read; all columns as they are if
/// nothing goes.
[[nodiscard]] FramePtr keep_rows(const Frame& frame, const at::Tensor& kept);

/// How many of `kept` (int64, ascending) are in each graph of a batch with the counts `counts`, in
/// the type of `counts`.
[[nodiscard]] at::Tensor count_kept(const at::Tensor& counts, const at::Tensor& kept);

}  // namespace grapevine::detail
