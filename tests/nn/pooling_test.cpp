// What the pooling layers must all do; most have nothing of their own.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/flip.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include <functional>
#include <string>

#include "grapevine/graph/transform/batch.h"
#include "grapevine/nn/avg_pooling.h"
#include "grapevine/nn/global_attention_pooling.h"
#include "grapevine/nn/max_pooling.h"
#include "grapevine/nn/set2set.h"
#include "grapevine/nn/sort_pooling.h"
#include "grapevine/nn/sum_pooling.h"
#include "grapevine/nn/weight_and_sum.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;
using torch::nn::AnyModule;
using torch::nn::Linear;

/// Graphs of so many nodes as one.
Graph batch_of(const std::vector<std::int64_t>& counts, at::ScalarType idtype = at::kLong) {
  std::vector<Graph> graphs;
  for (const std::int64_t count : counts) {
    const at::Tensor none = at::empty({0}, idtype);
    graphs.push_back(graph(none, none, {.num_nodes = count}));
  }
  return batch(graphs);
}

/// A pooling layer of some type, made by `make`, as the checks below see it.
struct Layer {
  std::string name;
  std::shared_ptr<torch::nn::Module> module;
  std::function<at::Tensor(torch::nn::Module&, const Graph&, const at::Tensor&)> call;
};

template <typename Holder>
Layer layer(const std::string& name, const Holder& holder) {
  using Impl = typename Holder::ContainedType;
  return {name, holder.ptr(),
          [](torch::nn::Module& module, const Graph& g, const at::Tensor& feat) {
            return dynamic_cast<Impl&>(module).forward(g, feat);
          }};
}

/// One of each, for features of width 4.
std::vector<Layer> layers() {
  return {layer("SumPooling", SumPooling()),
          layer("AvgPooling", AvgPooling()),
          layer("MaxPooling", MaxPooling()),
          layer("SortPooling", SortPooling(2)),
          layer("GlobalAttentionPooling",
                GlobalAttentionPooling(AnyModule(Linear(4, 1)), AnyModule(Linear(4, 3)))),
          layer("Set2Set", Set2Set(4, 2, 2)),
          layer("WeightAndSum", WeightAndSum(4))};
}

Layer from_case(const LayerCase& c) {
  if (c.name == "SortPooling") {
    return layer(c.name, SortPooling(c.option<std::int64_t>("k", 0)));
  }
  if (c.name == "Set2Set") {
    return layer(c.name, Set2Set(c.option<std::int64_t>("input_dim", 0),
                                 c.option<std::int64_t>("n_iters", 0),
                                 c.option<std::int64_t>("n_layers", 0)));
  }
  if (c.name.starts_with("GlobalAttentionPooling")) {
    const bool has_feat_nn = c.name.ends_with("feat_nn");
    return layer(c.name,
                 GlobalAttentionPooling(AnyModule(Linear(4, 1)),
                                        has_feat_nn ? AnyModule(Linear(4, 6)) : AnyModule()));
  }
  for (const Layer& each : layers()) {
    if (each.name == c.name) {
      return each;
    }
  }
  ADD_FAILURE() << "no layer " << c.name;
  return layers().front();
}

TEST(Pooling, GivesDGLsNumbers) {
  expect_as_recorded("pooling", [](const LayerCase& c) -> std::vector<at::Tensor> {
    const Layer pool = from_case(c);
    load_parameters(*pool.module, c);
    return {pool.call(*pool.module, batch_of(c.batch_num_nodes), c.input("feat"))};
  });
}

TEST(Pooling, GivesEachGraphOfABatchWhatItGivesItAlone) {
  for (const Layer& pool : layers()) {
    const at::Tensor feat = at::randn({7, 4});
    for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
      const at::Tensor both = pool.call(*pool.module, batch_of({3, 4}, idtype), feat);
      const at::Tensor apart =
          at::cat({pool.call(*pool.module, batch_of({3}, idtype), feat.narrow(0, 0, 3)),
                   pool.call(*pool.module, batch_of({4}, idtype), feat.narrow(0, 3, 4))});
      EXPECT_TRUE(all_close(both, apart)) << pool.name;
    }
  }
}

