#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "grapevine/graph/adjacency.h"
#include "grapevine/graph/frame.h"
#include "grapevine/graph/graph_types.h"
#include "grapevine/graph/graph_views.h"
#include "grapevine/graph/id_list.h"
#include "grapevine/graph/local_scope.h"

namespace grapevine {

namespace function {
class MessageFunction;
class ReduceFunction;
class ApplyFunction;
class CrossReducer;
struct EtypeUpdate;
}  // namespace function

/// A directed multigraph with typed nodes and edges and features on both; DGL's `DGLGraph`. A
/// homogeneous graph is the case of one node type and one relation. A block (message flow graph)
/// has separate source and destination nodes, with frames of their own, and its first
/// `num_dst_nodes()` sources are its destinations.
///
/// A `Graph` is a cheap handle: copies share structure and features. Structure never changes, so
/// any number of threads may read it; features belong to one thread at a time.
///
/// Wherever a type is asked for, nothing means "the only one", and a relation may be named by its
/// short name if that is unambiguous. An unknown or ambiguous type throws `Error` that lists the
/// known ones.
class Graph {
 public:
  /// A homogeneous graph without nodes.
  Graph();

  // ---- types
  /// Node types, sorted. For a block: source types (`srctypes`) followed by destination types.
  [[nodiscard]] std::vector<std::string> ntypes() const;
  [[nodiscard]] const std::vector<std::string>& srctypes() const;
  [[nodiscard]] const std::vector<std::string>& dsttypes() const;
  /// Short names of the relations, in the order of `canonical_etypes`.
  [[nodiscard]] std::vector<std::string> etypes() const;
  /// Relations as (source type, name, destination type), sorted.
  [[nodiscard]] const std::vector<CanonicalEtype>& canonical_etypes() const;
  [[nodiscard]] CanonicalEtype to_canonical_etype(const EtypeKey& etype) const;
  [[nodiscard]] bool is_block() const;
  /// One node type and one relation, and not a block.
  [[nodiscard]] bool is_homogeneous() const;

  // ---- counts
  /// Nodes of a type; of all types when none is named. On a block: sources and destinations
  /// together.
  [[nodiscard]] std::int64_t num_nodes(std::string_view ntype = {}) const;
  [[nodiscard]] std::int64_t num_src_nodes(std::string_view ntype = {}) const;
  [[nodiscard]] std::int64_t num_dst_nodes(std::string_view ntype = {}) const;
  /// Edges of a relation; of all relations when none is named.
  [[nodiscard]] std::int64_t num_edges(const EtypeKey& etype = {}) const;

  // ---- batch (`batch`, `unbatch` and the readouts work with it)
  // `to`, `to_int32`, `to_int64`, `clone`, `formats` and what only removes edges or nodes keep the
  // batch; everything else that makes another graph gives a single one.

  /// How many graphs were put together; 1 if this is no batch.
  [[nodiscard]] std::int64_t batch_size() const;
  /// How many nodes of a type each graph has: `[batch_size]`. Throws `Error` for a block.
  [[nodiscard]] at::Tensor batch_num_nodes(std::string_view ntype = {}) const;
  /// How many edges of a relation each graph has: `[batch_size]`. Throws `Error` if the batch size
  /// was changed by `set_batch_num_nodes` alone.
  [[nodiscard]] at::Tensor batch_num_edges(const EtypeKey& etype = {}) const;
  /// Makes this handle a batch: graph i has the next `num_nodes[i]` nodes and `num_edges[i]` edges.
  /// `[batch_size]` in the graph's id type and on its device, copied; with several types, the
  /// counts of each. Structure and features stay shared with the handle's copies, which keep their
  /// batch. Throws `Error` for negative counts, counts that do not sum to the number of nodes or
  /// edges, unequal lengths, types that are unknown or left out, and blocks.
  ///
  ///     g.set_batch_num_nodes(torch::tensor({3, 2}));
  ///     g.set_batch_num_edges(torch::tensor({4, 1}));
  void set_batch_num_nodes(const at::Tensor& num_nodes);
  void set_batch_num_nodes(const std::map<std::string, at::Tensor>& num_nodes);
  void set_batch_num_edges(const at::Tensor& num_edges);
  void set_batch_num_edges(const std::map<CanonicalEtype, at::Tensor>& num_edges);

