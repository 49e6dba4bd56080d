#include "grapevine/nn/graph_classifier.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "grapevine/graph/transform/batch.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

Graph two_graphs() { return batch({layer_graph(), graph({0, 1, 2}, {1, 2, 0})}); }

GraphClassifier classifier(GraphClassifierOptions options = {.hidden = 8}) {
  return GraphClassifier(4, 3, std::move(options));
}

TEST(GraphClassifier, GivesEachGraphARow) {
  GraphClassifier model = classifier();
  EXPECT_EQ(model(two_graphs(), at::randn({9, 4})).sizes(), (std::vector<std::int64_t>{2, 3}));
  model->eval();
  const at::Tensor feat = at::randn({9, 4});
  const at::Tensor both = model(two_graphs(), feat);
  EXPECT_TRUE(all_close(both, at::cat({model(layer_graph(), feat.narrow(0, 0, 6)),
                                       model(graph({0, 1, 2}, {1, 2, 0}), feat.narrow(0, 6, 3))})));
}

TEST(GraphClassifier, AddsTheScoresOfEveryLayersOutput) {
  GraphClassifier model = classifier({.layers = 2, .hidden = 8, .pooling = ops::Reduce::kMean});
  model->eval();
  const Graph g = layer_graph();
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor h1 = model->batch_norms[0](model->convs[0]->forward(g, feat)).relu();
  const at::Tensor h2 = model->batch_norms[1](model->convs[1]->forward(g, h1)).relu();
  const at::Tensor expected = model->linear_prediction[0](feat.mean(0, true)) +
                              model->linear_prediction[1](h1.mean(0, true)) +
                              model->linear_prediction[2](h2.mean(0, true));
  EXPECT_TRUE(all_close(model(g, feat), expected));
}

TEST(GraphClassifier, DropsScoresWhileTrainingOnly) {
  GraphClassifier model = classifier({.hidden = 8, .dropout = 0.9});
  const at::Tensor feat = at::randn({9, 4});
  EXPECT_FALSE(model(two_graphs(), feat).equal(model(two_graphs(), feat)));
  model->eval();
  EXPECT_TRUE(model(two_graphs(), feat).equal(model(two_graphs(), feat)));
}

TEST(GraphClassifier, TakesLayersByName) {
  GraphClassifier model =
      classifier({.conv = "gat", .conv_options = {{"heads", "2"}}, .layers = 2, .hidden = 4});
  const Graph cycle = graph({0, 1, 2}, {1, 2, 0});
  EXPECT_EQ(model(batch({cycle, cycle}), at::randn({6, 4})).sizes(),
            (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(model->linear_prediction[1]->options.in_features(), 8);
  EXPECT_ERROR(classifier({.conv = "nothing"}), "nothing", "gin");
}

TEST(GraphClassifier, ClonesAreIndependentAndSavedOnesTheSame) {
  GraphClassifier model = classifier();
  GraphClassifier other = classifier();
  model->eval();
  other->eval();
  const at::Tensor feat = at::randn({9, 4});
  expect_round_trip(model, other, two_graphs(), feat);
  expect_independent_clone(model, two_graphs(), feat);
}

TEST(GraphClassifier, HasGradients) {
  GraphClassifier model = classifier({.layers = 2, .hidden = 8, .dropout = 0});
  const at::Tensor feat = at::randn({9, 4}).requires_grad_();
  model(two_graphs(), feat).square().sum().backward();
  EXPECT_GT(feat.grad().abs().sum().item<float>(), 0);
  for (const auto& parameter : model->named_parameters()) {
    ASSERT_TRUE(parameter.value().grad().defined()) << parameter.key();
    EXPECT_TRUE(parameter.value().grad().isfinite().all().item<bool>()) << parameter.key();
  }
}

TEST(GraphClassifier, RejectsBadInput) {
  EXPECT_ERROR(GraphClassifier(0, 2), "in_feats", "0");
  EXPECT_ERROR(GraphClassifier(2, 0), "num_classes", "0");
  EXPECT_ERROR(classifier({.layers = 0}), "layers", "0");
  EXPECT_ERROR(classifier({.hidden = -1}), "hidden", "-1");
  EXPECT_ERROR(classifier({.dropout = 1}), "dropout", "[0, 1)");
  GraphClassifier model = classifier();
  EXPECT_ERROR(model(two_graphs(), at::randn({9, 5})), "GraphClassifier", "[9, 4]", "[9, 5]");
  const Graph one = graph({0}, {0});
  EXPECT_ERROR(model(one, at::randn({1, 4})), "two nodes", "training", "1");
  model->eval();
  EXPECT_EQ(model(one, at::randn({1, 4})).sizes(), (std::vector<std::int64_t>{1, 3}));
}

}  // namespace
}  // namespace grapevine::nn
