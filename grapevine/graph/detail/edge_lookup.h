#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/graph/adjacency.h"
#include "grapevine/graph/graph_types.h"

// Edges by their endpoints. `src` and `dst` are `[n]` ids in range, of the relation's id type and
// device.
namespace grapevine::detail {

/// The smallest id of an edge of each pair `[n]`, or -1.
[[nodiscard]] at::Tensor find_first_edges(const Adjacency& adjacency, const at::Tensor& src,
                                          const at::Tensor& dst);

/// All edges of each pair, pair after pair, by id within one.
[[nodiscard]] EdgeList find_all_edges(const Adjacency& adjacency, const at::Tensor& src,
                                      const at::Tensor& dst);

/// The same in plain ATen, for devices other than the CPU: memory is the out-degrees of all
/// sources together.
[[nodiscard]] at::Tensor find_first_edges_with_aten(const Adjacency& adjacency,
                                                    const at::Tensor& src, const at::Tensor& dst);
[[nodiscard]] EdgeList find_all_edges_with_aten(const Adjacency& adjacency, const at::Tensor& src,
                                                const at::Tensor& dst);

}  // namespace grapevine::detail
