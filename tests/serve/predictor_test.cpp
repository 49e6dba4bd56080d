#include "grapevine/serve/predictor.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randperm.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <torch/utils.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "grapevine/graph/transform/add_edges.h"
#include "grapevine/graph/transform/add_nodes.h"
#include "grapevine/nn/state_dict.h"
#include "grapevine/train/prepare_graph.h"
#include "tests/support/expect_error.h"

namespace grapevine::serve {
namespace {

constexpr std::int64_t kNodes = 120;
constexpr std::int64_t kFeats = 6;

/// A random directed graph with features of nodes and a weight for each edge.
Graph random_graph(std::int64_t num_nodes = kNodes) {
  const std::int64_t num_edges = 4 * num_nodes;
  const Graph result =
      graph(at::randint(num_nodes, {num_edges}, at::kLong),
            at::randint(num_nodes, {num_edges}, at::kLong), {.num_nodes = num_nodes});
  result.ndata()["feat"] = at::randn({num_nodes, kFeats});
  result.edata()["w"] = at::rand({num_edges});
  return result;
}

/// A model with random weights that reads such a graph.
train::Checkpoint untrained(const std::string& conv, const std::string& edge_feature = {}) {
  train::ModelDescription description = {.in_feats = kFeats,
                                         .out_feats = 3,
                                         .options = {.conv = conv, .layers = 2, .hidden = 8},
                                         .edge_feature = edge_feature};
  description.options.edge_feats = edge_feature.empty() ? 0 : 1;
  const auto model = train::make_model(description);
  description.self_loops = model->wants_self_loops();
  return {.description = description, .model = nn::state_dict(model->module())};
}

/// The scores of every node by the whole graph.
at::Tensor full_graph_scores(const train::Checkpoint& checkpoint, const Graph& graph) {
  const Graph prepared =
      train::prepare_graph(graph, train::prepare_options(checkpoint.description)).graph;
  return train::predict_nodes(*train::restore_model(checkpoint), checkpoint.description, prepared);
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return a.numel() == 0 ? 0.0 : (a - b).abs().max().item<double>();
}

class PredictorTest : public testing::Test {
 protected:
  void SetUp() override { torch::manual_seed(11); }
};

TEST_F(PredictorTest, GivesTheScoresOfTheFullGraph) {
  const Graph graph = random_graph();
  const at::Tensor ids =
      at::cat({at::randperm(kNodes, at::kLong), at::randint(kNodes, {30}, at::kLong)});
  for (const std::string conv : {"sage", "gat", "gin", "gcn", "appnp", "sgc"}) {
    const train::Checkpoint checkpoint = untrained(conv);
    const at::Tensor expected = full_graph_scores(checkpoint, graph).index_select(0, ids);
    for (const bool precompute : {false, true}) {
      const Predictor predictor(checkpoint, graph, {.batch_size = 7, .precompute = precompute});
      const Prediction prediction = predictor.predict(ids);
      EXPECT_LT(largest_difference(prediction.scores, expected), 1e-5) << conv;
      EXPECT_FALSE(prediction.scores.requires_grad());
      EXPECT_EQ(prediction.version, 0);
    }
  }
}

TEST_F(PredictorTest, ReadsEdgeFeatures) {
  const Graph graph = random_graph();
  const train::Checkpoint checkpoint = untrained("sage", "w");
  const Predictor predictor(checkpoint, graph);
  const at::Tensor all = at::arange(kNodes);
  const at::Tensor scores = predictor.predict(all).scores;
  EXPECT_LT(largest_difference(scores, full_graph_scores(checkpoint, graph)), 1e-5);
  graph.edata()["w"] = at::zeros({graph.num_edges()});
  EXPECT_GT(largest_difference(scores, full_graph_scores(checkpoint, graph)), 1e-3);
}

TEST_F(PredictorTest, KnowsWhichModelsNeedTheWholeGraph) {
  const Graph graph = random_graph();
  EXPECT_FALSE(Predictor(untrained("sage"), graph).precomputes());
  EXPECT_TRUE(Predictor(untrained("sage"), graph, {.precompute = true}).precomputes());
  EXPECT_TRUE(Predictor(untrained("gcn"), graph).precomputes());
  EXPECT_TRUE(Predictor(untrained("appnp"), graph).precomputes());
}

TEST_F(PredictorTest, ASampledAnswerDoesNotDependOnItsCompany) {
  const Graph graph = random_graph();
  const train::Checkpoint checkpoint = untrained("sage");
  const Predictor predictor(checkpoint, graph, {.fanouts = {2, 2}, .seed = 5});
  const at::Tensor together = predictor.predict(at::arange(kNodes)).scores;
  const Predictor other_batches(checkpoint, graph,
                                {.fanouts = {2, 2}, .seed = 5, .batch_size = 13});
  EXPECT_LT(largest_difference(other_batches.predict(at::arange(kNodes)).scores, together), 1e-5);
  for (const std::int64_t id : {0, 17, 119}) {
    const at::Tensor alone = predictor.predict(id).scores;
    EXPECT_LT(largest_difference(alone, together.narrow(0, id, 1)), 1e-5);
    EXPECT_TRUE(predictor.predict(id).scores.equal(alone)) << "asked again";
    EXPECT_LT(largest_difference(predictor.predict({3, id, id, 8}).scores.narrow(0, 1, 2),
                                 at::cat({alone, alone})),
              1e-5);
  }
  const Predictor other_seed(checkpoint, graph, {.fanouts = {2, 2}, .seed = 6});
  EXPECT_GT(largest_difference(other_seed.predict(at::arange(kNodes)).scores, together), 1e-3);
  EXPECT_GT(largest_difference(full_graph_scores(checkpoint, graph), together), 1e-3);
}

TEST_F(PredictorTest, AnswersManyThreadsAtOnce) {
  const Graph graph = random_graph();
  const train::Checkpoint checkpoint = untrained("gat");
  const Predictor predictor(checkpoint, graph);
  const at::Tensor expected = full_graph_scores(checkpoint, graph);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> callers;
  for (std::int64_t caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&, caller] {
      for (std::int64_t i = 0; i < 30; ++i) {
        const at::Tensor ids = (at::arange(1 + i % 5) * 31 + caller * 7 + i).remainder(kNodes);
        wrong +=
            largest_difference(predictor.predict(ids).scores, expected.index_select(0, ids)) > 1e-5;
      }
    });
  }
  for (std::thread& caller : callers) {
    caller.join();
  }
  EXPECT_EQ(wrong, 0);
}

