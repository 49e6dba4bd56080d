#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>

namespace grapevine::io {

/// How a .npy file is read.
struct NpyOptions {
  /// Page the data in when it is touched instead of reading it now. Writes into such a tensor stay
  /// in this process; the file must not be truncated while the tensor lives. Arrays that must be
  /// converted (bool, unsigned, column-major or unaligned ones) are read all the same.
  bool memory_map = false;
};

/// The array in a numpy .npy file (format 1, 2 or 3), of the shape that it says, contiguous.
/// Little-endian floats of 2, 4 and 8 bytes, signed integers, uint8 and bool keep their dtype;
/// uint16 becomes int32; uint32 and uint64 become int64. Column-major arrays are reordered. The
/// file is not trusted: `Error` names it and what is wrong (no magic, unknown version, header that
/// is cut or lies about the size, other dtypes); pickled objects are never read.
[[nodiscard]] at::Tensor read_npy(const std::filesystem::path& path,
                                  const NpyOptions& options = {});

/// Writes a CPU tensor of any of the dtypes above (not the unsigned ones wider than 8 bits) as
/// .npy, whole.
void write_npy(const std::filesystem::path& path, const at::Tensor& tensor);

}  // namespace grapevine::io
