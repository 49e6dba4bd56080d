#pragma once

#include <string>
#include <utility>

#include "grapevine/graph/transform/self_loop.h"
#include "grapevine/nn/in_feats.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/layer_reference.h"

// What the tests of the attention layers share.
namespace grapevine::testing_support {

/// `layer_graph()` with one self-loop for each node, so that none is without in-edges.
inline Graph looped_layer_graph() { return add_self_loop(remove_self_loop(layer_graph())); }

/// The width of the input, or the pair of widths, that a recorded case was made with.
inline nn::InFeats recorded_in_feats(const LayerCase& c, const std::string& option) {
  const nlohmann::json& value = c.options[option];
  if (value.is_array()) {
    return std::pair(value[0].get<std::int64_t>(), value[1].get<std::int64_t>());
  }
  return value.get<std::int64_t>();
}

/// Expects correct gradients of `layer(graph, feat)` in the features and all parameters.
template <typename Layer>
void expect_layer_gradcheck(Layer& layer, const Graph& graph, const at::Tensor& feat) {
  EXPECT_TRUE(
      layer_gradcheck(*layer, {feat}, [&](const std::vector<at::Tensor>& inputs) -> at::Tensor {
        return layer(graph, inputs[0]);
      }));
}

}  // namespace grapevine::testing_support
