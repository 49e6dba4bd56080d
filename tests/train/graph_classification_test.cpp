#include "grapevine/train/graph_classification.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>

#include "grapevine/datasets/mini_gc.h"
#include "tests/support/expect_error.h"

namespace grapevine::train {
namespace {

using datasets::GraphClassificationDataset;

/// Cycles, stars, wheels, ... of a few nodes.
GraphClassificationDataset shapes(std::int64_t num_graphs = 80) {
  return datasets::mini_gc({.num_graphs = num_graphs, .min_num_v = 6, .max_num_v = 12});
}

/// A small and quick training.
GraphClassificationOptions quick() {
  return {.layers = 2, .hidden = 8, .batch_size = 16, .epochs = 3, .folds = 2, .seed = 1};
}

/// Cycles and stars of 6 to 11 nodes that all look alike, so that only the edges tell.
GraphClassificationDataset cycles_and_stars() {
  GraphClassificationDataset dataset = shapes(320);
  dataset.graphs.resize(80);
  dataset.labels = dataset.labels.narrow(0, 0, 80);
  dataset.num_classes = 2;
  for (const Graph& g : dataset.graphs) {
    g.ndata()["feat"] = at::ones({g.num_nodes(), 1});
  }
  return dataset;
}

TEST(TrainGraphClassification, TellsCyclesFromStars) {
  const GraphClassificationResult result = train_graph_classification(
      cycles_and_stars(),
      {.layers = 2, .hidden = 16, .dropout = 0, .batch_size = 16, .epochs = 8, .folds = 4});
  EXPECT_GT(result.best.mean, 0.95);
  EXPECT_EQ(result.folds.size(), 4U);
}

TEST(TrainGraphClassification, ReportsEveryFoldAndEpoch) {
  std::vector<std::pair<std::int64_t, std::int64_t>> epochs;
  std::vector<std::int64_t> folds;
  GraphClassificationOptions options = quick();
  options.folds = 3;
  const GraphClassificationResult result = train_graph_classification(
      shapes(), options,
      {.on_epoch = [&](const GraphEpochReport& r) { epochs.emplace_back(r.fold, r.epoch); },
       .on_fold = [&](const GraphFoldReport& r) { folds.push_back(r.fold); }});
  EXPECT_EQ(folds, (std::vector<std::int64_t>{1, 2, 3}));
  ASSERT_EQ(epochs.size(), 9U);
  EXPECT_EQ(epochs[3], std::pair(std::int64_t{2}, std::int64_t{1}));
  std::int64_t validated = 0;
  for (const GraphFoldReport& fold : result.folds) {
    EXPECT_EQ(fold.num_train + fold.num_valid, 80);
    validated += fold.num_valid;
    ASSERT_EQ(fold.epochs.size(), 3U);
    for (const GraphEpochReport& epoch : fold.epochs) {
      EXPECT_EQ(epoch.fold, fold.fold);
      EXPECT_EQ(epoch.batches, (fold.num_train + 15) / 16);
      EXPECT_TRUE(std::isfinite(epoch.loss));
      EXPECT_TRUE(epoch.train_acc >= 0 && epoch.train_acc <= 1);
      EXPECT_TRUE(epoch.valid_acc >= 0 && epoch.valid_acc <= 1);
      EXPECT_TRUE(epoch.wait_share >= 0 && epoch.wait_share <= 1);
    }
  }
  EXPECT_EQ(validated, 80);
  EXPECT_TRUE(result.model->is_training());
}

TEST(TrainGraphClassification, ChoosesOneEpochForAllFolds) {
  const GraphClassificationResult result = train_graph_classification(shapes(), quick());
  double best = -1;
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    const double a = result.folds[0].epochs[epoch].valid_acc;
    const double b = result.folds[1].epochs[epoch].valid_acc;
    const double mean = (a + b) / 2;
    if (mean > best) {
      best = mean;
      EXPECT_LE(result.best.epoch, 3);
    }
    if (static_cast<std::int64_t>(epoch) + 1 == result.best.epoch) {
      EXPECT_DOUBLE_EQ(result.best.mean, mean);
      EXPECT_NEAR(result.best.deviation, std::abs(a - b) / 2, 1e-12);
    }
  }
  EXPECT_DOUBLE_EQ(result.best.mean, best);
  EXPECT_EQ(result.last.epoch, 3);
}

TEST(TrainGraphClassification, GivesTheSameForAnyNumberOfWorkersAndForAFoldAlone) {
  const GraphClassificationDataset dataset = shapes();
  const GraphClassificationResult all = train_graph_classification(dataset, quick());
  GraphClassificationOptions options = quick();
  options.num_workers = 2;
  options.fold = 2;
  const GraphClassificationResult alone = train_graph_classification(dataset, options);
  ASSERT_EQ(alone.folds.size(), 1U);
  EXPECT_EQ(alone.folds[0].fold, 2);
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    EXPECT_DOUBLE_EQ(alone.folds[0].epochs[epoch].loss, all.folds[1].epochs[epoch].loss);
    EXPECT_DOUBLE_EQ(alone.folds[0].epochs[epoch].valid_acc, all.folds[1].epochs[epoch].valid_acc);
  }
  EXPECT_EQ(alone.best.deviation, 0);
}