  // ---- structure (results in the graph's id type)
  [[nodiscard]] at::ScalarType idtype() const;
  [[nodiscard]] at::Device device() const;
  /// In-degree of each of `nodes`, of every destination node if undefined. Throws `Error` for ids
  /// out of range.
  [[nodiscard]] at::Tensor in_degrees(const at::Tensor& nodes = {},
                                      const EtypeKey& etype = {}) const;
  [[nodiscard]] at::Tensor out_degrees(const at::Tensor& nodes = {},
                                       const EtypeKey& etype = {}) const;
  /// One relation's edges (`.uv()`, `.eid()`, `.all()`) and features (`.data`).
  [[nodiscard]] EdgeView edges(const EtypeKey& etype = {}) const;
  /// One node type's features (`.data`) and ids (`.ids()`).
  [[nodiscard]] NodeView nodes(std::string_view ntype = {}) const;
  [[nodiscard]] NodeView srcnodes(std::string_view ntype = {}) const;
  [[nodiscard]] NodeView dstnodes(std::string_view ntype = {}) const;
  /// Endpoints of the edges `eids` `[n]`. Throws `Error` for ids out of range.
  [[nodiscard]] EdgePair find_edges(const at::Tensor& eids, const EtypeKey& etype = {}) const;
  /// The edges that enter `nodes` `[n]`, node after node in the order given; a node given twice
  /// counts twice.
  [[nodiscard]] EdgeList in_edges(const at::Tensor& nodes, const EtypeKey& etype = {}) const;
  /// The edges that leave `nodes` `[n]`, likewise.
  [[nodiscard]] EdgeList out_edges(const at::Tensor& nodes, const EtypeKey& etype = {}) const;
  /// Whether each of `nodes` `[n]` is a node of the type: `[n]` bool. Throws `Error` on a block,
  /// whose sides are numbered separately. Source: `DGLGraph.has_nodes`.
  [[nodiscard]] at::Tensor has_nodes(const at::Tensor& nodes, std::string_view ntype = {}) const;
  [[nodiscard]] bool has_nodes(std::int64_t node, std::string_view ntype = {}) const;
  /// Whether there is an edge from `src[i]` to `dst[i]`: `[n]` bool. Both are `[n]`, or one of them
  /// `[1]`, which stands for all. Throws `Error` for ids out of range. Time is the smaller of the
  /// out-degree and the in-degree for each pair, or the out-degree for a few pairs.
  [[nodiscard]] at::Tensor has_edges_between(const at::Tensor& src, const at::Tensor& dst,
                                             const EtypeKey& etype = {}) const;
  [[nodiscard]] bool has_edges_between(std::int64_t src, std::int64_t dst,
                                       const EtypeKey& etype = {}) const;
  /// The id of the edge from `src[i]` to `dst[i]`, of parallel ones the smallest: `[n]`. Otherwise
  /// as `has_edges_between`; throws `Error` if a pair has no edge.
  [[nodiscard]] at::Tensor edge_ids(const at::Tensor& src, const at::Tensor& dst,
                                    const EtypeKey& etype = {}) const;
  [[nodiscard]] std::int64_t edge_ids(std::int64_t src, std::int64_t dst,
                                      const EtypeKey& etype = {}) const;
  /// All edges from `src[i]` to `dst[i]`, pair after pair, parallel ones by id; a pair without any
  /// is left out. Source: `DGLGraph.edge_ids(..., return_uv=True)`.
  [[nodiscard]] EdgeList edges_between(const at::Tensor& src, const at::Tensor& dst,
                                       const EtypeKey& etype = {}) const;
  /// The sources of the edges that enter `node`, one for each edge. Throws `Error` for an id out of
  /// range.
  [[nodiscard]] at::Tensor predecessors(std::int64_t node, const EtypeKey& etype = {}) const;
  /// The destinations of the edges that leave `node`, likewise.
  [[nodiscard]] at::Tensor successors(std::int64_t node, const EtypeKey& etype = {}) const;
  /// The structure of one relation, for operators and samplers.
  [[nodiscard]] const AdjacencyPtr& adjacency(const EtypeKey& etype = {}) const;
  /// The relation as a sparse COO tensor `[num_src, num_dst]` (rows are sources), not coalesced:
  /// one entry an edge, in the order of ids. Entries are float32 ones, or the edge feature that
  /// `edge_weight` names, `[num_edges]` or `[num_edges, 1]`, through which gradients pass. Source:
  /// `DGLGraph.adj`.
  [[nodiscard]] at::Tensor adjacency_matrix(const EtypeKey& etype = {},
                                            const std::string& edge_weight = {}) const;
  /// Which edges (columns) touch which nodes (rows), a sparse COO tensor of float32. "in": 1 where
  /// the edge enters the node, `[num_dst, num_edges]`; "out": 1 where it leaves it, `[num_src,
  /// num_edges]`; "both", for a relation within one node type: 1 where it enters, -1 where it
  /// leaves, 0 for a self-loop. Source: `DGLGraph.incidence_matrix`.
  [[nodiscard]] at::Tensor incidence_matrix(const std::string& typestr,
                                            const EtypeKey& etype = {}) const;
  /// Which formats every relation has now, and which it may still make.
  [[nodiscard]] FormatStatus formats() const;
  /// This graph, features included, with no other formats than these of "coo", "csr" and "csc".
  /// Those of them that exist are kept; if none does, the first of COO, CSR and CSC is made. What
  /// needs another format throws `Error`. This graph stays as it is. Throws `Error` for other names
  /// and for none. Source: `DGLGraph.formats`.
  [[nodiscard]] Graph formats(const std::vector<std::string>& formats) const;
  /// Makes every allowed format of every relation now, so that later reads never wait.
  void create_formats_() const;
  /// The graph of one relation alone; its features are this graph's.
  [[nodiscard]] Graph operator[](const EtypeKey& etype) const;

