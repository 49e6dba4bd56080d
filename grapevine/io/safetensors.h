#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "grapevine/io/state_file.h"

namespace grapevine::io {

/// What a safetensors file holds.
struct Safetensors {
  StateDict tensors;  ///< by name, in the order in which the file lists them
  std::map<std::string, std::string> metadata;
};

/// Writes tensors by name in the safetensors format, which Python's `safetensors.torch.load_file`
/// opens. Written whole. Tensors are on the CPU there and contiguous; those that share memory are
/// written one by one. Throws `Error` for a key that is no string or not UTF-8, or is the format's
/// own "__metadata__", for a value that is no tensor, for a tensor that is undefined, not strided
/// or of complex128 or another dtype that the format does not have, for metadata that are not
/// UTF-8, and for a path that cannot be written.
///
///     io::save_safetensors("model.safetensors", {{"weight", weight}}, {{"epoch", "12"}});
void save_safetensors(const std::filesystem::path& path, const StateDict& tensors,
                      const std::map<std::string, std::string>& metadata = {});

/// Reads a safetensors file to the CPU: bool, integers of 8 to 64 bits, float8, float16, bfloat16,
/// float32, float64 and complex64.
///
/// Nothing in the file is trusted: `Error` names it and what is wrong, as the format's own reader
/// does: a header that is larger than 100 MB or the file or is not of its form, sizes that do not
/// fit the bytes, and tensors that overlap, leave a gap between them or do not end with the file.
/// Nothing is allocated by a claim that the file's size does not bear out.
[[nodiscard]] Safetensors load_safetensors(const std::filesystem::path& path);

}  // namespace grapevine::io
