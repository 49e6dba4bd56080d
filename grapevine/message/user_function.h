#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "grapevine/graph/frame.h"
#include "grapevine/graph/graph_types.h"

namespace grapevine {

/// What a user function returns: tensors `[batch_size, *feature_shape]` by name.
using FeatureMap = std::map<std::string, at::Tensor>;

/// The features that a user function may read, one row for each edge or node of its batch. Rows are
/// gathered when a feature is first read, and only then; gradients flow back to the graph's
/// features.
class BatchFeatures {
 public:
  explicit BatchFeatures(FramePtr frame) : frame_(std::move(frame)) {}
  /// `[batch_size, *feature_shape]`; throws `Error` that lists the features there are.
  at::Tensor operator[](const std::string& name) const { return frame_->get(name); }
  [[nodiscard]] bool contains(const std::string& name) const { return frame_->contains(name); }
  [[nodiscard]] std::vector<std::string> keys() const { return frame_->names(); }

 private:
  FramePtr frame_;
};

/// The edges that a message function or `Graph::apply_edges` is called on; DGL's `EdgeBatch`.
class EdgeBatch {
 public:
  /// From frames with one row for each of `edges`.
  EdgeBatch(FramePtr source_features, FramePtr destination_features, FramePtr edge_features,
            EdgeList edges, CanonicalEtype etype)
      : src(std::move(source_features)),
        dst(std::move(destination_features)),
        data(std::move(edge_features)),
        edges_(std::move(edges)),
        etype_(std::move(etype)) {}

  BatchFeatures src;   ///< features of each edge's source node
  BatchFeatures dst;   ///< features of each edge's destination node
  BatchFeatures data;  ///< features of the edges themselves
  /// Endpoints and ids in the graph, each `[batch_size]`.
  [[nodiscard]] const EdgeList& edges() const { return edges_; }
  [[nodiscard]] std::int64_t batch_size() const { return edges_.eid.numel(); }
  [[nodiscard]] const CanonicalEtype& canonical_etype() const { return etype_; }

 private:
  EdgeList edges_;
  CanonicalEtype etype_;
};

/// The nodes that a reduce or apply function is called on; DGL's `NodeBatch`. A reduce function is
/// called once for each in-degree above 0 that occurs, with all nodes of that degree.
class NodeBatch {
 public:
  /// From frames with one row for each of `nodes`.
  NodeBatch(FramePtr node_features, FramePtr messages, at::Tensor nodes, std::string ntype)
      : data(std::move(node_features)),
        mailbox(std::move(messages)),
        nodes_(std::move(nodes)),
        ntype_(std::move(ntype)) {}

  BatchFeatures data;  ///< features of the nodes
  /// The messages that reached them, `[batch_size, in_degree, *feature_shape]`, those of a node by
  /// ascending edge id. Empty for an apply function.
  BatchFeatures mailbox;
  /// Ids in the graph, `[batch_size]`.
  [[nodiscard]] const at::Tensor& nodes() const { return nodes_; }
  [[nodiscard]] std::int64_t batch_size() const { return nodes_.numel(); }
  [[nodiscard]] const std::string& ntype() const { return ntype_; }

 private:
  at::Tensor nodes_;
  std::string ntype_;
};

/// A message function of the caller's own.
using EdgeFunction = std::function<FeatureMap(const EdgeBatch&)>;
/// A reduce or apply function of the caller's own.
using NodeFunction = std::function<FeatureMap(const NodeBatch&)>;

/// Anything that can be called on a batch and returns features: a lambda, a function, an object.
template <typename Callable, typename Batch>
concept CallableOn = std::is_invocable_r_v<FeatureMap, Callable&, const Batch&>;

}  // namespace grapevine