  // ---- features
  /// Features of the only node type. On a block or with several types: `Error`; use the named ones.
  [[nodiscard]] FrameView ndata() const;
  /// Features of the only relation.
  [[nodiscard]] FrameView edata() const;
  /// Features of the source and of the destination nodes; the same as `ndata` unless this is a
  /// block.
  [[nodiscard]] FrameView srcdata() const;
  [[nodiscard]] FrameView dstdata() const;
  /// Until the guard goes, columns set, replaced or removed are undone at its end; writes into a
  /// tensor stay.
  [[nodiscard]] LocalScope local_scope() const;

  // ---- change
  // Structure is immutable, so each of these makes a changed graph and lets this handle name it:
  // copies of the handle made before, views and local scopes opened before and loaders at work keep
  // the old graph, and a feature set in one does not appear in the other. If one throws, nothing
  // changes. Arguments, features and errors are those of the function of the same name in
  // graph/transform/, which returns the changed graph instead. O(edges of the relations touched),
  // so change many at once.

  /// Adds `num` nodes of a type; features that `data` does not give are 0.
  void add_nodes(std::int64_t num, const std::map<std::string, at::Tensor>& data = {},
                 std::string_view ntype = {});
  /// Adds edges from `src[i]` to `dst[i]` and the nodes that they name and that do not exist.
  ///
  ///     g.add_edges({1, 3}, {0, 1}, {{"w", torch::ones({2})}});
  void add_edges(const IdList& src, const IdList& dst,
                 const std::map<std::string, at::Tensor>& data = {}, const EtypeKey& etype = {});
  /// Removes nodes of a type and their edges; the others are numbered anew, in order.
  void remove_nodes(const IdList& nodes, std::string_view ntype = {}, bool store_ids = false);
  /// Removes edges of a relation; the others are numbered anew, in order.
  void remove_edges(const IdList& eids, const EtypeKey& etype = {}, bool store_ids = false);

  // ---- message passing (message/function.h has the functions)
  // A function is a built-in one or a callable of the caller's own. In all of these: results become
  // features of the destination nodes; nodes that get no message get 0; an apply function runs last
  // and what it returns is stored instead. Where only some rows are written, the others keep their
  // values, or get 0 if the feature is new. All throw `Error` for ids out of range, unknown
  // features, shapes that do not broadcast, a built-in reducer that reads another field than the
  // message writes, and results of the caller's functions that do not have a row for each member.
  // O(edges that carry a message), but a feature written in part is copied whole.

