#pragma once

#include <string_view>

namespace grapevine {

/// The instruction sets that kernels are compiled for, from the smallest to the largest.
enum class Isa { kDefault, kAvx2, kAvx512 };

/// "default", "avx2", "avx512".
[[nodiscard]] std::string_view name(Isa isa);

/// The instruction set whose kernels run: the largest that both this library and this processor
/// have. The environment variable `GRAPEVINE_ISA` (`default`, `avx2` or `avx512`) lowers it and
/// never raises it. Throws `Error` for any other value of the variable.
[[nodiscard]] Isa current_isa();

}  // namespace grapevine
