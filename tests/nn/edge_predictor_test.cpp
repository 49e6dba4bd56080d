#include "grapevine/nn/edge_predictor.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

const std::map<std::string, EdgePredictorOp> kOps = {{"dot", EdgePredictorOp::kDot},
                                                     {"cos", EdgePredictorOp::kCosine},
                                                     {"ele", EdgePredictorOp::kElementwise},
                                                     {"cat", EdgePredictorOp::kConcatenate}};

TEST(EdgePredictor, GivesDGLsNumbers) {
  expect_as_recorded("edge_predictor", [](const LayerCase& c) -> std::vector<at::Tensor> {
    EdgePredictor predict(kOps.at(c.option<std::string>("op", "")),
                          EdgePredictorOptions{.in_feats = c.option<std::int64_t>("in_feats", 0),
                                               .out_feats = c.option<std::int64_t>("out_feats", 0),
                                               .bias = c.option("bias", false)});
    load_parameters(*predict, c);
    return {predict(c.input("h_src"), c.input("h_dst"))};
  });
}

TEST(EdgePredictor, HasALinearLayerForEveryOperationIfWidthsAreGiven) {
  for (const auto& [name, op] : kOps) {
    EdgePredictor predict(op, EdgePredictorOptions{.in_feats = 4, .out_feats = 3, .bias = true});
    EXPECT_EQ(predict(at::randn({6, 4}), at::randn({6, 4})).sizes(),
              (std::vector<std::int64_t>{6, 3}));
    EXPECT_EQ(predict(at::randn({0, 4}), at::randn({0, 4})).sizes(),
              (std::vector<std::int64_t>{0, 3}));
    EdgePredictor copy(std::dynamic_pointer_cast<EdgePredictorImpl>(predict->clone()));
    EXPECT_TRUE(copy->linear->weight.equal(predict->linear->weight));
    predict->reset_parameters();
    EXPECT_FALSE(copy->linear->weight.equal(predict->linear->weight));
  }
}

TEST(EdgePredictor, HasCorrectGradients) {
  for (const auto& [name, op] : kOps) {
    EdgePredictor predict(op, EdgePredictorOptions{.in_feats = 3, .out_feats = 2, .bias = true});
    EXPECT_TRUE(layer_gradcheck(
        *predict, {at::randn({4, 3}), at::randn({4, 3})},
        [&](const std::vector<at::Tensor>& inputs) { return predict(inputs[0], inputs[1]); }))
        << name;
  }
}

TEST(EdgePredictor, RejectsFeaturesOfTheWrongShape) {
  EdgePredictor predict(EdgePredictorOp::kDot);
  EXPECT_ERROR(predict(at::randn({6, 4}), at::randn({5, 4})), "h_dst", "6 rows", "[5, 4]");
  EXPECT_ERROR(predict(at::randn({6, 4}), at::randn({6, 3})), "h_dst", "4 features", "[6, 3]");
  EXPECT_ERROR(predict(at::randn({6}), at::randn({6})), "h_src", "two dimensions", "1");
  EXPECT_ERROR(predict(at::randn({6, 4}), at::randn({6, 2, 4})), "h_dst", "two dimensions", "3");
  EdgePredictor linear(EdgePredictorOp::kConcatenate,
                       EdgePredictorOptions{.in_feats = 4, .out_feats = 3});
  EXPECT_ERROR(linear(at::randn({6, 5}), at::randn({6, 5})), "EdgePredictor", "h_src", "4 features",
               "[6, 5]");
}

TEST(EdgePredictor, RejectsOneWidthWithoutTheOther) {
  EXPECT_ERROR(EdgePredictor(EdgePredictorOp::kDot, EdgePredictorOptions{.in_feats = 4}),
               "EdgePredictor", "in_feats", "4 and 0");
  EXPECT_ERROR(
      EdgePredictor(EdgePredictorOp::kDot, EdgePredictorOptions{.in_feats = -1, .out_feats = 2}),
      "-1 and 2");
}

}  // namespace
}  // namespace grapevine::nn