  /// Sends a message along every edge of the relation and reduces those that reach a node.
  ///
  ///     g.update_all(function::copy_u("h", "m"), function::mean("m", "h_N"));
  void update_all(const function::MessageFunction& message, const function::ReduceFunction& reduce,
                  const EtypeKey& etype = {}) const;
  void update_all(const function::MessageFunction& message, const function::ReduceFunction& reduce,
                  const function::ApplyFunction& apply, const EtypeKey& etype = {}) const;
  /// `update_all` on several relations at once; what they bring to one node type is merged, feature
  /// by feature (message/cross_reducer.h). `apply` sees the merged features of each such type. One
  /// relation alone is not merged, but stacked. A relation that brings a node no maximum or minimum
  /// is left out of "max" and "min".
  ///
  ///     g.multi_update_all({{"follows", copy_u("h", "m"), sum("m", "h")},
  ///                         {"likes", copy_u("h", "m"), max("m", "h")}}, "sum");
  void multi_update_all(const std::vector<function::EtypeUpdate>& updates,
                        const function::CrossReducer& cross_reducer) const;
  void multi_update_all(const std::vector<function::EtypeUpdate>& updates,
                        const function::CrossReducer& cross_reducer,
                        const function::ApplyFunction& apply) const;
  /// Computes features of every edge of the relation, or of the edges `eids` `[n]`, in that order.
  ///
  ///     g.apply_edges(function::u_dot_v("h", "h", "score"));
  void apply_edges(const function::MessageFunction& message, const EtypeKey& etype = {}) const;
  void apply_edges(const function::MessageFunction& message, const at::Tensor& eids,
                   const EtypeKey& etype = {}) const;
  /// The same for the edges from `edges.src[i]` to `edges.dst[i]`, as `edge_ids` finds them: of
  /// parallel edges that with the smallest id. Throws `Error` if a pair has no edge.
  void apply_edges(const function::MessageFunction& message, const EdgePair& edges,
                   const EtypeKey& etype = {}) const;
  /// Computes features of every node of a type, or of `nodes` `[n]`. Not for a block.
  void apply_nodes(const function::ApplyFunction& apply, const at::Tensor& nodes = {},
                   std::string_view ntype = {}) const;
  /// `update_all` along the edges `eids` `[n]` only; an edge given twice sends twice. Nodes that
  /// none of them enters keep their features. Does nothing without edges.
  void send_and_recv(const at::Tensor& eids, const function::MessageFunction& message,
                     const function::ReduceFunction& reduce, const EtypeKey& etype = {}) const;
  void send_and_recv(const at::Tensor& eids, const function::MessageFunction& message,
                     const function::ReduceFunction& reduce, const function::ApplyFunction& apply,
                     const EtypeKey& etype = {}) const;
  /// The same along the edges from `edges.src[i]` to `edges.dst[i]`, as `apply_edges` finds them.
  void send_and_recv(const EdgePair& edges, const function::MessageFunction& message,
                     const function::ReduceFunction& reduce, const EtypeKey& etype = {}) const;
  void send_and_recv(const EdgePair& edges, const function::MessageFunction& message,
                     const function::ReduceFunction& reduce, const function::ApplyFunction& apply,
                     const EtypeKey& etype = {}) const;
  /// `send_and_recv` along the edges that leave `nodes` `[n]`.
  void push(const at::Tensor& nodes, const function::MessageFunction& message,
            const function::ReduceFunction& reduce, const EtypeKey& etype = {}) const;
  void push(const at::Tensor& nodes, const function::MessageFunction& message,
            const function::ReduceFunction& reduce, const function::ApplyFunction& apply,
            const EtypeKey& etype = {}) const;
  /// `update_all` along the edges that enter `nodes` `[n]`; those of them without in-edges get 0.
  void pull(const at::Tensor& nodes, const function::MessageFunction& message,
            const function::ReduceFunction& reduce, const EtypeKey& etype = {}) const;
  void pull(const at::Tensor& nodes, const function::MessageFunction& message,
            const function::ReduceFunction& reduce, const function::ApplyFunction& apply,
            const EtypeKey& etype = {}) const;
  /// `pull` for one list of nodes after the other (graph/traversal.h makes such lists).
  void prop_nodes(const std::vector<at::Tensor>& frontiers,
                  const function::MessageFunction& message, const function::ReduceFunction& reduce,
                  const EtypeKey& etype = {}) const;
  void prop_nodes(const std::vector<at::Tensor>& frontiers,
                  const function::MessageFunction& message, const function::ReduceFunction& reduce,
                  const function::ApplyFunction& apply, const EtypeKey& etype = {}) const;
  /// `send_and_recv` for one list of edges after the other.
  void prop_edges(const std::vector<at::Tensor>& frontiers,
                  const function::MessageFunction& message, const function::ReduceFunction& reduce,
                  const EtypeKey& etype = {}) const;
  void prop_edges(const std::vector<at::Tensor>& frontiers,
                  const function::MessageFunction& message, const function::ReduceFunction& reduce,
                  const function::ApplyFunction& apply, const EtypeKey& etype = {}) const;