TEST_F(PredictorTest, TakesIdsInEveryForm) {
  const Graph graph = random_graph();
  for (const bool precompute : {false, true}) {
    const Predictor predictor(untrained("sage"), graph.to_int32(), {.precompute = precompute});
    EXPECT_EQ(predictor.predict(std::vector<std::int64_t>{}).scores.sizes(),
              (at::IntArrayRef{0, 3}));
    const at::Tensor scores = predictor.predict({4, 2, 4}).scores;
    EXPECT_TRUE(scores[0].equal(scores[2]));
    EXPECT_TRUE(
        predictor.predict(at::arange(4, 1, -2, at::kInt)).scores.equal(scores.narrow(0, 0, 2)) ||
        largest_difference(predictor.predict(at::arange(4, 1, -2, at::kInt)).scores,
                           scores.narrow(0, 0, 2)) < 1e-5);
    EXPECT_ERROR(predictor.predict({0, 1, 120}), "ids[2]: node 120 is out of range [0, 120)");
    EXPECT_ERROR(predictor.predict(-1), "ids[0]: node -1 is out of range [0, 120)");
    EXPECT_ERROR(predictor.predict(at::zeros({2, 2}, at::kLong)), "ids", "shape [n]");
    EXPECT_ERROR(predictor.predict(at::zeros({2})), "ids", "int64 or int32");
    EXPECT_ERROR(predictor.predict(at::Tensor()), "ids");
  }
}

TEST_F(PredictorTest, AGraphWithoutNodesHasNoIds) {
  Graph empty = graph(std::vector<std::int64_t>{}, {});
  empty.ndata()["feat"] = at::zeros({0, kFeats});
  for (const std::string conv : {"sage", "gcn"}) {
    const Predictor predictor(untrained(conv), empty);
    EXPECT_EQ(predictor.predict(std::vector<std::int64_t>{}).scores.size(0), 0);
    EXPECT_ERROR(predictor.predict(0), "node 0 is out of range [0, 0)");
  }
}

TEST_F(PredictorTest, ReplacesTheGraph) {
  train::Checkpoint checkpoint = untrained("sgc");
  checkpoint.description.options.conv_options["cached"] = "true";  // a layer that remembers
  Predictor predictor(checkpoint, random_graph());
  const Graph next = random_graph(50);
  EXPECT_EQ(predictor.replace(next), 1);
  EXPECT_EQ(predictor.version(), 1);
  EXPECT_EQ(predictor.num_nodes(), 50);
  EXPECT_ERROR(predictor.predict(50), "out of range [0, 50)");
  const Prediction prediction = predictor.predict(at::arange(50));
  EXPECT_EQ(prediction.version, 1);
  EXPECT_LT(largest_difference(prediction.scores, full_graph_scores(checkpoint, next)), 1e-5);
}

