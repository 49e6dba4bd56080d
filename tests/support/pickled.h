#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::testing_support {

/// The tensor (float32, float64, int32 or int64) as Python 2 pickles a numpy array, in protocol 2.
[[nodiscard]] std::string pickled_array(const at::Tensor& tensor);

/// A scipy csr_matrix of these parts in the same form; the shape is what `rows` and `columns` say.
struct CsrParts {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  at::Tensor indptr;
  at::Tensor indices;
  at::Tensor data;
};
[[nodiscard]] std::string pickled_csr(const CsrParts& parts);

/// The csr_matrix of a dense `[rows, columns]` table.
[[nodiscard]] std::string pickled_csr(const at::Tensor& dense);

/// A node and its neighbours.
struct NodeNeighbors {
  std::int64_t node;
  std::vector<std::int64_t> neighbors;
};

/// A defaultdict of lists in the same form.
[[nodiscard]] std::string pickled_graph(const std::vector<NodeNeighbors>& nodes);

}  // namespace grapevine::testing_support
