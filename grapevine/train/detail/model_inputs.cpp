#include "grapevine/train/detail/model_inputs.h"

#include "grapevine/util/error.h"

namespace grapevine::train::detail {

void check_model_inputs(const Graph& graph, const std::string& feature,
                        const std::string& edge_feature, const std::string& what) {
  check(graph.is_homogeneous(),
        "{}: expected a graph with one node type and one relation, got {} and {}", what,
        graph.ntypes().size(), graph.canonical_etypes().size());
  const at::Tensor feat = graph.ndata()[feature];
  check(feat.dim() == 2 && feat.size(1) > 0 && feat.is_floating_point(),
        "node feature \"{}\": expected floats of shape [num_nodes, num_features], got {} [{}]",
        feature, feat.dtype().name(), fmt::join(feat.sizes(), ", "));
  if (!edge_feature.empty()) {
    const at::Tensor edges = graph.edata()[edge_feature];
    check(edges.dim() == 1 || (edges.dim() == 2 && edges.size(1) > 0),
          "edge feature \"{}\": expected shape [num_edges] or [num_edges, num_features], got [{}]",
          edge_feature, fmt::join(edges.sizes(), ", "));
  }
}

std::int64_t edge_feats_of(const Graph& graph, const std::string& edge_feature) {
  if (edge_feature.empty()) {
    return 0;
  }
  const at::Tensor edges = graph.edata()[edge_feature];
  return edges.dim() == 1 ? 1 : edges.size(1);
}

ModelInputs model_inputs(const Graph& graph, const std::string& feature,
                         const std::string& edge_feature) {
  ModelInputs inputs = {graph.clone(), graph.ndata()[feature].tensor().to(at::kFloat)};
  inputs.graph.ndata().frame()->set_columns({});
  inputs.graph.edata().frame()->set_columns({});
  if (!edge_feature.empty()) {
    // One column of a weight each, which layers that read features take, too.
    const at::Tensor edges = graph.edata()[edge_feature].tensor().to(at::kFloat);
    inputs.graph.edata()[edge_feature] = edges.dim() == 1 ? edges.unsqueeze(1) : edges;
  }
  return inputs;
}

}  // namespace grapevine::train::detail
