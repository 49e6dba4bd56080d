#include "grapevine/train/node_classification.h"

#include <ATen/autocast_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <stdexcept>

#include "grapevine/nn/conv_stack.h"
#include "grapevine/train/inference.h"
#include "grapevine/train/prepare_graph.h"
#include "tests/support/expect_error.h"
#include "tests/train/random_dataset.h"

namespace grapevine::train {
namespace {

using testing_support::separable_dataset;

NodeClassificationOptions small_options() {
  return {
      .hidden = 16, .fanouts = {3, 3}, .batch_size = 32, .epochs = 8, .lr = 0.02, .num_workers = 0};
}

std::vector<double> losses(const NodeClassificationOptions& options) {
  std::vector<double> result;
  for (const EpochReport& report : train_node_classification(separable_dataset(), options).epochs) {
    result.push_back(report.loss);
  }
  return result;
}

TEST(TrainNodeClassification, LearnsASeparableDataset) {
  for (const char* model : {"sage", "mlp"}) {
    for (const bool full_graph : {false, true}) {
      NodeClassificationOptions options = small_options();
      options.model = model;
      options.full_graph = full_graph;
      options.epochs = full_graph ? 60 : 12;
      const auto result = train_node_classification(separable_dataset(), options);
      EXPECT_GT(result.test_acc, 0.9) << model << " " << full_graph;
      EXPECT_LT(result.epochs.back().loss, result.epochs.front().loss);
      EXPECT_GT(result.epochs.back().valid_acc, 0.9);
      EXPECT_GT(result.epochs.back().train_acc, 0.9);
    }
  }
}

TEST(TrainNodeClassification, LearnsInBFloat16) {
  for (const char* model : {"sage", "gat", "gcn"}) {
    for (const bool full_graph : {false, true}) {
      NodeClassificationOptions options = small_options();
      options.model = model;
      options.full_graph = full_graph;
      options.epochs = full_graph ? 60 : 12;
      options.precision = Precision::kBFloat16;
      auto dataset = separable_dataset();
      dataset.graph = prepare_graph(dataset.graph, {.self_loops = true}).graph;
      const auto result = train_node_classification(dataset, options);
      EXPECT_GT(result.test_acc, 0.9) << model << " " << full_graph;
      EXPECT_EQ(result.scores.scalar_type(), at::kFloat);
      for (const at::Tensor& parameter : result.model->module().parameters()) {
        EXPECT_EQ(parameter.scalar_type(), at::kFloat);
      }
      EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
    }
  }
}

TEST(TrainNodeClassification, LearnsWithGraphConv) {
  auto dataset = separable_dataset();
  dataset.graph = prepare_graph(dataset.graph, {.self_loops = true}).graph;
  NodeClassificationOptions options = small_options();
  options.model = "gcn";
  options.epochs = 15;
  EXPECT_GT(train_node_classification(dataset, options).test_acc, 0.85);
}

TEST(TrainNodeClassification, LearnsWithModelsOfOnePieceOnTheWholeGraphOnly) {
  auto dataset = separable_dataset();
  dataset.graph = prepare_graph(dataset.graph, {.self_loops = true}).graph;
  NodeClassificationOptions options = small_options();
  for (const char* model : {"appnp", "gcnii"}) {
    options.model = model;
    options.full_graph = false;
    EXPECT_ERROR(train_node_classification(dataset, options), "whole graph", "--full-graph");
    options.full_graph = true;
    options.epochs = 60;
    EXPECT_GT(train_node_classification(dataset, options).test_acc, 0.8) << model;
  }
}

TEST(TrainNodeClassification, PassesOptionsOnToTheModel) {
  const auto dataset = separable_dataset();
  NodeClassificationOptions options = small_options();
  options.model_options = {{"aggregator", "pool"}};
  options.norm = "batch";
  options.activation = "elu";
  options.residual = true;
  options.input_dropout = 0.1;
  const auto model = make_model(dataset, options);
  const auto& stack = dynamic_cast<nn::ConvStackImpl&>(*model);
  EXPECT_EQ(stack.options.norm, "batch");
  EXPECT_EQ(stack.options.activation, "elu");
  EXPECT_EQ(stack.options.input_dropout, 0.1);
  EXPECT_EQ(stack.in_feats, 8);
  EXPECT_EQ(stack.out_feats, 4);
  EXPECT_TRUE(model->module().named_parameters().contains("layer0.fc_pool.weight"));
  EXPECT_TRUE(model->module().named_parameters().contains("residual0.weight"));
  EXPECT_GT(train_node_classification(dataset, options).test_acc, 0.8);
}

TEST(TrainNodeClassification, ReadsAnEdgeFeatureInBatchesAndOnTheWholeGraph) {
  auto dataset = separable_dataset();
  const std::int64_t num_edges = dataset.graph.num_edges();
  dataset.graph.edata()["weight"] = at::randn({num_edges}, at::kDouble).abs();
  dataset.graph.edata()["bond"] = at::randn({num_edges, 3});
  NodeClassificationOptions options = small_options();
  options.epochs = 2;
  for (const bool full_graph : {false, true}) {
    options.full_graph = full_graph;
    options.model = "sage";
    options.edge_feature = "";
    const double without = train_node_classification(dataset, options).epochs[1].loss;
    options.edge_feature = "weight";
    EXPECT_NE(train_node_classification(dataset, options).epochs[1].loss, without);
    options.model = "gine";
    for (const char* feature : {"bond", "weight"}) {
      options.edge_feature = feature;
      EXPECT_EQ(train_node_classification(dataset, options).epochs.size(), 2U);
    }
  }
  EXPECT_EQ(dataset.graph.edata().keys(), (std::vector<std::string>{"bond", "weight"}));
  options.edge_feature = "bonds";
  EXPECT_ERROR(train_node_classification(dataset, options), "bonds");
  dataset.graph.edata()["cube"] = at::randn({num_edges, 3, 2});
  options.edge_feature = "cube";
  EXPECT_ERROR(train_node_classification(dataset, options), "cube", "[num_edges, num_features]");
}

TEST(TrainNodeClassification, SelectsTheFirstEpochWithTheBestValidation) {
  NodeClassificationOptions options = small_options();
  options.dropout = 0.5;
  options.norm = "batch";  // whose buffers are part of the model, too
  const auto dataset = separable_dataset();
  const auto last = train_node_classification(dataset, options);
  EXPECT_EQ(last.epoch, 8);
  options.select = Selection::kBestValid;
  const auto best = train_node_classification(dataset, options);
  EXPECT_EQ(best.epochs.size(), 8U);
  const EpochReport& chosen = best.epochs[static_cast<std::size_t>(best.epoch - 1)];
  for (const EpochReport& report : best.epochs) {
    EXPECT_TRUE(report.epoch < best.epoch ? report.valid_acc < chosen.valid_acc
                                          : report.valid_acc <= chosen.valid_acc);
  }
  const at::Tensor again =
      layerwise_inference(*best.model, dataset.graph, dataset.graph.ndata()["feat"]);
  EXPECT_TRUE(again.allclose(best.scores, 1e-4, 1e-5));
}

TEST(TrainNodeClassification, StopsWhenPatienceEnds) {
  NodeClassificationOptions options = small_options();
  options.epochs = 200;
  options.patience = 3;
  options.select = Selection::kBestValid;
  const auto result = train_node_classification(separable_dataset(), options);
  EXPECT_LT(result.epochs.size(), 200U);
  EXPECT_EQ(result.epochs.back().epoch, result.epoch + 3);
  auto dataset = separable_dataset();
  dataset.split.valid = at::empty({0}, at::kLong);
  EXPECT_ERROR(train_node_classification(dataset, options), "validation split is empty");
}

TEST(TrainNodeClassification, GivesTheSameLossesForTheSameSeed) {
  NodeClassificationOptions options = small_options();
  options.dropout = 0.3;
  const std::vector<double> expected = losses(options);
  EXPECT_EQ(losses(options), expected);
  for (const int num_workers : {1, 2}) {
    options.num_workers = num_workers;
    EXPECT_EQ(losses(options), expected) << num_workers << " workers";
  }
  options.seed = 1;
  EXPECT_NE(losses(options), expected);
}

TEST(TrainNodeClassification, ReportsEveryBatchAndEpoch) {
  NodeClassificationOptions options = small_options();
  options.epochs = 2;
  std::vector<BatchReport> batches;
  std::vector<EpochReport> epochs;
  const auto result = train_node_classification(
      separable_dataset(), options,
      {.on_batch = [&](const BatchReport& report) { batches.push_back(report); },
       .on_epoch = [&](const EpochReport& report) { epochs.push_back(report); }});
  ASSERT_EQ(epochs.size(), 2U);
  ASSERT_EQ(batches.size(), 8U);  // 120 nodes in batches of 32
  EXPECT_EQ(batches[5].epoch, 2);
  EXPECT_EQ(batches[5].batch, 2);
  EXPECT_EQ(batches[5].num_batches, 4);
  EXPECT_EQ(epochs[1].epoch, 2);
  EXPECT_EQ(epochs[1].batches, 4);
  EXPECT_GE(epochs[1].wait_share, 0);
  EXPECT_LE(epochs[1].wait_share, 1);
  EXPECT_GE(epochs[1].seconds, 0);
  EXPECT_EQ(result.epochs.size(), 2U);
  EXPECT_EQ(result.scores.sizes(), (std::vector<std::int64_t>{200, 4}));
}

TEST(TrainNodeClassification, LeavesTheDatasetAlone) {
  const auto dataset = separable_dataset();
  NodeClassificationOptions options = small_options();
  options.epochs = 1;
  static_cast<void>(train_node_classification(dataset, options));
  EXPECT_EQ(dataset.graph.ndata().keys(), std::vector<std::string>{"feat"});
}

TEST(TrainNodeClassification, EvaluatesWithoutTrainingForNoEpochs) {
  NodeClassificationOptions options = small_options();
  options.epochs = 0;
  const auto result = train_node_classification(separable_dataset(), options);
  EXPECT_TRUE(result.epochs.empty());
  EXPECT_GE(result.test_acc, 0);
}

TEST(TrainNodeClassification, GivesNaNForEmptyPartsOfTheSplit) {
  auto dataset = separable_dataset();
  dataset.split.valid = dataset.split.test = at::empty({0}, at::kLong);
  NodeClassificationOptions options = small_options();
  options.epochs = 1;
  const auto result = train_node_classification(dataset, options);
  EXPECT_TRUE(std::isnan(result.test_acc));
  EXPECT_TRUE(std::isnan(result.epochs.front().valid_acc));
}

TEST(TrainNodeClassification, PassesOnWhatACallbackThrows) {
  NodeClassificationOptions options = small_options();
  options.num_workers = 2;
  const auto stop = [](const BatchReport&) { throw std::runtime_error("stop"); };
  EXPECT_THROW(static_cast<void>(
                   train_node_classification(separable_dataset(), options, {.on_batch = stop})),
               std::runtime_error);
}

TEST(TrainNodeClassification, StopsAfterTheBatchWhenAsked) {
  for (const int num_workers : {0, 2}) {
    NodeClassificationOptions options = small_options();
    options.num_workers = num_workers;
    std::int64_t batches = 0;
    std::int64_t last_epoch = 0;
    const NodeClassificationCallbacks callbacks = {.on_batch =
                                                       [&](const BatchReport& report) {
                                                         ++batches;
                                                         last_epoch = report.epoch;
                                                       },
                                                   .should_stop = [&] { return last_epoch == 3; }};
    const auto result = train_node_classification(separable_dataset(), options, callbacks);
    EXPECT_TRUE(result.was_stopped);
    EXPECT_TRUE(result.has_part_of_an_epoch);
    EXPECT_EQ(result.epoch, 2);
    EXPECT_EQ(result.epochs.size(), 2U);
    EXPECT_EQ(batches, 2 * result.epochs.front().batches + 1);
    EXPECT_FALSE(result.scores.defined());
    EXPECT_TRUE(std::isnan(result.test_acc));
  }
}

TEST(TrainNodeClassification, KeepsTheBestEpochWhenAskedToStop) {
  NodeClassificationOptions options = small_options();
  options.select = Selection::kBestValid;
  std::int64_t last_epoch = 0;
  const NodeClassificationCallbacks callbacks = {
      .on_batch = [&](const BatchReport& report) { last_epoch = report.epoch; },
      .should_stop = [&] { return last_epoch == 5; }};
  const auto stopped = train_node_classification(separable_dataset(), options, callbacks);
  options.epochs = 4;
  const auto whole = train_node_classification(separable_dataset(), options);
  EXPECT_TRUE(stopped.was_stopped);
  EXPECT_FALSE(stopped.has_part_of_an_epoch);
  EXPECT_FALSE(whole.was_stopped);
  EXPECT_EQ(stopped.epoch, whole.epoch);
  EXPECT_EQ(stopped.test_acc, whole.test_acc);
  EXPECT_TRUE(at::equal(stopped.scores, whole.scores));
}

TEST(TrainNodeClassification, RejectsOptionsOutOfRange) {
  const auto dataset = separable_dataset();
  const auto train = [&dataset](auto change) {
    NodeClassificationOptions options = small_options();
    change(options);
    return train_node_classification(dataset, options);
  };
  EXPECT_ERROR(train([](auto& options) { options.fanouts = {3}; }), "fanouts", "expected 2",
               "got 1");
  EXPECT_ERROR(train([](auto& options) { options.fanouts = {3, -2}; }), "-2");
  EXPECT_ERROR(train([](auto& options) { options.model = "gatt"; }), "gatt", "sage");
  EXPECT_ERROR(train([](auto& options) { options.epochs = -1; }), "epochs", "-1");
  EXPECT_ERROR(train([](auto& options) { options.batch_size = 0; }), "batch_size", "0");
  EXPECT_ERROR(train([](auto& options) { options.lr = 0; }), "lr", "0");
  EXPECT_ERROR(train([](auto& options) { options.lr = NAN; }), "lr", "nan");
  EXPECT_ERROR(train([](auto& options) { options.weight_decay = -1; }), "weight_decay", "-1");
  EXPECT_ERROR(train([](auto& options) { options.dropout = 1; }), "dropout", "1");
  EXPECT_ERROR(train([](auto& options) { options.patience = -1; }), "patience", "-1");
  EXPECT_ERROR(train([](auto& options) { options.model_options["heads"] = "2"; }), "sage", "heads",
               "aggregator");
  EXPECT_ERROR(train([](auto& options) { options.norm = "graph"; }), "norm", "graph");
  EXPECT_ERROR(train([](auto& options) { options.threads = -1; }), "threads", "-1");
  EXPECT_ERROR(train([](auto& options) { options.num_workers = -1; }), "num_workers", "-1");
  EXPECT_ERROR(train([](auto& options) { options.feature = "feet"; }), "feet", "feat");
}

TEST(TrainNodeClassification, RejectsDatasetsThatDoNotFit) {
  auto dataset = separable_dataset();
  dataset.labels[3] = 9;
  EXPECT_ERROR(train_node_classification(dataset, small_options()), "separable", "labels", "[0, 4)",
               "9");
  dataset.labels[3] = -1;
  EXPECT_ERROR(train_node_classification(dataset, small_options()), "labels", "-1");
  dataset.split.train = at::empty({0}, at::kLong);
  EXPECT_ERROR(train_node_classification(dataset, small_options()), "separable",
               "training split is empty");
  dataset = separable_dataset();
  dataset.graph.ndata()["feat"] = dataset.labels;
  EXPECT_ERROR(train_node_classification(dataset, small_options()), "feat", "[200]");
}

TEST(TrainNodeClassification, ReadsAndLearnsTheFacebookGraph) {
  const std::filesystem::path folder =
      std::filesystem::path(GRAPEVINE_SOURCE_DIR) / "../shared/data/ondisk/facebook";
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << folder << " is not there";
  }
  const auto dataset = datasets::load_node_classification(folder.string());
  EXPECT_GT(train_node_classification(dataset, {.hidden = 32, .epochs = 2, .lr = 0.01}).test_acc,
            0.8);
}

}  // namespace
}  // namespace grapevine::train
