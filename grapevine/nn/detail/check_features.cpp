#include "grapevine/nn/detail/check_features.h"

#include "grapevine/util/error.h"

namespace grapevine::nn::detail {

void check_rows(std::string_view name, const at::Tensor& data, std::int64_t rows) {
  check(data.defined(), "{}: expected a tensor with {} rows, got an undefined one", name, rows);
  check(data.dim() >= 1 && data.size(0) == rows, "{}: expected {} rows, got shape [{}]", name, rows,
        fmt::join(data.sizes(), ", "));
}

void check_features(std::string_view name, const at::Tensor& data, std::int64_t rows,
                    std::int64_t width) {
  check_rows(name, data, rows);
  check(data.dim() >= 2 && data.size(-1) == width,
        "{}: expected {} features in the last dimension, got shape [{}]", name, width,
        fmt::join(data.sizes(), ", "));
  check(data.is_floating_point(), "{}: expected a floating dtype, got {}", name,
        data.dtype().name());
}

at::Tensor edge_weights(std::string_view layer, const at::Tensor& edge_weight,
                        std::int64_t num_edges) {
  const std::string name = fmt::format("{}: edge weight", layer);
  check_rows(name, edge_weight, num_edges);
  check(edge_weight.dim() == 1 || (edge_weight.dim() == 2 && edge_weight.size(1) == 1),
        "{}: expected one number for each edge, got shape [{}]", name,
        fmt::join(edge_weight.sizes(), ", "));
  check(edge_weight.is_floating_point(), "{}: expected a floating dtype, got {}", name,
        edge_weight.dtype().name());
  return edge_weight.view({num_edges, 1});
}

void check_no_edge_features(std::string_view layer, const at::Tensor& edge_feat) {
  check(!edge_feat.defined(), "{}: this layer reads no edge features, got some of shape [{}]",
        layer, edge_feat.defined() ? fmt::format("{}", fmt::join(edge_feat.sizes(), ", ")) : "");
}

void check_dropout(std::string_view name, double probability) {
  check(probability >= 0 && probability < 1, "{}: expected a value in [0, 1), got {}", name,
        probability);
}

void check_in_degrees(std::string_view layer, const Graph& graph) {
  const auto zero = graph.adjacency()->in_degrees().eq(0).sum().item<std::int64_t>();
  check(zero == 0,
        "{}: the graph has {} 0-in-degree nodes, which get no message; add self-loops with "
        "add_self_loop(graph), or set allow_zero_in_degree",
        layer, zero);
}

void check_positive(std::string_view name, std::int64_t size) {
  check(size > 0, "{}: expected 1 or more, got {}", name, size);
}

}  // namespace grapevine::nn::detail
