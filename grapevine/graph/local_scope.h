#pragma once

#include <utility>
#include <vector>

#include "grapevine/graph/frame.h"

namespace grapevine {

/// What `Graph::local_scope` returns: restores the columns of the graph's frames when it goes.
/// Scopes nest.
class [[nodiscard]] LocalScope {
 public:
  explicit LocalScope(const std::vector<FramePtr>& frames) {
    for (const FramePtr& frame : frames) {
      saved_.emplace_back(frame, frame->columns());
    }
  }
  ~LocalScope() {
    for (auto& [frame, columns] : saved_) {
      frame->set_columns(std::move(columns));
    }
  }
  LocalScope(const LocalScope&) = delete;
  LocalScope& operator=(const LocalScope&) = delete;

 private:
  std::vector<std::pair<FramePtr, Frame::Columns>> saved_;
};

}  // namespace grapevine
