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
#include "grapevine/graph/local_scope.h"

namespace grapevine {

namespace function {
class MessageFunction;
class ReduceFunction;
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
  // ---------------------------------------------------------------------------------------------
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
  // --------------------------------------------------------------------------------------------
  /// Nodes of a type; of all types when none is named. On a block: sources and destinations
  /// together.
  [[nodiscard]] std::int64_t num_nodes(std::string_view ntype = {}) const;
  [[nodiscard]] std::int64_t num_src_nodes(std::string_view ntype = {}) const;
  [[nodiscard]] std::int64_t num_dst_nodes(std::string_view ntype = {}) const;
  /// Edges of a relation; of all relations when none is named.
  [[nodiscard]] std::int64_t num_edges(const EtypeKey& etype = {}) const;

  // ---- structure (results in the graph's id type)
  // ----------------------------------------------------------
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
  /// The structure of one relation, for operators and samplers.
  [[nodiscard]] const AdjacencyPtr& adjacency(const EtypeKey& etype = {}) const;
  /// Makes COO, CSR and CSC of every relation now, so that later reads never wait.
  void create_formats_() const;
  /// The graph of one relation alone; its features are this graph's.
  [[nodiscard]] Graph operator[](const EtypeKey& etype) const;

  // ---- features
  // ------------------------------------------------------------------------------------------
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

  // ---- message passing (message/function.h has the functions)
  // -----------------------------------------------
  /// Sends a message along every edge of the relation and reduces those that reach a node. The
  /// result becomes a feature of the destination nodes. Throws `Error` for unknown features, shapes
  /// that do not broadcast, or a reducer that reads another field than the message writes.
  ///
  ///     g.update_all(function::copy_u("h", "m"), function::mean("m", "h_N"));
  void update_all(const function::MessageFunction& message, const function::ReduceFunction& reduce,
                  const EtypeKey& etype = {}) const;
  /// Computes a feature for every edge of the relation.
  ///
  ///     g.apply_edges(function::u_dot_v("h", "h", "score"));
  void apply_edges(const function::MessageFunction& message, const EtypeKey& etype = {}) const;

  // ---- conversion
  // ----------------------------------------------------------------------------------------
  /// A copy on a device, features included (lazy ones stay lazy); this graph itself when
  /// it is there.
  [[nodiscard]] Graph to(at::Device device) const;
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
  [[nodiscard]] Graph copy(at::Device to_device, at::ScalarType to_idtype) const;
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
