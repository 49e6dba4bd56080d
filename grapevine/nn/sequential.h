#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/nn/detail/sequential_call.h"
#include "grapevine/nn/model.h"

namespace grapevine::nn {

/// Modules one after the other: what one returns, the next one gets. A module whose `forward` takes
/// a graph first gets it, so layers and plain torch modules mix:
///
///     Sequential model(GraphConv(1433, 16), torch::nn::ReLU(), torch::nn::Dropout(), GraphConv(16,
///     7)); at::Tensor logits = model(graph, graph.ndata()["feat"]);
///
/// On a list of graphs, each module that takes a graph gets the next one. A module may take and
/// return several features, of nodes and edges, say: `forward(graph, a)`, `forward(graph, a, b)` or
/// `forward(graph, a, b, c)`, returning a tensor, a pair, a tuple or a vector of them; such modules
/// are run by `forward_all`.
///
/// Parameters are the modules', under "0.", "1.", ... Source: DGL's `nn.Sequential`, which takes no
/// plain modules.
class SequentialImpl : public torch::nn::Cloneable<SequentialImpl> {
 public:
  SequentialImpl() = default;
  /// From module holders (`GraphConv(4, 3)`) or shared pointers to modules.
  template <detail::ModulePointer... Modules>
  explicit SequentialImpl(Modules&&... modules) {
    (push_back(std::forward<Modules>(modules)), ...);
  }

  template <typename Module>
  void push_back(const torch::nn::ModuleHolder<Module>& module) {
    push_back(module.ptr());
  }
  template <typename Module>
  void push_back(std::shared_ptr<Module> module) {
    append({std::move(module), &detail::call_in_sequence<Module>, detail::kTakesGraph<Module>});
  }
  [[nodiscard]] std::size_t size() const { return steps_.size(); }

  void reset() override {}
  [[nodiscard]] std::shared_ptr<torch::nn::Module> clone(
      const std::optional<at::Device>& device = std::nullopt) const override;

  /// One feature in, one out. `graphs` is one graph for all modules, or a list with one for each
  /// that takes a graph. Throws `Error` for another number of graphs, and for modules that do not
  /// take what the one before returned or of which the last returns several.
  at::Tensor forward(const LayerGraphs& graphs, const at::Tensor& feat);
  /// Any number of features in, and what the last module returns out.
  std::vector<at::Tensor> forward_all(const LayerGraphs& graphs, std::vector<at::Tensor> feats);

 private:
  struct Step {
    std::shared_ptr<torch::nn::Module> module;
    detail::SequentialCall call = nullptr;
    bool takes_graph = false;
  };
  void append(Step step);

  std::vector<Step> steps_;
};

TORCH_MODULE(Sequential);

}  // namespace grapevine::nn