  // ---- conversion
  /// A copy on a device, features included (lazy ones stay lazy); this graph itself when it is
  /// there. `copy` brings each tensor there, `Tensor::to` if it is null: for copies that do not
  /// block, or that count. Throws `Error` for a device that is not here.
  [[nodiscard]] Graph to(at::Device device, const TensorCopy& copy = {}) const;
  /// A copy with 32-bit or 64-bit ids; features are shared, except that `NID` and `EID` keep their
  /// type. Throws `Error` if a count does not fit.
  [[nodiscard]] Graph to_int32() const;
  [[nodiscard]] Graph to_int64() const;
  /// A new handle with frames of its own: later columns are not shared, tensors are.
  [[nodiscard]] Graph clone() const;

  /// The parts, for code that builds graphs (transforms, samplers).
  [[nodiscard]] const GraphData& graph_data() const { return *data_; }
  explicit Graph(std::shared_ptr<const GraphData> data) : data_(std::move(data)) {}

 private:
  [[nodiscard]] Graph copy(at::Device to_device, at::ScalarType to_idtype,
                           const TensorCopy& copy = {}) const;
  std::shared_ptr<const GraphData> data_;
};

/// Node types, counts, relations and features as DGL prints them.
std::ostream& operator<<(std::ostream& stream, const Graph& graph);

/// How many nodes a graph has when that is more than its edges show.
struct GraphOptions {
  std::optional<std::int64_t> num_nodes;  ///< default: the largest id + 1
};

/// A homogeneous graph from endpoints `[num_edges]`, int64 or int32 (the graph keeps the type).
/// Throws `Error` for other dtypes, unequal lengths, negative ids, or ids not below `num_nodes`.
/// Source: `dgl.graph`.
[[nodiscard]] Graph graph(const at::Tensor& src, const at::Tensor& dst,
                          const GraphOptions& options = {});
/// The same from lists, with int64 ids.
[[nodiscard]] Graph graph(const std::vector<std::int64_t>& src,
                          const std::vector<std::int64_t>& dst, const GraphOptions& options = {});
[[nodiscard]] Graph graph(std::initializer_list<std::int64_t> src,
                          std::initializer_list<std::int64_t> dst,
                          const GraphOptions& options = {});

/// The endpoints of each relation, by canonical type.
using Relations = std::map<CanonicalEtype, EdgePair>;

/// A heterogeneous graph from a map of relations. Node types that `num_nodes` does not name have as
/// many nodes as the edges show; it may also name types without edges. Types come out sorted.
/// Throws `Error` as `graph` does. Source: `dgl.heterograph`.
[[nodiscard]] Graph heterograph(const Relations& relations, const NodeCounts& num_nodes = {});

/// A block with one relation, from endpoints numbered separately on both sides. Source:
/// `dgl.create_block`.
[[nodiscard]] Graph create_block(const at::Tensor& src, const at::Tensor& dst,
                                 std::int64_t num_src_nodes, std::int64_t num_dst_nodes);

}  // namespace grapevine