/// `graph` with three more nodes and some edges among old and new ones.
struct Growth {
  GraphAddition addition;
  Graph graph;
};

Growth grow(const Graph& old, bool with_weights) {
  Growth growth;
  growth.addition.feat = at::randn({3, kFeats});
  growth.addition.src = at::arange(2, 2 + 6);
  growth.addition.dst = kNodes + at::arange(6).remainder(3);
  const at::Tensor weights = at::rand({6});
  if (with_weights) {
    growth.addition.edge_feat = weights;
  }
  growth.graph = add_nodes(old, 3, {{"feat", growth.addition.feat}});
  growth.graph =
      add_edges(growth.graph, growth.addition.src, growth.addition.dst, {{"w", weights}});
  return growth;
}

TEST_F(PredictorTest, AppendingGivesTheScoresOfTheWholeGraph) {
  for (const auto& [conv, edge_feature] : std::multimap<std::string, std::string>{
           {"sage", ""}, {"sage", "w"}, {"gat", ""}, {"gcn", ""}}) {
    const Graph old = random_graph();
    const train::Checkpoint checkpoint = untrained(conv, edge_feature);
    Predictor predictor(checkpoint, old);
    const Growth growth = grow(old, !edge_feature.empty());
    EXPECT_EQ(predictor.append(growth.addition), 1);
    EXPECT_EQ(predictor.num_nodes(), kNodes + 3);
    const at::Tensor expected = full_graph_scores(checkpoint, growth.graph);
    EXPECT_LT(largest_difference(predictor.predict(at::arange(kNodes + 3)).scores, expected), 1e-5)
        << conv << " " << edge_feature;
  }
}

TEST_F(PredictorTest, AppendsNodesOrEdgesAlone) {
  Predictor predictor(untrained("sage"), random_graph());
  const std::int64_t num_edges = predictor.num_edges();
  EXPECT_EQ(predictor.append({.feat = at::zeros({2, kFeats}, at::kDouble)}), 1);
  EXPECT_EQ(predictor.num_nodes(), kNodes + 2);
  EXPECT_EQ(predictor.num_edges(), num_edges);
  EXPECT_EQ(
      predictor.append({.src = at::full({1}, 0, at::kInt), .dst = at::full({1}, 1, at::kInt)}), 2);
  EXPECT_EQ(predictor.num_edges(), num_edges + 2) << "and the reverse edge";
  EXPECT_EQ(predictor.append({.src = at::arange(2), .dst = 1 - at::arange(2)}), 3);
  EXPECT_EQ(predictor.num_edges(), num_edges + 4) << "each is the other's reverse";
  EXPECT_EQ(predictor.append({}), 4);
  EXPECT_EQ(predictor.num_nodes(), kNodes + 2);
}

TEST_F(PredictorTest, EachNodeKeepsExactlyOneSelfLoop) {
  Predictor predictor(untrained("gat"), random_graph());
  const std::int64_t num_edges = predictor.num_edges();
  predictor.append({.feat = at::zeros({2, kFeats}),
                    .src = at::full({1}, kNodes, at::kLong),
                    .dst = at::full({1}, kNodes, at::kLong)});
  EXPECT_EQ(predictor.num_edges(), num_edges + 2);
}

