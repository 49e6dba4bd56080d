#pragma once

#include "grapevine/util/dispatch.h"

/// The set of kernels called `name`, for the instruction set that runs. A macro, because a build
/// for a processor without AVX2 has no `name_avx2` to name.
#ifdef GRAPEVINE_HAVE_AVX2
#define GRAPEVINE_KERNELS(name) \
  (grapevine::current_isa() == grapevine::Isa::kAvx2 ? name##_avx2 : name##_default)
#else
#define GRAPEVINE_KERNELS(name) (name##_default)
#endif
