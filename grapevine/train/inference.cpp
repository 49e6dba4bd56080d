#include "grapevine/train/inference.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

#include "grapevine/dataloading/data_loader.h"
#include "grapevine/sampling/neighbor_sampler.h"
#include "grapevine/util/error.h"

namespace grapevine::train {

namespace {

/// Puts a model into evaluation mode while it lives.
class EvaluationMode {
 public:
  explicit EvaluationMode(nn::ConvStack model)
      : model_(std::move(model)), was_training_(model_->is_training()) {
    model_->eval();
  }
  ~EvaluationMode() { model_->train(was_training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  nn::ConvStack model_;
  bool was_training_;
};

at::Tensor infer_in_batches(nn::ConvStackImpl& model, std::size_t layer,
                            dataloading::DataLoader& loader, const at::Tensor& h) {
  const at::Device device = model.parameters().front().device();
  at::Tensor result;
  std::int64_t begin = 0;
  for (auto& [input_nodes, output_nodes, blocks] : loader) {
    const at::Tensor inputs = h.index_select(0, input_nodes.tensor().to(h.device()));
    const at::Tensor outputs =
        model.forward_layer(layer, blocks.front().to(device), inputs.to(device));
    if (!result.defined()) {
      result = at::empty({h.size(0), outputs.size(1)}, h.options().dtype(outputs.dtype()));
    }
    result.narrow(0, begin, outputs.size(0)).copy_(outputs);
    begin += outputs.size(0);
  }
  return result;
}

}  // namespace

at::Tensor layerwise_inference(nn::ConvStack model, const Graph& graph, const at::Tensor& feat,
                               const InferenceOptions& options) {
  check(graph.is_homogeneous(),
        "layerwise_inference: expected a graph with one node type and one relation");
  check(options.batch_size > 0, "layerwise_inference: batch_size: expected 1 or more, got {}",
        options.batch_size);
  check(feat.dim() == 2 && feat.size(0) == graph.num_nodes(),
        "layerwise_inference: feat: expected shape [{}, num_features], got [{}]", graph.num_nodes(),
        fmt::join(feat.sizes(), ", "));
  const at::NoGradGuard no_grad;
  const EvaluationMode evaluation(model);
  const at::Device device = model->parameters().front().device();
  const at::Tensor all_nodes =
      at::arange(graph.num_nodes(), at::TensorOptions(graph.idtype()).device(graph.device()));
  dataloading::DataLoader loader(graph, all_nodes, sampling::MultiLayerFullNeighborSampler(1),
                                 {.batch_size = options.batch_size});
  at::Tensor h = feat;
  for (std::size_t layer = 0; layer < model->layers.size(); ++layer) {
    const bool at_once = model->layers[layer]->reads_beyond_block() ||
                         options.batch_size >= graph.num_nodes() || !graph.device().is_cpu();
    h = at_once ? model->forward_layer(layer, graph.to(device), h.to(device)).to(feat.device())
                : infer_in_batches(*model, layer, loader, h);
  }
  return h;
}

}  // namespace grapevine::train
