#pragma once

#include <cstddef>
#include <vector>

#include "grapevine/graph/graph.h"

namespace grapevine::dataloading::detail {

/// What a sampler has made of a graph's edge features in `prepare`, from one epoch to the next.
/// Each has a copy of the graph, so what its features were made into would be lost with it.
class KeptFeatures {
 public:
  /// Lets the sampler find what it made last time; it decides whether that still fits.
  void hand_to(const Graph& graph) const {
    for (std::size_t i = 0; i < by_relation_.size(); ++i) {
      graph.graph_data().relations[i].frame->keep_all(by_relation_[i]);
    }
  }
  void take_from(const Graph& graph) {
    by_relation_.clear();
    for (const GraphData::Relation& relation : graph.graph_data().relations) {
      by_relation_.push_back(relation.frame->all_kept());
    }
  }

 private:
  std::vector<Frame::DerivedByName> by_relation_;
};

}  // namespace grapevine::dataloading::detail
