#include "grapevine/nn/jumping_knowledge.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

JumpingKnowledgeOptions lstm_options(std::int64_t in_feats, std::int64_t num_layers) {
  return {.mode = JumpingKnowledgeMode::kLstm, .in_feats = in_feats, .num_layers = num_layers};
}

TEST(JumpingKnowledge, GivesWhatDGLGives) {
  expect_as_recorded("jumping_knowledge", [](const LayerCase& c) -> std::vector<at::Tensor> {
    JumpingKnowledgeOptions options;
    if (c.name == "lstm") {
      options = lstm_options(c.options["in_feats"].get<std::int64_t>(),
                             c.options["num_layers"].get<std::int64_t>());
    } else if (c.name == "max") {
      options.mode = JumpingKnowledgeMode::kMax;
    }
    JumpingKnowledge jump(options);
    load_parameters(*jump, c);
    return {jump->forward({c.input("feat0"), c.input("feat1"), c.input("feat2")})};
  });
}

TEST(JumpingKnowledge, PutsLayersOfAnyWidthSideBySide) {
  JumpingKnowledge jump;
  const at::Tensor a = at::randn({3, 2});
  const at::Tensor b = at::randn({3, 5});
  EXPECT_TRUE(all_close(jump->forward({a, b}), at::cat({a, b}, 1)));
}

TEST(JumpingKnowledge, HasCorrectGradients) {
  for (const JumpingKnowledgeMode mode :
       {JumpingKnowledgeMode::kCat, JumpingKnowledgeMode::kMax, JumpingKnowledgeMode::kLstm}) {
    JumpingKnowledge jump(JumpingKnowledgeOptions{.mode = mode, .in_feats = 3, .num_layers = 2});
    EXPECT_TRUE(layer_gradcheck(*jump, {at::randn({4, 3}), at::randn({4, 3})},
                                [&](const std::vector<at::Tensor>& inputs) {
                                  return jump->forward({inputs[0], inputs[1]});
                                }));
  }
}

TEST(JumpingKnowledge, ClonesAndSaves) {
  JumpingKnowledge jump(lstm_options(3, 2));
  JumpingKnowledge other(lstm_options(3, 2));
  const std::vector<at::Tensor> feats = {at::randn({4, 3}), at::randn({4, 3})};
  const at::Tensor expected = jump(feats).detach();
  EXPECT_FALSE(other(feats).allclose(expected));
  JumpingKnowledge copy(std::dynamic_pointer_cast<JumpingKnowledgeImpl>(jump->clone()));
  std::stringstream stream;
  torch::serialize::OutputArchive saved;
  jump->save(saved);
  saved.save_to(stream);
  torch::serialize::InputArchive loaded;
  loaded.load_from(stream);
  other->load(loaded);
  EXPECT_TRUE(all_close(other(feats), expected));
  jump->reset_parameters();
  EXPECT_FALSE(jump(feats).allclose(expected));
  EXPECT_TRUE(all_close(copy(feats), expected));
}

TEST(JumpingKnowledge, RejectsLayersThatDoNotFit) {
  const at::Tensor feat = at::randn({4, 3});
  JumpingKnowledge cat;
  EXPECT_ERROR(cat(std::vector<at::Tensor>{}), "JumpingKnowledge", "none");
  EXPECT_ERROR(cat->forward({feat, at::randn({5, 3})}), "JumpingKnowledge", "feats[1]", "[4, 3]",
               "[5, 3]");
  EXPECT_ERROR(cat->forward({feat, at::Tensor()}), "JumpingKnowledge", "feats[1]");
  JumpingKnowledge max(JumpingKnowledgeOptions{.mode = JumpingKnowledgeMode::kMax});
  EXPECT_ERROR(max->forward({feat, at::randn({4, 2})}), "JumpingKnowledge", "feats[1]", "[4, 2]");
  JumpingKnowledge lstm(lstm_options(3, 2));
  EXPECT_ERROR(lstm->forward({feat}), "JumpingKnowledge", "2 layers", "1");
  EXPECT_ERROR(lstm->forward({at::randn({4, 2}), at::randn({4, 2})}), "JumpingKnowledge",
               "3 features");
}

TEST(JumpingKnowledge, RejectsOptionsOutOfRange) {
  EXPECT_ERROR(JumpingKnowledge(lstm_options(0, 2)), "JumpingKnowledge", "in_feats", "0");
  EXPECT_ERROR(JumpingKnowledge(lstm_options(3, 0)), "JumpingKnowledge", "num_layers", "0");
  EXPECT_ERROR(JumpingKnowledge(lstm_options(1, 1)), "JumpingKnowledge", "2 or more");
}

}  // namespace
}  // namespace grapevine::nn
