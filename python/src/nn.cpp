#include <torch/nn/module.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bindings.h"
#include "grapevine/graph/graph.h"
#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/model_registry.h"

namespace grapevine::python {
namespace {

using FeatureArgument = std::variant<at::Tensor, std::pair<at::Tensor, at::Tensor>>;
using TensorsByName = std::map<std::string, at::Tensor>;

template <typename Named>
TensorsByName by_name(const Named& named) {
  TensorsByName tensors;
  for (const auto& item : named) {
    tensors[item.key()] = item.value();
  }
  return tensors;
}

nn::NodeFeatures node_features(const FeatureArgument& feat) {
  return std::visit([](const auto& value) { return nn::NodeFeatures(value); }, feat);
}

/// The module that a layer or a model is: parameters and modes.
template <typename Bound>
void bind_module(py::class_<Bound, std::shared_ptr<Bound>>& bound) {
  const auto module = [](Bound& self) -> torch::nn::Module& {
    return dynamic_cast<torch::nn::Module&>(self);
  };
  bound
      .def("named_parameters",
           [module](Bound& self) { return by_name(module(self).named_parameters()); })
      .def("named_buffers", [module](Bound& self) { return by_name(module(self).named_buffers()); })
      .def(
          "train", [module](Bound& self, bool mode) { module(self).train(mode); },
          py::arg("mode") = true)
      .def("eval", [module](Bound& self) { module(self).eval(); });
}

const Room nn_room(40, [](py::module_& module) {
  py::class_<nn::Conv, std::shared_ptr<nn::Conv>> conv(
      module, "Conv", "A layer of the C++ core; grapevine.nn has the layers to train with.");
  bind_module(conv);
  conv.def(
          "forward",
          [](nn::Conv& self, const Graph& graph, const FeatureArgument& feat,
             const std::optional<at::Tensor>& edge_feat) {
            return self.forward(graph, node_features(feat), tensor_or_none(edge_feat));
          },
          py::arg("graph"), py::arg("feat"), py::arg("edge_feat") = py::none(), ReleaseGil())
      .def("num_heads", &nn::Conv::num_heads)
      .def("needs_in_edges", &nn::Conv::needs_in_edges);
  module.def("conv_names", [] { return nn::convs().names(); });
  module.def(
      "make_conv",
      [](const std::string& name, std::int64_t in_feats, std::int64_t out_feats,
         const std::map<std::string, std::string>& options, std::int64_t edge_feats, bool is_last) {
        return nn::make_conv(name, {.in_feats = in_feats,
                                    .out_feats = out_feats,
                                    .edge_feats = edge_feats,
                                    .is_last = is_last,
                                    .options = options});
      },
      py::arg("name"), py::arg("in_feats"), py::arg("out_feats"),
      py::arg("options") = std::map<std::string, std::string>{}, py::arg("edge_feats") = 0,
      py::arg("is_last") = true);

  py::class_<nn::Model, std::shared_ptr<nn::Model>> model(
      module, "Model", "A model of the C++ core, as `grapevine train` trains it.");
  bind_module(model);
  model.def(
      "forward",
      [](nn::Model& self, const std::variant<Graph, std::vector<Graph>>& graphs,
         const at::Tensor& feat, const std::string& edge_feat) {
        const auto layers =
            std::visit([](const auto& value) { return nn::LayerGraphs(value); }, graphs);
        return self.forward(layers, feat, edge_feat);
      },
      py::arg("graphs"), py::arg("feat"), py::arg("edge_feat") = "", ReleaseGil());
  module.def("model_names", &nn::model_names);
  module.def(
      "make_model",
      [](const std::string& name, std::int64_t in_feats, std::int64_t out_feats,
         const std::map<std::string, std::string>& options, std::int64_t layers,
         std::int64_t hidden) {
        return nn::make_model(
            in_feats, out_feats,
            {.conv = name, .conv_options = options, .layers = layers, .hidden = hidden});
      },
      py::arg("name"), py::arg("in_feats"), py::arg("out_feats"),
      py::arg("options") = std::map<std::string, std::string>{}, py::arg("layers") = 2,
      py::arg("hidden") = 128);
});

}  // namespace
}  // namespace grapevine::python
