#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace grapevine::ops {

/// Edges as two columns in the order of their ids: edge i goes from `src[i]` to `dst[i]`. Both
/// `[num_edges]`.
struct Coo {
  at::Tensor src;
  at::Tensor dst;
};

/// Edges grouped by row: those of row r stand at `indptr[r]` to `indptr[r + 1] - 1`.
struct Csr {
  at::Tensor indptr;    ///< `[num_rows + 1]`, always int64
  at::Tensor indices;   ///< `[num_edges]`, the other endpoint, in the graph's id type
  at::Tensor edge_ids;  ///< `[num_edges]`, or undefined when edge i stands at position i
};

/// The edges of one relation as the operators see them: any format, made on demand. Implementations
/// are immutable from the outside and safe to read from many threads. `graph/adjacency.h` has the
/// one we use.
class EdgeIndex {
 public:
  virtual ~EdgeIndex() = default;
  [[nodiscard]] virtual std::int64_t num_src() const = 0;
  [[nodiscard]] virtual std::int64_t num_dst() const = 0;
  [[nodiscard]] virtual std::int64_t num_edges() const = 0;
  /// Edges in id order.
  [[nodiscard]] virtual const Coo& coo() const = 0;
  /// Whether `coo()` is there already or costs nothing.
  [[nodiscard]] virtual bool has_coo() const { return false; }
  /// Out-edges: one row for each source node; `indices` are destinations.
  [[nodiscard]] virtual const Csr& csr() const = 0;
  /// In-edges: one row for each destination node; `indices` are sources.
  [[nodiscard]] virtual const Csr& csc() const = 0;
};

using EdgeIndexPtr = std::shared_ptr<const EdgeIndex>;

}  // namespace grapevine::ops
