#include "grapevine/nn/model_registry.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "grapevine/graph/transform/self_loop.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;
using testing::Contains;

Graph featured_graph(std::int64_t width) {
  Graph graph = add_self_loop(remove_self_loop(layer_graph()));
  graph.edata()["e"] = at::randn({graph.num_edges(), width}).abs() + 0.1;
  return graph;
}

/// What a model makes of `graph` `[num_nodes, 4]`, first with an edge feature of width 2, then with
/// weights, then without any; the first that it takes.
at::Tensor output_of(const std::string& name) {
  for (const std::int64_t width : {2, 1, 0}) {
    const Graph graph = featured_graph(std::max<std::int64_t>(width, 1));
    try {
      const auto model =
          make_model(4, 3, {.conv = name, .layers = 2, .hidden = 8, .edge_feats = width});
      return model->forward(graph, at::randn({6, 4}), width > 0 ? "e" : "");
    } catch (const Error&) {
      continue;
    }
  }
  fail("model {} takes no edge features and none neither", name);
}

TEST(ModelRegistry, MakesEveryModelByNameWithItsDefaults) {
  EXPECT_THAT(model_names(), Contains("sage"));
  EXPECT_THAT(model_names(), Contains("appnp"));
  EXPECT_THAT(model_names(), Contains("gcnii"));
  EXPECT_THAT(model_names(), testing::WhenSorted(testing::ElementsAreArray(model_names())));
  for (const std::string& name : model_names()) {
    const at::Tensor output = output_of(name);
    EXPECT_EQ(output.sizes(), (std::vector<std::int64_t>{6, 3})) << name;
    EXPECT_TRUE(output.isfinite().all().item<bool>()) << name;
    EXPECT_FALSE(model_entry(name).description.empty()) << name;
  }
}

TEST(ModelRegistry, MakesALayerIntoAStack) {
  const auto model = make_model(4, 3, {.conv = "sage", .layers = 3, .hidden = 5});
  EXPECT_EQ(model->num_layers(), 3U);
  EXPECT_NE(dynamic_cast<ConvStackImpl*>(model.get()), nullptr);
  EXPECT_FALSE(model->wants_self_loops());
  EXPECT_TRUE(make_model(4, 3, {.conv = "gcn"})->wants_self_loops());
}

TEST(ModelRegistry, RejectsUnknownNamesOptionsAndSizes) {
  EXPECT_ERROR(make_model(4, 3, {.conv = "gatt"}), "unknown model", "gatt", "appnp", "sage");
  EXPECT_ERROR(make_model(4, 3, {.conv = "appnp", .conv_options = {{"heads", "2"}}}), "appnp",
               "heads", "alpha, edge_drop");
  EXPECT_ERROR(make_model(4, 3, {.conv = "appnp", .conv_options = {{"alpha", "x"}}}), "alpha", "x");
  EXPECT_ERROR(make_model(4, 3, {.conv = "appnp", .norm = "batch"}), "norm", "batch");
  EXPECT_ERROR(make_model(4, 3, {.conv = "gcnii", .residual = true}), "residual");
  EXPECT_ERROR(make_model(4, 3, {.conv = "gcnii", .hidden = 0}), "hidden", "0");
  EXPECT_ERROR(make_model(4, 3, {.conv = "gcnii", .activation = "tanh"}), "activation", "relu",
               "tanh");
  EXPECT_ERROR(make_model(4, 3, {.conv = "sage", .norm = "graph"}), "norm", "layer", "graph");
  EXPECT_ERROR(make_model(0, 3, {}), "in_feats", "0");
}

}  // namespace
}  // namespace grapevine::nn
