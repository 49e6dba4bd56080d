#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>

namespace grapevine::io {

/// A tensor of zeros on the CPU whose memory is a file without a name in `folder`, so that it may
/// be larger than the machine's memory: what does not fit is written out and paged in again when it
/// is touched. The space is taken now, and the file is gone with the tensor, or with the process.
/// Throws `Error` for a negative or overflowing shape, for a folder that cannot be written and for
/// too little space.
///
///     at::Tensor h = io::scratch_tensor("/scratch", {num_nodes, 256});
[[nodiscard]] at::Tensor scratch_tensor(const std::filesystem::path& folder, at::IntArrayRef shape,
                                        at::ScalarType dtype = at::kFloat);

}  // namespace grapevine::io