TEST(Pooling, DoesNotDependOnTheOrderOfTheNodes) {
  for (const Layer& pool : layers()) {
    const at::Tensor feat = at::randn({6, 4});
    EXPECT_TRUE(all_close(pool.call(*pool.module, batch_of({6}), feat),
                          pool.call(*pool.module, batch_of({6}), at::flip(feat, {0}))))
        << pool.name;
  }
}

TEST(Pooling, GivesZeroForAGraphWithoutNodes) {
  for (const Layer& pool : layers()) {
    const at::Tensor result = pool.call(*pool.module, batch_of({2, 0, 3, 0}), at::randn({5, 4}));
    ASSERT_EQ(result.size(0), 4) << pool.name;
    EXPECT_TRUE(result.isfinite().all().item<bool>()) << pool.name;
    const std::int64_t width = pool.name == "Set2Set" ? 4 : result.size(1);
    for (const std::int64_t empty : {1, 3}) {
      // Set2Set lays what the LSTM says beside the sum, which is what has no nodes.
      EXPECT_EQ(result[empty].narrow(0, result.size(1) - width, width).abs().sum().item<float>(), 0)
          << pool.name;
    }
    EXPECT_EQ(pool.call(*pool.module, batch_of({0}), at::randn({0, 4})).size(0), 1) << pool.name;
  }
}

TEST(Pooling, HasCorrectGradients) {
  for (const Layer& pool : layers()) {
    const Graph g = batch_of({3, 0, 2});
    EXPECT_TRUE(layer_gradcheck(*pool.module, {at::randn({5, 4})},
                                [&](const std::vector<at::Tensor>& inputs) {
                                  return pool.call(*pool.module, g, inputs[0]);
                                }))
        << pool.name;
  }
}

TEST(Pooling, ClonesAreIndependent) {
  for (const Layer& pool : layers()) {
    const Graph g = batch_of({3, 2});
    const at::Tensor feat = at::randn({5, 4});
    const at::Tensor expected = pool.call(*pool.module, g, feat).detach();
    const std::shared_ptr<torch::nn::Module> copy = pool.module->clone();
    for (at::Tensor& parameter : pool.module->parameters()) {
      parameter.data().mul_(-2);
    }
    EXPECT_TRUE(all_close(pool.call(*copy, g, feat), expected)) << pool.name;
  }
}

TEST(Pooling, IsSavedAndLoaded) {
  const std::vector<Layer> others = layers();
  std::size_t i = 0;
  for (const Layer& pool : layers()) {
    const Graph g = batch_of({3, 2});
    const at::Tensor feat = at::randn({5, 4});
    std::stringstream stream;
    torch::serialize::OutputArchive saved;
    pool.module->save(saved);
    saved.save_to(stream);
    torch::serialize::InputArchive loaded;
    loaded.load_from(stream);
    const Layer& other = others[i++];
    other.module->load(loaded);
    EXPECT_TRUE(all_close(other.call(*other.module, g, feat), pool.call(*pool.module, g, feat)))
        << pool.name;
  }
}

TEST(Pooling, RejectsBadInput) {
  const Graph g = batch_of({3, 2});
  const Graph block = create_block(at::tensor({0L, 1L}), at::tensor({0L, 0L}), 2, 1);
  const Graph two_types = heterograph({{{"a", "r", "b"}, {at::tensor({0L}), at::tensor({0L})}}});
  for (const Layer& pool : layers()) {
    const std::string name = pool.name;
    EXPECT_ERROR(pool.call(*pool.module, g, at::randn({4, 4})), name, "5 rows", "[4, 4]");
    EXPECT_ERROR(pool.call(*pool.module, g, at::Tensor()), name, "feat", "undefined");
    EXPECT_ERROR(pool.call(*pool.module, g, at::randn({5, 4}).to(at::kLong)), name, "floats",
                 "Long");
    EXPECT_ERROR(pool.call(*pool.module, two_types, at::randn({1, 4})), name, "one node type", "2");
    EXPECT_ERROR(pool.call(*pool.module, block, at::randn({2, 4})), name, "block");
  }
}