TEST_F(PredictorTest, RefusesWhatDoesNotFitAndStaysAsItWas) {
  const Graph graph = random_graph();
  Predictor predictor(untrained("sage", "w"), graph);
  const at::Tensor before = predictor.predict(at::arange(kNodes)).scores;
  const at::Tensor one = at::zeros({1}, at::kLong);
  EXPECT_ERROR(predictor.append({.feat = at::zeros({2, 5})}), "feat", "[num_new_nodes, 6]",
               "[2, 5]");
  EXPECT_ERROR(predictor.append({.feat = at::zeros({2, 6}, at::kLong)}), "feat", "floats");
  EXPECT_ERROR(predictor.append({.src = one + kNodes, .dst = one, .edge_feat = at::zeros({1})}),
               "src[0]: node 120 is out of range [0, 120)");
  EXPECT_ERROR(predictor.append({.src = one, .dst = one - 1, .edge_feat = at::zeros({1})}),
               "dst[0]: node -1");
  EXPECT_ERROR(predictor.append({.src = one, .edge_feat = at::zeros({1})}),
               "as many dst as src, got 0 and 1");
  EXPECT_ERROR(predictor.append({.src = at::zeros({1}), .dst = one}), "src", "int64 or int32");
  EXPECT_ERROR(predictor.append({.src = one, .dst = one}), "edge_feat", "[1, 1]", "\"w\"");
  EXPECT_ERROR(predictor.append({.src = one, .dst = one, .edge_feat = at::zeros({1, 2})}),
               "edge_feat: expected shape [1, 1], got [1, 2]");
  Graph narrow = random_graph();
  narrow.ndata()["feat"] = at::zeros({kNodes, 5});
  EXPECT_ERROR(predictor.replace(narrow), "has 5 values a node, the model reads 6");
  EXPECT_EQ(predictor.version(), 0);
  EXPECT_TRUE(predictor.predict(at::arange(kNodes)).scores.equal(before));
  Predictor plain(untrained("sage"), graph);
  EXPECT_ERROR(plain.append({.src = one, .dst = one, .edge_feat = at::zeros({1})}),
               "edge_feat: expected none");
}

TEST_F(PredictorTest, RefusesOptionsThatMakeNoSense) {
  const Graph graph = random_graph();
  EXPECT_ERROR(Predictor(untrained("sage"), graph, {.fanouts = {5}}),
               "fanouts: expected 2, one for each layer of the model, got 1");
  EXPECT_ERROR(Predictor(untrained("sage"), graph, {.fanouts = {5, -2}}), "fanout", "got -2");
  EXPECT_ERROR(Predictor(untrained("gcn"), graph, {.fanouts = {5, 5}}), "fanouts", "\"gcn\"");
  EXPECT_ERROR(Predictor(untrained("sage"), graph, {.batch_size = 0}), "batch_size", "got 0");
}

TEST_F(PredictorTest, EveryAnswerIsOfOneStateWhileTheGraphChanges) {
  // Version v has kNodes + v nodes, and every feature is v; a state that is seen by halves would
  // mix the features of two versions, or lack nodes.
  constexpr std::int64_t kVersions = 12;
  const train::Checkpoint checkpoint = untrained("sage");
  const auto of_version = [&](std::int64_t version) {
    const Graph result = random_graph(kNodes + version);
    result.ndata()["feat"] =
        at::full({kNodes + version, kFeats}, static_cast<double>(version), at::kFloat);
    return result;
  };
  std::vector<Graph> graphs;
  std::vector<at::Tensor> expected;
  for (std::int64_t version = 0; version < kVersions; ++version) {
    graphs.push_back(of_version(version));
    expected.push_back(full_graph_scores(checkpoint, graphs.back()));
  }
  for (const bool precompute : {false, true}) {
    Predictor predictor(checkpoint, graphs.front(), {.precompute = precompute});
    std::atomic<bool> done = false;
    std::atomic<int> wrong = 0;
    std::atomic<int> answers = 0;
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 3; ++caller) {
      callers.emplace_back([&] {
        std::int64_t latest = 0;
        while (!done || answers < 20) {
          const std::int64_t num_nodes = predictor.num_nodes();
          const Prediction prediction = predictor.predict({0, 7, num_nodes - 1});
          const at::Tensor& right = expected[static_cast<std::size_t>(prediction.version)];
          wrong += prediction.version < latest;
          wrong += largest_difference(prediction.scores.narrow(0, 0, 2),
                                      at::cat({right[0], right[7]}).view({2, 3})) > 1e-4;
          latest = prediction.version;
          ++answers;
        }
      });
    }
    for (std::int64_t version = 1; version < kVersions; ++version) {
      EXPECT_EQ(predictor.replace(graphs[static_cast<std::size_t>(version)]), version);
    }
    done = true;
    for (std::thread& caller : callers) {
      caller.join();
    }
    EXPECT_EQ(wrong, 0);
  }
}

TEST_F(PredictorTest, AppendingFromManyThreadsLosesNothing) {
  Predictor predictor(untrained("sage"), random_graph());
  std::vector<std::thread> writers;
  std::atomic<int> wrong = 0;
  for (int writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        predictor.append({.feat = at::zeros({2, kFeats})});
        wrong += predictor.predict(predictor.num_nodes() - 1).scores.size(0) != 1;
      }
    });
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(predictor.version(), 15);
  EXPECT_EQ(predictor.num_nodes(), kNodes + 30);
}

}  // namespace
}  // namespace grapevine::serve
