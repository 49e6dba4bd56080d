#include "grapevine/util/dispatch.h"

#include <algorithm>
#include <cstdlib>

#include "grapevine/util/error.h"

namespace grapevine {
namespace {

Isa largest_isa() {
#ifdef GRAPEVINE_HAVE_X86_KERNELS
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    return Isa::kDefault;
  }
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  return has_avx512 ? Isa::kAvx512 : Isa::kAvx2;
#else
  return Isa::kDefault;
#endif
}

}  // namespace

std::string_view name(Isa isa) {
  switch (isa) {
    case Isa::kAvx512:
      return "avx512";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kDefault:
      break;
  }
  return "default";
}

Isa current_isa() {
  static const Isa largest = largest_isa();
  const char* request = std::getenv("GRAPEVINE_ISA");
  if (request == nullptr || *request == '\0') {
    return largest;
  }
  for (const Isa isa : {Isa::kDefault, Isa::kAvx2, Isa::kAvx512}) {
    if (request == name(isa)) {
      return std::min(isa, largest);
    }
  }
  fail("GRAPEVINE_ISA: expected default, avx2 or avx512, got \"{}\"", request);
}

}  // namespace grapevine
