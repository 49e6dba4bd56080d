#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "grapevine/io/detail/pickle.h"

namespace grapevine::io {

/// A sparse matrix of compressed rows, checked: row i has the columns
/// `indices[indptr[i]] ... indices[indptr[i + 1] - 1]`, each in `[0, columns)`.
struct CsrMatrix {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  at::Tensor indptr;   ///< `[rows + 1]` int64
  at::Tensor indices;  ///< `[n]` int64
  at::Tensor values;   ///< `[n]` float64
};

/// The array that a pickle consists of, contiguous, of the shape and dtype that it says: floats of
/// 4 and 8 bytes, integers of 1 to 8 bytes or bool, little-endian. Throws `Error` that begins with
/// the file's name for anything else, and if the data are not as long as the shape says.
[[nodiscard]] at::Tensor read_array(const Pickle& pickle);

/// The scipy csr_matrix that a pickle consists of. Throws `Error` that begins with the file's name
/// for anything else, and if its three arrays do not fit together.
[[nodiscard]] CsrMatrix read_csr_matrix(const Pickle& pickle);

}  // namespace grapevine::io
