#include "grapevine/util/dispatch.h"

#include <algorithm>
#include <cstdlib>

#include "grapevine/util/error.h"

namespace grapevine {
namespace {

Isa largest_isa() {
#ifdef GRAPEVINE_HAVE_AVX2
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return Isa::kAvx2;
  }
#endif
  return Isa::kDefault;
}

}  // namespace

std::string_view name(Isa isa) { return isa == Isa::kAvx2 ? "avx2" : "default"; }

Isa current_isa() {
  static const Isa largest = largest_isa();
  const char* request = std::getenv("GRAPEVINE_ISA");
  if (request == nullptr || *request == '\0') {
    return largest;
  }
  for (const Isa isa : {Isa::kDefault, Isa::kAvx2}) {
    if (request == name(isa)) {
      return std::min(isa, largest);
    }
  }
  fail("GRAPEVINE_ISA: expected default or avx2, got \"{}\"", request);
}

}  // namespace grapevine
