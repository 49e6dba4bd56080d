#include "grapevine/train/checkpoint.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "grapevine/io/state_file.h"
#include "grapevine/nn/model_registry.h"
#include "grapevine/nn/state_dict.h"
#include "grapevine/train/node_classification.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/random_dataset.h"

namespace grapevine::train {
namespace {

using testing_support::separable_dataset;
using testing_support::TemporaryFolder;

class CheckpointFile : public testing::Test {
 protected:
  /// A checkpoint of a small model, untrained.
  static Checkpoint small(const ModelDescription& description) {
    return {.description = description,
            .model = nn::state_dict(make_model(description)->module()),
            .epoch = 3,
            .metrics = {{"valid_acc", 0.5}, {"loss", 1.25}}};
  }

  static ModelDescription small_gat() {
    return {.in_feats = 8,
            .out_feats = 4,
            .options = {.conv = "gat",
                        .conv_options = {{"heads", "2"}, {"attn_drop", "0.6"}},
                        .layers = 2,
                        .hidden = 5,
                        .dropout = 0.25,
                        .activation = "elu",
                        .norm = "batch",
                        .residual = true},
            .self_loops = true};
  }

  /// The file of a small checkpoint as a dict of what it holds, after `change`.
  [[nodiscard]] std::filesystem::path changed(
      const std::function<void(io::StateDict& description, io::StateDict& model)>& change) const {
    save_checkpoint(path_, small(small_gat()));
    const io::StateValue state = io::load_state(path_);
    const auto& root = *state.get_if<io::StateDict>();
    io::StateDict description = *root.find("description")->get_if<io::StateDict>();
    io::StateDict model = *root.find("model")->get_if<io::StateDict>();
    change(description, model);
    io::save_state(path_, io::StateDict{{"description", description}, {"model", model}});
    return path_;
  }

