#include "grapevine/train/inference.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

#include <memory>
#include <vector>

#include "grapevine/dataloading/data_loader.h"
#include "grapevine/io/scratch_tensor.h"
#include "grapevine/sampling/neighbor_sampler.h"
#include "grapevine/util/error.h"

namespace grapevine::train {

namespace {

/// Puts a model into evaluation mode while it lives.
class EvaluationMode {
 public:
  explicit EvaluationMode(torch::nn::Module& model)
      : model_(model), was_training_(model.is_training()) {
    model_.eval();
  }
  ~EvaluationMode() { model_.train(was_training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  torch::nn::Module& model_;
  bool was_training_;
};

/// A layer of a model, on the model's device.
struct ModelLayer {
  nn::Model& model;
  std::size_t number;
  const std::string& edge_feature;
  at::Device device;

  [[nodiscard]] at::Tensor operator()(const Graph& graph, const nn::NodeFeatures& h) const {
    return model.forward_layer(number, graph.to(device), h, edge_feature);
  }
};

at::Tensor infer_in_batches(const ModelLayer& layer, dataloading::DataLoader& loader,
                            const at::Tensor& h, const std::filesystem::path& scratch) {
  at::Tensor result;
  const auto features = std::make_shared<Column>(h);
  std::int64_t begin = 0;
  for (auto& [input_nodes, output_nodes, blocks] : loader) {
    const ColumnPtr inputs = Column::slice(features, input_nodes.tensor())->to(layer.device);
    const at::Tensor outputs = layer(blocks.front(), inputs);
    if (!result.defined()) {
      const std::vector<std::int64_t> shape = {h.size(0), outputs.size(1)};
      result = scratch.empty() || !h.is_cpu()
                   ? at::empty(shape, h.options().dtype(outputs.dtype()))
                   : io::scratch_tensor(scratch, shape, outputs.scalar_type());
    }
    result.narrow(0, begin, outputs.size(0)).copy_(outputs);
    begin += outputs.size(0);
  }
  return result;
}

}  // namespace

at::Tensor layerwise_inference(nn::Model& model, const Graph& graph, const at::Tensor& feat,
                               const InferenceOptions& options) {
  check(graph.is_homogeneous(),
        "layerwise_inference: expected a graph with one node type and one relation");
  check(options.batch_size > 0, "layerwise_inference: batch_size: expected 1 or more, got {}",
        options.batch_size);
  check(feat.dim() == 2 && feat.size(0) == graph.num_nodes(),
        "layerwise_inference: feat: expected shape [{}, num_features], got [{}]", graph.num_nodes(),
        fmt::join(feat.sizes(), ", "));
  const at::NoGradGuard no_grad;
  const EvaluationMode evaluation(model.module());
  const at::Device device = model.module().parameters().front().device();
  const at::Tensor all_nodes =
      at::arange(graph.num_nodes(), at::TensorOptions(graph.idtype()).device(graph.device()));
  dataloading::DataLoader loader(graph, all_nodes, sampling::MultiLayerFullNeighborSampler(1),
                                 {.batch_size = options.batch_size});
  at::Tensor h = feat;
  for (std::size_t number = 0; number < model.num_layers(); ++number) {
    const bool at_once = model.reads_beyond_block(number) ||
                         options.batch_size >= graph.num_nodes() || !graph.device().is_cpu();
    const ModelLayer layer{model, number, options.edge_feature, device};
    h = at_once ? layer(graph, h.to(device)).to(feat.device())
                : infer_in_batches(layer, loader, h, options.scratch);
  }
  return h;
}

}  // namespace grapevine::train