TEST(TrainGraphClassification, LowersTheLearningRateInSteps) {
  GraphClassificationOptions options = quick();
  options.epochs = 5;
  options.lr = 0.01;
  options.lr_step = 2;
  options.fold = 1;
  const std::vector<GraphEpochReport> epochs =
      train_graph_classification(shapes(16), options).folds[0].epochs;
  EXPECT_DOUBLE_EQ(epochs[0].lr, 0.01);
  EXPECT_DOUBLE_EQ(epochs[1].lr, 0.01);
  EXPECT_DOUBLE_EQ(epochs[2].lr, 0.005);
  EXPECT_DOUBLE_EQ(epochs[4].lr, 0.0025);
  options.lr_step = 0;
  EXPECT_DOUBLE_EQ(train_graph_classification(shapes(16), options).folds[0].epochs[4].lr, 0.01);
}

TEST(TrainGraphClassification, TrainsOtherLayersAndPoolings) {
  GraphClassificationOptions options = quick();
  options.model = "gat";
  options.conv_options = {{"heads", "2"}};
  options.pooling = "mean";
  options.fold = 1;
  EXPECT_EQ(train_graph_classification(shapes(), options).folds[0].epochs.size(), 3U);
  options.epochs = 0;
  const GraphClassificationResult none = train_graph_classification(shapes(), options);
  EXPECT_EQ(none.best.epoch, 0);
  EXPECT_TRUE(none.folds[0].epochs.empty());
}

/// Expects words when `change` was made to good options.
template <typename Change>
void expect_refused(const Change& change, const std::vector<std::string>& words) {
  GraphClassificationOptions options = quick();
  change(options);
  testing_support::expect_error(
      __FILE__, __LINE__,
      [&] { static_cast<void>(train_graph_classification(shapes(16), options)); }, words);
}

TEST(TrainGraphClassification, RejectsOptionsOutOfRange) {
  using Options = GraphClassificationOptions;
  expect_refused([](Options& o) { o.epochs = -1; }, {"epochs", "-1"});
  expect_refused([](Options& o) { o.lr = 0; }, {"lr", "positive"});
  expect_refused([](Options& o) { o.lr_step = -1; }, {"lr_step", "-1"});
  expect_refused([](Options& o) { o.lr_decay = 1.5; }, {"lr_decay", "(0, 1]", "1.5"});
  expect_refused([](Options& o) { o.weight_decay = -1; }, {"weight_decay", "-1"});
  expect_refused([](Options& o) { o.threads = -1; }, {"threads", "-1"});
  expect_refused([](Options& o) { o.batch_size = 0; }, {"batch_size", "0"});
  expect_refused([](Options& o) { o.folds = 1; }, {"folds", "1"});
  expect_refused([](Options& o) { o.folds = 17; }, {"folds", "17", "16"});
  expect_refused([](Options& o) { o.fold = 3; }, {"fold", "1 to 2", "3"});
  expect_refused([](Options& o) { o.pooling = "min"; }, {"pooling", "mean", "min"});
  expect_refused([](Options& o) { o.model = "nothing"; }, {"nothing", "gin"});
  expect_refused([](Options& o) { o.feature = "x"; }, {"\"x\"", "feat"});
  expect_refused([](Options& o) { o.layers = 0; }, {"layers", "0"});
  expect_refused([](Options& o) { o.dropout = 1; }, {"dropout", "1"});
}

TEST(TrainGraphClassification, RejectsABadDataSet) {
  GraphClassificationDataset dataset = shapes(16);
  dataset.num_classes = 7;
  EXPECT_ERROR(train_graph_classification(dataset, quick()), "mini-gc", "[0, 7)", "7");
  dataset.labels = dataset.labels.narrow(0, 0, 3);
  EXPECT_ERROR(train_graph_classification(dataset, quick()), "labels", "16");
  dataset = shapes(16);
  dataset.graphs[3].ndata()["feat"] = at::zeros({dataset.graphs[3].num_nodes(), 2});
  EXPECT_ERROR(train_graph_classification(dataset, quick()), "graph 3", "width", "2");
  dataset.graphs[3].ndata()["feat"] = at::ones({dataset.graphs[3].num_nodes()});
  EXPECT_ERROR(train_graph_classification(dataset, quick()), "graph 3", "width", "floats");
  dataset.graphs.clear();
  EXPECT_ERROR(train_graph_classification(dataset, quick()), "graphs", "none");
}

}  // namespace
}  // namespace grapevine::train
