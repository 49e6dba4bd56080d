#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>

namespace grapevine::io {

/// How a table of numbers is read.
struct CsvOptions {
  at::ScalarType dtype = at::kFloat;  ///< float32, float64 or int64
  std::int64_t columns = 0;           ///< how many each line must have; 0: as many as the first
  bool header = false;                ///< the first line holds names and is skipped
  bool allow_missing = false;         ///< floats: a field that is empty or "" is NaN
  char delimiter = ',';
};

/// The numbers of a .csv or .csv.gz file as `[lines, columns]`. Spaces around fields, CRLF line
/// ends and empty lines at the end are fine. Throws `Error` that names the file, the line and the
/// column ("line 7: expected 128 values, got 127"; "line 7, column 3: "x" is not a number"). Lines
/// are parsed in parallel; the file is streamed.
[[nodiscard]] at::Tensor read_csv(const std::filesystem::path& path,
                                  const CsvOptions& options = {});

/// Writes `[lines, columns]` or `[lines]` of float32, float64 or integers as .csv, or .csv.gz if
/// the name ends so, whole. Floats are written with as many digits as it takes to read the same
/// value back.
void write_csv(const std::filesystem::path& path, const at::Tensor& table);

}  // namespace grapevine::io
