#include "grapevine/train/model_description.h"

#include "grapevine/nn/model_registry.h"
#include "grapevine/train/detail/model_inputs.h"
#include "grapevine/util/error.h"

namespace grapevine::train {

std::shared_ptr<nn::Model> make_model(const ModelDescription& description) {
  return nn::make_model(description.in_feats, description.out_feats, description.options);
}

PrepareGraphOptions prepare_options(const ModelDescription& description) {
  return {.reverse_edges = description.reverse_edges,
          .self_loops = description.self_loops,
          .edge_features = !description.edge_feature.empty()};
}

void check_fits(const ModelDescription& description, const Graph& graph, const std::string& name) {
  detail::check_model_inputs(graph, description.feature, description.edge_feature, name);
  const std::int64_t width = graph.ndata()[description.feature]->size(1);
  check(width == description.in_feats,
        "{}: node feature \"{}\" has {} values a node, the model reads {}", name,
        description.feature, width, description.in_feats);
  const std::int64_t edge_width = detail::edge_feats_of(graph, description.edge_feature);
  check(edge_width == description.options.edge_feats,
        "{}: edge feature \"{}\" has {} values an edge, the model reads {}", name,
        description.edge_feature, edge_width, description.options.edge_feats);
}

at::Tensor predict_nodes(nn::Model& model, const ModelDescription& description, const Graph& graph,
                         InferenceOptions options) {
  check_fits(description, graph, "predict_nodes");
  const detail::ModelInputs inputs =
      detail::model_inputs(graph, description.feature, description.edge_feature);
  options.edge_feature = description.edge_feature;
  return layerwise_inference(model, inputs.graph, inputs.feat, options);
}

}  // namespace grapevine::train
