#include "grapevine/nn/sequential.h"

#include <algorithm>
#include <string>

#include "grapevine/util/error.h"

namespace grapevine::nn {

void SequentialImpl::append(Step step) {
  check(step.module != nullptr, "Sequential: module {}: expected a module, got an empty pointer",
        steps_.size());
  register_module(std::to_string(steps_.size()), step.module);
  steps_.push_back(std::move(step));
}

std::shared_ptr<torch::nn::Module> SequentialImpl::clone(
    const std::optional<at::Device>& device) const {
  auto copy = std::make_shared<SequentialImpl>();
  copy->train(is_training());
  for (const Step& step : steps_) {
    copy->append({step.module->clone(device), step.call, step.takes_graph});
  }
  return copy;
}

at::Tensor SequentialImpl::forward(const LayerGraphs& graphs, const at::Tensor& feat) {
  std::vector<at::Tensor> feats = forward_all(graphs, {feat});
  check(feats.size() == 1,
        "Sequential: expected one feature of the last module, got {}; call forward_all",
        feats.size());
  return std::move(feats.front());
}

std::vector<at::Tensor> SequentialImpl::forward_all(const LayerGraphs& graphs,
                                                    std::vector<at::Tensor> feats) {
  graphs.check_layers(static_cast<std::size_t>(std::count_if(
      steps_.begin(), steps_.end(), [](const Step& step) { return step.takes_graph; })));
  std::size_t next_graph = 0;
  for (const Step& step : steps_) {
    const Graph* graph = step.takes_graph ? &graphs[next_graph++] : nullptr;
    feats = step.call(*step.module, graph, feats);
  }
  return feats;
}

}  // namespace grapevine::nn
