#include "grapevine/nn/gcn2_conv.h"

#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

const GCN2ConvOptions kAnyDegreeGCN2{.allow_zero_in_degree = true};

TEST(GCN2Conv, GivesWhatDGLGives) {
  expect_as_recorded("gcn2_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    GCN2Conv conv(
        c.options["in_feats"].get<std::int64_t>(), c.options["layer"].get<std::int64_t>(),
        GCN2ConvOptions{.alpha = c.option("alpha", 0.1),
                        .lambda_ = c.option("lambda_", 1.0),
                        .project_initial_features = c.option("project_initial_features", true),
                        .allow_zero_in_degree = c.option("allow_zero_in_degree", false)});
    load_parameters(*conv, c);
    return {conv->forward(c.graph, c.input("feat"), c.input("feat_0"), c.input("edge_weight"))};
  });
}

TEST(GCN2Conv, WeakensItsMatrixWithDepth) {
  GCN2Conv first(4, 1, GCN2ConvOptions{.lambda_ = 0.5});
  GCN2Conv tenth(4, 10, GCN2ConvOptions{.lambda_ = 0.5});
  EXPECT_DOUBLE_EQ(first->beta(), std::log(1.5));
  EXPECT_DOUBLE_EQ(tenth->beta(), std::log(1.05));
}

TEST(GCN2Conv, HasDGLsInitialParameters) {
  GCN2Conv conv(100, 1, GCN2ConvOptions{.project_initial_features = false});
  EXPECT_NEAR(conv->weight1.std().item<double>(), 1, 0.05);
  EXPECT_NEAR(conv->weight2.std().item<double>(), 1, 0.05);
  EXPECT_EQ(conv->bias.abs().sum().item<double>(), 0);
  GCN2Conv small(4, 1, GCN2ConvOptions{.bias = false});
  EXPECT_EQ(small->parameters().size(), 1U);
}

TEST(GCN2Conv, HasCorrectGradientsInTheInitialFeatures) {
  for (const bool project : {true, false}) {
    GCN2Conv conv(3, 2,
                  GCN2ConvOptions{.project_initial_features = project,
                                  .allow_zero_in_degree = true,
                                  .activation = [](const at::Tensor& h) { return h.tanh(); }});
    EXPECT_TRUE(layer_gradcheck(*conv, {at::randn({6, 3}), at::randn({6, 3})},
                                [&](const std::vector<at::Tensor>& inputs) {
                                  return conv->forward(layer_graph(), inputs[0], inputs[1]);
                                }));
  }
}

TEST(GCN2Conv, ClonesIndependently) {
  for (const bool project : {true, false}) {
    GCN2Conv conv(
        4, 2, GCN2ConvOptions{.project_initial_features = project, .allow_zero_in_degree = true});
    GCN2Conv copy(std::dynamic_pointer_cast<GCN2ConvImpl>(conv->clone()));
    const at::Tensor feat = at::randn({6, 4});
    const at::Tensor expected = conv(layer_graph(), feat, feat);
    EXPECT_TRUE(all_close(copy(layer_graph(), feat, feat), expected));
    conv->weight1.data().add_(1);
    EXPECT_TRUE(all_close(copy(layer_graph(), feat, feat), expected));
  }
}

TEST(GCN2Conv, SurvivesSavingAndLoading) {
  GCN2Conv conv(4, 2, kAnyDegreeGCN2);
  GCN2Conv other(4, 2, kAnyDegreeGCN2);
  std::stringstream stream;
  torch::serialize::OutputArchive saved;
  conv->save(saved);
  saved.save_to(stream);
  torch::serialize::InputArchive loaded;
  loaded.load_from(stream);
  other->load(loaded);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_TRUE(all_close(other(layer_graph(), feat, feat), conv(layer_graph(), feat, feat)));
}

TEST(GCN2Conv, RejectsInputsThatDoNotFit) {
  GCN2Conv conv(4, 2, kAnyDegreeGCN2);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_ERROR(conv(layer_graph(), feat, at::randn({5, 4})), "GCN2Conv", "feat_0", "6 rows");
  EXPECT_ERROR(conv(layer_graph(), feat, at::randn({6, 3})), "GCN2Conv", "feat_0", "4 features");
  EXPECT_ERROR(conv(layer_graph(), feat, at::randn({6, 1, 4})), "feat_0", "[6, 1, 4]");
  GCN2Conv strict(4, 2);
  EXPECT_ERROR(strict(layer_graph(), feat, feat), "GCN2Conv", "1 0-in-degree");
}

TEST(GCN2Conv, RejectsOptionsOutOfRange) {
  EXPECT_ERROR(GCN2Conv(0, 1), "GCN2Conv", "in_feats", "0");
  EXPECT_ERROR(GCN2Conv(4, 0), "GCN2Conv", "layer", "0");
  EXPECT_ERROR(GCN2Conv(4, 1, GCN2ConvOptions{.alpha = -0.1}), "GCN2Conv", "alpha", "-0.1");
  EXPECT_ERROR(GCN2Conv(4, 1, GCN2ConvOptions{.lambda_ = -2}), "GCN2Conv", "lambda_", "-2");
}

}  // namespace
}  // namespace grapevine::nn
