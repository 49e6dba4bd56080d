#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/modules/rnn.h>

#include "grapevine/ops/edge_index.h"

namespace grapevine::nn::detail {

/// For each destination, the last hidden state of `lstm` (one layer, one direction) after it read
/// the source's row of `h` `[num_src, width]`, times the edge's weight `[num_edges, 1]` if there
/// are weights, of each in-edge in the order of ids: `[num_dst, hidden]`, 0 without in-edges.
///
/// The sequences run side by side without padding: as many steps as the largest in-degree.
[[nodiscard]] at::Tensor lstm_reduce(torch::nn::LSTM& lstm, const ops::EdgeIndex& edges,
                                     const at::Tensor& h, const at::Tensor& edge_weight = {});

}  // namespace grapevine::nn::detail
