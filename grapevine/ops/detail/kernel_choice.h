#pragma once

#include "grapevine/util/dispatch.h"

/// The set of kernels called `name`, for the instruction set that runs. A macro, because a build
/// for another kind of processor has no `name_avx2` to name.
#ifdef GRAPEVINE_HAVE_X86_KERNELS
#define GRAPEVINE_KERNELS(name)                                        \
  (grapevine::current_isa() == grapevine::Isa::kAvx512 ? name##_avx512 \
   : grapevine::current_isa() == grapevine::Isa::kAvx2 ? name##_avx2   \
                                                       : name##_default)
#else
#define GRAPEVINE_KERNELS(name) (name##_default)
#endif
