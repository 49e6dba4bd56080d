#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>

#include "grapevine/io/csv.h"

namespace grapevine::io {

/// `read_csv(source, options)` through a binary copy in `cache`. The copy is used if it is whole
/// and was made from a file of this size and modification time; otherwise the source is read and
/// the copy written anew. A copy that cannot be written is not an error.
[[nodiscard]] at::Tensor read_csv_cached(const std::filesystem::path& source,
                                         const std::filesystem::path& cache,
                                         const CsvOptions& options);

}  // namespace grapevine::io