  [[nodiscard]] std::filesystem::path described(const std::string& name,
                                                const io::StateValue& value) const {
    return changed(
        [&](io::StateDict& description, io::StateDict&) { description.set(name, value); });
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "model.pt";
};

TEST_F(CheckpointFile, GivesBackTheDescriptionAndTheWeights) {
  const Checkpoint expected = small(small_gat());
  save_checkpoint(path_, expected);
  const Checkpoint got = load_checkpoint(path_);
  const ModelDescription& description = got.description;
  EXPECT_EQ(description.in_feats, 8);
  EXPECT_EQ(description.out_feats, 4);
  EXPECT_EQ(description.options.conv, "gat");
  EXPECT_EQ(description.options.conv_options.at("heads"), "2");
  EXPECT_EQ(description.options.conv_options.at("attn_drop"), "0.6");
  EXPECT_EQ(description.options.conv_options.at("out_heads"), "1");
  EXPECT_EQ(description.options.layers, 2);
  EXPECT_EQ(description.options.hidden, 5);
  EXPECT_EQ(description.options.dropout, 0.25);
  EXPECT_EQ(description.options.activation, "elu");
  EXPECT_EQ(description.options.norm, "batch");
  EXPECT_TRUE(description.options.residual);
  EXPECT_TRUE(description.self_loops);
  EXPECT_TRUE(description.reverse_edges);
  EXPECT_EQ(got.epoch, 3);
  EXPECT_EQ(got.metrics, expected.metrics);
  EXPECT_EQ(got.model.keys(), expected.model.keys());
}

TEST_F(CheckpointFile, RestoresEveryModel) {
  const auto dataset = separable_dataset();
  Graph graph = prepare_graph(dataset.graph, {.self_loops = true}).graph;
  graph.edata()["w"] = at::rand({graph.num_edges(), 3});
  for (const std::string& name : nn::model_names()) {
    for (const std::int64_t layers : {1, 2, 3}) {
      ModelDescription description = {
          .in_feats = 8, .out_feats = 4, .options = {.conv = name, .layers = layers, .hidden = 6}};
      try {
        static_cast<void>(make_model(description));
      } catch (const Error&) {
        description.options.edge_feats = 3;
        description.edge_feature = "w";
      }
      const auto model = make_model(description);
      const Checkpoint checkpoint = {.description = description,
                                     .model = nn::state_dict(model->module())};
      save_checkpoint(path_, checkpoint);
      const auto restored = restore_model(load_checkpoint(path_), name);
      EXPECT_TRUE(predict_nodes(*restored, description, graph)
                      .equal(predict_nodes(*model, description, graph)))
          << name << " of " << layers << " layers";
    }
  }
}

TEST_F(CheckpointFile, HoldsWhatTrainingGave) {
  const auto dataset = separable_dataset();
  const NodeClassificationOptions options = {.hidden = 8, .epochs = 2, .norm = "batch"};
  const auto result = train_node_classification(dataset, options);
  const ModelDescription description = describe_model(dataset, options);
  save_checkpoint(path_, {.description = description,
                          .model = nn::state_dict(result.model->module()),
                          .epoch = result.epoch});
  const Checkpoint checkpoint = load_checkpoint(path_);
  EXPECT_EQ(checkpoint.epoch, 2);
  const auto model = restore_model(checkpoint);
  const at::Tensor scores =
      predict_nodes(*model, checkpoint.description, dataset.graph, {.batch_size = 64});
  EXPECT_LT((scores - result.scores).abs().max().item<double>(), 1e-5);
}

TEST_F(CheckpointFile, NeedsLittleOfADescriptionThatPythonWrote) {
  const ModelDescription gat = {.in_feats = 3, .out_feats = 2, .options = {.conv = "gat"}};
  io::StateDict model;
  for (const auto& item : nn::state_dict(make_model(gat)->module())) {
    model.set(item.key(), item.value());
  }
  io::save_state(path_, io::StateDict{{"description", io::StateDict{{"model", "gat"},
                                                                    {"in_feats", 3},
                                                                    {"out_feats", 2},
                                                                    {"data", "anything else"}}},
                                      {"model", model},
                                      {"optimizer", io::StateList{}}});
  const Checkpoint checkpoint = load_checkpoint(path_);
  EXPECT_EQ(checkpoint.description.options.hidden, 128);
  EXPECT_TRUE(checkpoint.description.self_loops) << "which gat wants";
  EXPECT_EQ(checkpoint.epoch, 0);
  EXPECT_NO_THROW(static_cast<void>(restore_model(checkpoint)));
}

TEST_F(CheckpointFile, RefusesADescriptionThatItDoesNotKnow) {
  EXPECT_ERROR(load_checkpoint(described("format_version", 2)), "model.pt: description",
               "format_version 2");
  EXPECT_ERROR(load_checkpoint(described("task", "links")), "task", "\"nodes\"", "\"links\"");
  EXPECT_ERROR(load_checkpoint(described("model", "no such")), "unknown model \"no such\"", "gat");
  EXPECT_ERROR(load_checkpoint(described("model", "two\nlines")), "unknown model");
  EXPECT_ERROR(load_checkpoint(described("options", io::StateDict{{"legs", 4}})), "\"legs\"",
               "heads");
  EXPECT_ERROR(load_checkpoint(described("layers", "two")), "layers: expected an int, got str");
  EXPECT_ERROR(load_checkpoint(described("layers", true)), "layers: expected an int, got bool");
  EXPECT_ERROR(load_checkpoint(described("dropout", {})), "dropout: expected a float, got None");
  EXPECT_ERROR(load_checkpoint(described("options", 1)), "options: expected a dict, got int");
  EXPECT_ERROR(load_checkpoint(described("options", io::StateDict{{"heads", io::StateList{}}})),
               "heads: expected a str, int, float or bool, got list");
  io::save_state(path_, io::StateDict{{"model", io::StateDict{}}});
  EXPECT_ERROR(load_checkpoint(path_), "model.pt: has no \"description\"");
  io::save_state(path_, io::StateList{});
  EXPECT_ERROR(load_checkpoint(path_), "model.pt: expected a dict", "got a list");
}

TEST_F(CheckpointFile, RefusesWeightsThatAreNotThoseOfTheModel) {
  const auto expect_refused = [&](const auto& change, const std::string& words) {
    const Checkpoint checkpoint =
        load_checkpoint(changed([&](io::StateDict&, io::StateDict& model) { change(model); }));
    EXPECT_ERROR(restore_model(checkpoint, "f.pt"), "f.pt: model", words);
  };
  expect_refused([](auto& model) { model.set("layer7.bias", at::ones({2})); },
                 "the model has no \"layer7.bias\"");
  expect_refused([](auto& model) { model.set("layer0.bias", at::ones({2})); },
                 "\"layer0.bias\": expected shape [10], got [2]");
  expect_refused([](auto& model) { model.set("layer0.bias", at::ones({10}, at::kLong)); },
                 "expected Float, got Long");
  expect_refused(
      [](auto& model) {
        io::StateDict rest;
        for (const auto& [key, value] : model.entries()) {
          if (std::get<std::string>(key) != "layer1.fc.weight") {
            rest.set(key, value);
          }
        }
        model = rest;
      },
      "\"layer1.fc.weight\" of the model is missing");
  EXPECT_ERROR(load_checkpoint(changed(
                   [](io::StateDict&, io::StateDict& model) { model.set("layer0.bias", "none"); })),
               "expected a state dict", "got str under \"layer0.bias\"");
  EXPECT_ERROR(restore_model(load_checkpoint(described("hidden", 6)), "f.pt"), "expected shape");
  EXPECT_ERROR(restore_model(load_checkpoint(described("norm", "tanh")), "f.pt"),
               "f.pt: description", "tanh");
}

TEST_F(CheckpointFile, TakesNoMemoryForSizesThatTheWeightsDoNotBearOut) {
  const std::int64_t huge = std::int64_t{1} << 40;
  for (const char* name : {"in_feats", "out_feats", "hidden", "layers", "edge_feats"}) {
    EXPECT_ERROR(restore_model(load_checkpoint(described(name, huge)), "f.pt"), "f.pt: description",
                 "more than the weights");
  }
  EXPECT_ERROR(restore_model(load_checkpoint(described("options", io::StateDict{{"heads", huge}}))),
               "option \"heads\" of 1099511627776");
  const auto wide = changed([](io::StateDict& description, io::StateDict&) {
    description.set("in_feats", 60000);
    description.set("hidden", 60000);
  });
  EXPECT_ERROR(restore_model(load_checkpoint(wide)), "more than the weights");
}

TEST_F(CheckpointFile, SaysWhatOfTheGraphDoesNotFit) {
  const auto dataset = separable_dataset();
  ModelDescription description = small_gat();
  EXPECT_NO_THROW(check_fits(description, dataset.graph, "data"));
  description.in_feats = 16;
  EXPECT_ERROR(check_fits(description, dataset.graph, "data"), "data: node feature \"feat\"",
               "has 8 values a node, the model reads 16");
  description = small_gat();
  description.feature = "colour";
  EXPECT_ERROR(check_fits(description, dataset.graph, "data"), "colour");
  description = small_gat();
  description.options.edge_feats = 2;
  description.edge_feature = "w";
  EXPECT_ERROR(check_fits(description, dataset.graph, "data"), "w");
  dataset.graph.edata()["w"] = at::zeros({dataset.graph.num_edges(), 3});
  EXPECT_ERROR(check_fits(description, dataset.graph, "data"), "has 3 values an edge", "reads 2");
}

TEST(PrepareOptions, AreThoseOfTheDescription) {
  const Graph directed = graph({0, 1}, {1, 2}, {.num_nodes = 3});
  EXPECT_EQ(prepare_graph(directed, prepare_options({})).graph.num_edges(), 4);
  EXPECT_EQ(prepare_graph(directed, prepare_options({.reverse_edges = false})).graph.num_edges(),
            2);
  EXPECT_EQ(prepare_graph(directed, prepare_options({.self_loops = true})).graph.num_edges(), 7);
}

}  // namespace
}  // namespace grapevine::train