TEST(Pooling, RejectsAnotherWidth) {
  const Graph g = batch_of({3, 2});
  EXPECT_ERROR(WeightAndSum(4)->forward(g, at::randn({5, 3})), "WeightAndSum", "[5, 4]", "[5, 3]");
  EXPECT_ERROR(Set2Set(4, 1, 1)->forward(g, at::randn({5, 3})), "Set2Set", "[5, 4]", "[5, 3]");
  EXPECT_ERROR(SortPooling(2)->forward(g, at::randn({5})), "SortPooling", "[5, width]", "[5]");
  EXPECT_ERROR(SortPooling(0), "SortPooling", "k", "0");
  EXPECT_ERROR(WeightAndSum(0), "WeightAndSum", "in_feats", "0");
  EXPECT_ERROR(Set2Set(4, 0, 1), "Set2Set", "n_iters", "0");
}

TEST(SumPooling, KeepsTheShapeOfTheFeatures) {
  const at::Tensor feat = at::randn({5, 2, 3});
  EXPECT_TRUE(all_close(SumPooling()->forward(batch_of({5}), feat), feat.sum(0, true)));
  EXPECT_EQ(MaxPooling()->forward(batch_of({2, 3}), at::randn({5})).sizes(),
            (std::vector<std::int64_t>{2}));
}

TEST(GlobalAttentionPooling, TellsTheAttention) {
  GlobalAttentionPooling pool{AnyModule(Linear(4, 1))};
  const Graph g = batch_of({3, 2});
  const at::Tensor feat = at::randn({5, 4});
  const auto [pooled, attention] = pool->forward_with_attention(g, feat);
  EXPECT_EQ(attention.sizes(), (std::vector<std::int64_t>{5, 1}));
  EXPECT_NEAR(attention.narrow(0, 0, 3).sum().item<float>(), 1, 1e-6);
  EXPECT_TRUE(all_close(pooled[0], (feat * attention).narrow(0, 0, 3).sum(0)));
  EXPECT_TRUE(pooled.equal(pool->forward(g, feat)));
}

TEST(GlobalAttentionPooling, SharesItsModulesWithTheCallerButNotWithItsClone) {
  Linear gate(4, 1);
  GlobalAttentionPooling pool{AnyModule(gate)};
  GlobalAttentionPooling copy(std::dynamic_pointer_cast<GlobalAttentionPoolingImpl>(pool->clone()));
  const Graph g = batch_of({3});
  const at::Tensor feat = at::randn({3, 4});
  const at::Tensor before = pool->forward(g, feat).detach();
  gate->weight.data().mul_(-3);
  EXPECT_FALSE(pool->forward(g, feat).allclose(before));
  EXPECT_TRUE(all_close(copy->forward(g, feat), before));
}

TEST(GlobalAttentionPooling, RejectsModulesThatDoNotFit) {
  const Graph g = batch_of({3});
  const at::Tensor feat = at::randn({3, 4});
  EXPECT_ERROR(GlobalAttentionPooling(AnyModule()), "gate_nn", "none");
  EXPECT_ERROR(GlobalAttentionPooling(AnyModule(Linear(4, 2)))->forward(g, feat), "gate_nn",
               "[3, 1]", "[3, 2]");
  EXPECT_ERROR(GlobalAttentionPooling(AnyModule(Linear(5, 1)))->forward(g, feat), "gate_nn",
               "[3, 4]");
  EXPECT_ERROR(
      GlobalAttentionPooling(AnyModule(Linear(4, 1)), AnyModule(Linear(5, 1)))->forward(g, feat),
      "feat_nn", "[3, 4]");
}

}  // namespace
}  // namespace grapevine::nn
