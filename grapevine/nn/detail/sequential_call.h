#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/util/error.h"

// How `nn::Sequential` calls a module of a type that it forgets: by the arguments that the module's
// `forward` turns out to take.
namespace grapevine::nn::detail {

template <typename T>
struct IsModulePointer : std::false_type {};
template <typename Module>
struct IsModulePointer<std::shared_ptr<Module>> : std::is_base_of<torch::nn::Module, Module> {};

/// A `torch::nn::ModuleHolder` or a shared pointer to a module.
template <typename T>
concept ModulePointer =
    std::is_base_of_v<torch::detail::ModuleHolderIndicator, std::remove_cvref_t<T>> ||
    IsModulePointer<std::remove_cvref_t<T>>::value;

/// Calls `module` with the graph, if it takes one, and the features.
using SequentialCall = std::vector<at::Tensor> (*)(torch::nn::Module& module, const Graph* graph,
                                                   const std::vector<at::Tensor>& feats);

template <typename Module, typename... Arguments>
concept Takes = requires(Module& module, const Arguments&... arguments) {
  module.forward(arguments...);
};

template <typename Module>
inline constexpr bool kTakesGraph =
    Takes<Module, Graph, at::Tensor> || Takes<Module, Graph, at::Tensor, at::Tensor> ||
    Takes<Module, Graph, at::Tensor, at::Tensor, at::Tensor>;

inline std::vector<at::Tensor> as_features(at::Tensor feat) { return {std::move(feat)}; }
inline std::vector<at::Tensor> as_features(std::vector<at::Tensor> feats) { return feats; }
template <typename... Tensors>
std::vector<at::Tensor> as_features(std::tuple<Tensors...> feats) {
  return std::apply([](auto&... feat) { return std::vector<at::Tensor>{std::move(feat)...}; },
                    feats);
}
template <typename First, typename Second>
std::vector<at::Tensor> as_features(std::pair<First, Second> feats) {
  return {std::move(feats.first), std::move(feats.second)};
}

template <typename Module>
std::vector<at::Tensor> call_in_sequence(torch::nn::Module& any_module, const Graph* graph,
                                         const std::vector<at::Tensor>& feats) {
  using at::Tensor;
  auto& module = dynamic_cast<Module&>(any_module);
  if constexpr (Takes<Module, Graph, Tensor>) {
    if (feats.size() == 1) {
      return as_features(module.forward(*graph, feats[0]));
    }
  } else if constexpr (!kTakesGraph<Module> && Takes<Module, Tensor>) {
    if (feats.size() == 1) {
      return as_features(module.forward(feats[0]));
    }
  }
  if constexpr (Takes<Module, Graph, Tensor, Tensor>) {
    if (feats.size() == 2) {
      return as_features(module.forward(*graph, feats[0], feats[1]));
    }
  }
  if constexpr (Takes<Module, Graph, Tensor, Tensor, Tensor>) {
    if (feats.size() == 3) {
      return as_features(module.forward(*graph, feats[0], feats[1], feats[2]));
    }
  }
  fail("Sequential: {} does not take {} features", any_module.name(), feats.size());
}

}  // namespace grapevine::nn::detail
