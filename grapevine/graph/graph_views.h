#pragma once

#include "grapevine/graph/frame.h"
#include "grapevine/graph/graph_types.h"

namespace grapevine {

/// In which order `EdgeView` lists edges: by id, or by (source, destination).
enum class EdgeOrder { kEid, kSrcDst };

/// One relation of a graph: its features and its edges in DGL's three forms.
///
///     auto [src, dst] = g.edges().uv();
///     g.edges("follows").data["weight"] = weights;
class EdgeView {
 public:
  EdgeView(FramePtr frame, AdjacencyPtr adjacency)
      : data(std::move(frame)), adjacency_(std::move(adjacency)) {}
  FrameView data;
  /// Endpoints `[num_edges]`.
  [[nodiscard]] EdgePair uv(EdgeOrder order = EdgeOrder::kEid) const;
  /// Ids `[num_edges]`.
  [[nodiscard]] at::Tensor eid(EdgeOrder order = EdgeOrder::kEid) const;
  /// Endpoints and ids.
  [[nodiscard]] EdgeList all(EdgeOrder order = EdgeOrder::kEid) const;

 private:
  AdjacencyPtr adjacency_;
};

/// One node type of a graph: its features and its ids.
class NodeView {
 public:
  NodeView(FramePtr frame, at::ScalarType idtype) : data(std::move(frame)), idtype_(idtype) {}
  FrameView data;
  /// `0 .. num_nodes - 1`.
  [[nodiscard]] at::Tensor ids() const;

 private:
  at::ScalarType idtype_;
};

}  // namespace grapevine
