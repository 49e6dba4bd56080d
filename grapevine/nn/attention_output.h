#pragma once

#include <ATen/core/Tensor.h>

namespace grapevine::nn {

/// What an attention layer computes, and how much each edge counted in it.
struct AttentionOutput {
  at::Tensor feat;       ///< `[num_dst, *, heads, out]`, as `forward` returns it
  at::Tensor attention;  ///< `[num_edges, *, heads, 1]`, as it weighed the messages
};

}  // namespace grapevine::nn
