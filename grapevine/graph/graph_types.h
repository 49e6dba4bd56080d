#pragma once

#include <ATen/core/Tensor.h>

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grapevine/graph/adjacency.h"
#include "grapevine/graph/frame.h"

namespace grapevine {

/// Feature names under which subgraphs and blocks keep the ids of their parent.
inline constexpr const char* NID = "_ID";
inline constexpr const char* EID = "_ID";

/// Feature names under which `to_homogeneous` keeps the types of its nodes and edges.
inline constexpr const char* NTYPE = "_TYPE";
inline constexpr const char* ETYPE = "_TYPE";

/// The node type and relation of a graph that was made without naming any; DGL's "_N" and "_E".
inline constexpr const char* kDefaultNtype = "_N";
inline constexpr const char* kDefaultEtype = "_E";

/// A relation: ("user", "follows", "user").
struct CanonicalEtype {
  std::string src;
  std::string name;
  std::string dst;
  auto operator<=>(const CanonicalEtype&) const = default;
};

/// "('user', 'follows', 'user')", as DGL prints it.
[[nodiscard]] std::string to_string(const CanonicalEtype& etype);

/// How a caller names a relation: not at all (the only one), by name, or canonically.
class EtypeKey {
 public:
  EtypeKey() = default;
  EtypeKey(const char* name) : name_(name) {}             // NOLINT(google-explicit-constructor)
  EtypeKey(std::string name) : name_(std::move(name)) {}  // NOLINT(google-explicit-constructor)
  EtypeKey(CanonicalEtype etype)
      : canonical_(std::move(etype)) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] bool empty() const { return name_.empty() && !canonical_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::optional<CanonicalEtype>& canonical() const { return canonical_; }

 private:
  std::string name_;
  std::optional<CanonicalEtype> canonical_;
};

/// Endpoints `[n]` of some edges.
struct EdgePair {
  at::Tensor src;
  at::Tensor dst;
};

/// Endpoints and ids `[n]` of some edges.
struct EdgeList {
  at::Tensor src;
  at::Tensor dst;
  at::Tensor eid;
};

/// Formats of a graph's edges by name: "coo", "csr", "csc".
struct FormatStatus {
  std::vector<std::string> created;
  std::vector<std::string> not_created;
};

/// Ids by node type, as samplers take and loaders give them. With one type it reads and writes like
/// a tensor.
///
///     NodeIds seeds = torch::arange(10);                     // of the only node type
///     NodeIds typed = {{"paper", papers}, {"author", authors}};
class NodeIds {
 public:
  using Map = std::map<std::string, at::Tensor>;
  NodeIds() = default;
  NodeIds(at::Tensor ids) : ids_{{"", std::move(ids)}} {}  // NOLINT(google-explicit-constructor)
  NodeIds(FeatureRef ids) : NodeIds(ids.tensor()) {}       // NOLINT(google-explicit-constructor)
  NodeIds(std::initializer_list<Map::value_type> ids) : ids_(ids) {}
  explicit NodeIds(Map ids) : ids_(std::move(ids)) {}

  /// The ids of the only type; throws `Error` if there are several.
  operator at::Tensor() const { return tensor(); }  // NOLINT(google-explicit-constructor)
  [[nodiscard]] at::Tensor tensor() const;
  /// The ids of a type; throws `Error` if it is not there.
  [[nodiscard]] const at::Tensor& operator[](const std::string& ntype) const;
  [[nodiscard]] bool contains(const std::string& ntype) const { return ids_.contains(ntype); }
  /// Ids of all types together.
  [[nodiscard]] std::int64_t num_ids() const;
  /// By type; a single tensor without a type stands under "".
  [[nodiscard]] const Map& map() const { return ids_; }

 private:
  Map ids_;
};

/// What a graph is made of. Blocks have different source and destination node types and frames; in
/// other graphs both sides are the same objects.
struct GraphData {
  struct NodeSpace {
    std::vector<std::string> types;    ///< sorted
    std::vector<std::int64_t> counts;  ///< one for each type
    std::vector<FramePtr> frames;      ///< one for each type
    /// Position of a type (the only one if empty); throws `Error` that lists the types.
    [[nodiscard]] std::size_t index(std::string_view ntype) const;
  };
  struct Relation {
    CanonicalEtype type;
    std::size_t src;  ///< position in `src_nodes`
    std::size_t dst;  ///< position in `dst_nodes`
    AdjacencyPtr adjacency;
    FramePtr frame;
  };
  /// How many nodes and edges each graph of a batch has: `[batch_size]` in the graph's id type, on
  /// its device.
  struct Batch {
    std::vector<at::Tensor> num_nodes;  ///< one for each node type
    std::vector<at::Tensor> num_edges;  ///< one for each relation
  };
  bool is_block = false;
  at::ScalarType idtype = at::kLong;
  at::Device device = at::kCPU;
  std::shared_ptr<const NodeSpace> src_nodes;
  std::shared_ptr<const NodeSpace> dst_nodes;
  std::vector<Relation> relations;     ///< sorted by type
  std::vector<CanonicalEtype> etypes;  ///< their types
  std::shared_ptr<const Batch> batch;  ///< null: a single graph

  /// The relation that `etype` names; throws `Error` that lists the relations.
  [[nodiscard]] const Relation& relation(const EtypeKey& etype) const;
};

/// Node counts by type.
using NodeCounts = std::map<std::string, std::int64_t>;
/// Relations with their structure.
using Adjacencies = std::map<CanonicalEtype, AdjacencyPtr>;

/// Makes a graph with empty frames from parts that fit each other; not checked. Every relation's
/// types must be counted and all adjacencies share id type and device (given by the caller for the
/// case of no relation).
[[nodiscard]] std::shared_ptr<const GraphData> make_graph_data(const NodeCounts& num_nodes,
                                                               const Adjacencies& relations,
                                                               at::ScalarType idtype,
                                                               at::Device device);
/// The same for a block, whose sides are counted separately.
[[nodiscard]] std::shared_ptr<const GraphData> make_block_data(const NodeCounts& num_src_nodes,
                                                               const NodeCounts& num_dst_nodes,
                                                               const Adjacencies& relations,
                                                               at::ScalarType idtype,
                                                               at::Device device);

}  // namespace grapevine
