#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/nn/conv.h"

namespace grapevine::testing_support {

/// What a layer of DGL's computed once, from tests/nn/reference/NAME.json, which record.py beside
/// it wrote.
struct LayerCase {
  std::string name;
  nlohmann::json options;  ///< DGL's constructor arguments
  Graph graph;             ///< whole, block, or between two node types
  std::string kind;        ///< "full", "block" or "pair"; empty without a graph
  std::vector<std::int64_t> batch_num_nodes;
  std::map<std::string, at::Tensor> inputs;  ///< "feat" or "feat_src" and "feat_dst", and others
  std::map<std::string, at::Tensor> parameters;  ///< and buffers, by DGL's names
  std::vector<at::Tensor> outputs;

  /// An input, or an undefined tensor.
  [[nodiscard]] at::Tensor input(const std::string& input_name) const;
  /// A constructor argument, or `otherwise` where DGL's default was used.
  template <typename T>
  [[nodiscard]] T option(const std::string& option_name, T otherwise) const {
    return options.contains(option_name) && !options[option_name].is_null()
               ? options[option_name].get<T>()
               : otherwise;
  }
};

/// The features of a case, one tensor or a pair, as a layer's `forward` takes them.
[[nodiscard]] nn::NodeFeatures node_features(const LayerCase& layer_case);

/// The cases of a file, in its order; fails the test if there are none.
[[nodiscard]] std::vector<LayerCase> layer_cases(const std::string& name);

/// Gives `module` the parameters and buffers of a case. Fails the test unless the module has just
/// these names and shapes, so that weights of DGL's can be loaded.
void load_parameters(torch::nn::Module& module, const LayerCase& layer_case);

/// Runs `compute` on each case of a file and expects DGL's outputs, to 1e-5.
///
///     expect_as_recorded("gin_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
///       GINConv conv(...);
///       load_parameters(*conv, c);
///       conv->eval();
///       return {conv(c.graph, node_features(c), c.input("edge_weight"))};
///     });
void expect_as_recorded(const std::string& name,
                        const std::function<std::vector<at::Tensor>(const LayerCase&)>& compute);

}  // namespace grapevine::testing_support
