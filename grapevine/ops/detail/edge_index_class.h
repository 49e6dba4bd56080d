#pragma once

#include <ATen/core/ivalue.h>
#include <torch/custom_class.h>

#include "grapevine/ops/edge_index.h"

namespace grapevine::ops::detail {

/// A relation as an argument of an operator: `torch.classes.grapevine.EdgeIndex`, in schemas
/// `__torch__.torch.classes.grapevine.EdgeIndex`. Copies of the handle share the edges.
class EdgeIndexObject final : public torch::CustomClassHolder {
 public:
  /// Throws `Error` if there are no edges to hold.
  explicit EdgeIndexObject(EdgeIndexPtr edges);
  [[nodiscard]] const EdgeIndexPtr& edges() const { return edges_; }

 private:
  EdgeIndexPtr edges_;
};

using EdgeIndexObjectPtr = c10::intrusive_ptr<EdgeIndexObject>;

[[nodiscard]] EdgeIndexObjectPtr wrap(EdgeIndexPtr edges);

/// The class as PyTorch knows it. The first call registers it; whoever registers an operator that
/// takes edges calls this first, because the order in which files are initialised is not known. Its
/// constructor is where `Adjacency` is.
torch::class_<EdgeIndexObject>& edge_index_class();

}  // namespace grapevine::ops::detail
