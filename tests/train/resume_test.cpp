#include <ATen/Parallel.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "grapevine/io/state_file.h"
#include "grapevine/nn/state_dict.h"
#include "grapevine/train/checkpoint.h"
#include "grapevine/train/node_classification.h"
#include "grapevine/train/prepare_graph.h"
#include "grapevine/train/run_identity.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/random_dataset.h"

namespace grapevine::train {
namespace {

using testing_support::separable_dataset;
using testing_support::TemporaryFolder;

/// Sums in an order of their own would differ in the last bits.
class OneThread {
 public:
  OneThread() { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(threads_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int threads_ = at::get_num_threads();
};

class Resume : public testing::Test {
 protected:
  /// Four batches an epoch, and everything that draws random numbers.
  static NodeClassificationOptions options() {
    return {.model = "gat",
            .model_options = {{"heads", "2"}, {"attn_drop", "0.3"}},
            .hidden = 6,
            .fanouts = {3, 3},
            .batch_size = 32,
            .epochs = 4,
            .lr = 0.02,
            .weight_decay = 1e-3,
            .weight_decay_of = {{"layer1", 1e-2}},
            .dropout = 0.4,
            .input_dropout = 0.2,
            .norm = "batch",
            .num_workers = 0};
  }

  static datasets::NodeClassificationDataset with_self_loops() {
    datasets::NodeClassificationDataset dataset = separable_dataset();
    dataset.graph =
        prepare_graph(dataset.graph, {.reverse_edges = false, .self_loops = true}).graph;
    return dataset;
  }

  /// All states of a run, after each batch and each epoch, as a file has given them back.
  struct Run {
    NodeClassificationResult result;
    std::vector<TrainingState> states;
  };
  [[nodiscard]] Run run(const NodeClassificationOptions& options,
                        const TrainingState* resume = nullptr) const {
    Run run;
    const auto keep = [&](const TrainingState& state) {
      run.states.push_back(through_file(options, state));
    };
    run.result = train_node_classification(
        dataset_, options, {.on_state = keep, .should_save = [] { return true; }}, resume);
    return run;
  }

  [[nodiscard]] Checkpoint checkpoint_of(const NodeClassificationOptions& options,
                                         const TrainingState& state) const {
    return {.description = describe_model(dataset_, options),
            .model = state.model,
            .run = SavedRun{identify_run(dataset_, options), state}};
  }

  [[nodiscard]] TrainingState through_file(const NodeClassificationOptions& options,
                                           const TrainingState& state) const {
    save_checkpoint(path_, checkpoint_of(options, state));
    return load_checkpoint(path_).run.value().state;
  }

  static void expect_equal(const NodeClassificationResult& got,
                           const NodeClassificationResult& expected, const std::string& what) {
    ASSERT_EQ(got.epochs.size(), expected.epochs.size()) << what;
    for (std::size_t i = 0; i < got.epochs.size(); ++i) {
      EXPECT_EQ(got.epochs[i].loss, expected.epochs[i].loss) << what << ", epoch " << i + 1;
      EXPECT_EQ(got.epochs[i].train_acc, expected.epochs[i].train_acc) << what;
      EXPECT_EQ(got.epochs[i].valid_acc, expected.epochs[i].valid_acc) << what;
      EXPECT_EQ(got.epochs[i].batches, expected.epochs[i].batches) << what;
    }
    EXPECT_EQ(got.epoch, expected.epoch) << what;
    EXPECT_EQ(got.test_acc, expected.test_acc) << what;
    for (const auto& item : nn::state_dict(expected.model->module())) {
      EXPECT_TRUE(at::equal(nn::state_dict(got.model->module())[item.key()], item.value()))
          << what << ": " << item.key();
    }
  }

  void expect_resumes_anywhere(const NodeClassificationOptions& options) const {
    const Run whole = run(options);
    for (std::size_t i = 0; i < whole.states.size(); ++i) {
      const Run rest = run(options, &whole.states[i]);
      expect_equal(rest.result, whole.result, "from state " + std::to_string(i));
      EXPECT_EQ(rest.states.size(), whole.states.size() - i - 1) << i;
    }
  }

  OneThread one_thread_;
  datasets::NodeClassificationDataset dataset_ = with_self_loops();
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "run.pt";
};

TEST_F(Resume, GoesOnToTheBitFromEveryBatchAndEpoch) { expect_resumes_anywhere(options()); }

TEST_F(Resume, GoesOnToTheBitOnTheWholeGraph) {
  NodeClassificationOptions whole = options();
  whole.full_graph = true;
  expect_resumes_anywhere(whole);
}

TEST_F(Resume, KeepsTheBestEpochAndThePatience) {
  NodeClassificationOptions selecting = options();
  selecting.model = "sage";
  selecting.model_options = {};
  selecting.epochs = 30;
  selecting.lr = 0.3;
  selecting.patience = 3;
  selecting.select = Selection::kBestValid;
  const Run whole = run(selecting);
  ASSERT_LT(whole.result.epochs.size(), 30U) << "patience has not been lost";
  ASSERT_LT(whole.result.epoch, static_cast<std::int64_t>(whole.result.epochs.size()));
  for (std::size_t i = 0; i < whole.states.size(); i += 3) {
    expect_equal(run(selecting, &whole.states[i]).result, whole.result, std::to_string(i));
  }
  expect_equal(run(selecting, &whole.states.back()).result, whole.result, "from the end");
}

TEST_F(Resume, TrainsOnForMoreEpochs) {
  NodeClassificationOptions two = options();
  two.epochs = 2;
  const Run half = run(two);
  expect_equal(run(options(), &half.result.state).result, run(options()).result, "2 and 2 epochs");
}

TEST_F(Resume, GoesOnFromWhereItWasStopped) {
  for (const int stop_after : {1, 3, 4, 6}) {
    int batches = 0;
    const auto stopped = train_node_classification(
        dataset_, options(), {.should_stop = [&] { return ++batches >= stop_after; }});
    ASSERT_TRUE(stopped.was_stopped);
    const TrainingState state = through_file(options(), stopped.state);
    expect_equal(run(options(), &state).result, run(options()).result,
                 "stopped after " + std::to_string(stop_after));
  }
}

TEST_F(Resume, DoesNotDependOnWorkers) {
  NodeClassificationOptions threaded = options();
  threaded.num_workers = 2;
  const Run whole = run(options());
  expect_equal(run(threaded, &whole.states[5]).result, whole.result, "two workers");
}

TEST_F(Resume, RefusesAnotherRunAndSaysWhatDiffers) {
  const RunIdentity now = identify_run(dataset_, options());
  const auto expect_difference = [&](const std::function<void(NodeClassificationOptions&)>& change,
                                     const std::vector<std::string>& words) {
    NodeClassificationOptions other = options();
    change(other);
    try {
      check_same_run(identify_run(dataset_, other), now, "run.pt");
      FAIL() << "accepted without " << words.front();
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.rfind("run.pt: this is another run: ", 0), 0U) << message;
      for (const std::string& word : words) {
        EXPECT_NE(message.find(word), std::string::npos) << word << " in " << message;
      }
    }
  };
  expect_difference([](auto& o) { o.lr = 0.5; }, {"lr: 0.5 there, 0.02 now"});
  expect_difference([](auto& o) { o.batch_size = 7; }, {"batch_size: 7 there, 32 now"});
  expect_difference([](auto& o) { o.fanouts = {5, -1}; }, {"fanouts: 5,-1 there, 3,3 now"});
  expect_difference([](auto& o) { o.seed = 9; }, {"seed: 9 there, 0 now"});
  expect_difference([](auto& o) { o.weight_decay_of = {}; },
                    {"weight_decay_of: none there, layer1=0.01 now"});
  expect_difference([](auto& o) { o.precision = Precision::kBFloat16; }, {"precision: bfloat16"});
  expect_difference([](auto& o) { o.select = Selection::kBestValid; }, {"select: best-valid"});
  expect_difference([](auto& o) { o.full_graph = true; }, {"full_graph: yes there, no now"});
  expect_difference(
      [](auto& o) {
        o.model = "sage";
        o.model_options = {};
        o.dropout = 0;
      },
      {"model: sage there, gat now", "options: ", "dropout: 0 there, 0.4 now"});
  NodeClassificationOptions same = options();
  same.epochs = 99;
  same.patience = 5;
  same.num_workers = 3;
  same.threads = 2;
  EXPECT_NO_THROW(check_same_run(identify_run(dataset_, same), now, "run.pt"));
}

TEST_F(Resume, RefusesAnotherDataSetOrVersion) {
  const RunIdentity now = identify_run(dataset_, options());
  datasets::NodeClassificationDataset other = with_self_loops();
  other.labels = other.labels.clone();
  other.labels[3] = (other.labels[3] + 1).remainder(4);
  EXPECT_ERROR(check_same_run(identify_run(other, options()), now, "run.pt"), "content: ");
  other = with_self_loops();
  other.graph.ndata()["feat"] = other.graph.ndata()["feat"].tensor() * 2;
  EXPECT_ERROR(check_same_run(identify_run(other, options()), now, "run.pt"), "content: ");
  other = with_self_loops();
  other.split.train = other.split.train.narrow(0, 0, 100);
  EXPECT_ERROR(check_same_run(identify_run(other, options()), now, "run.pt"),
               "training_nodes: 100 there, 120 now");
  EXPECT_NO_THROW(check_same_run(identify_run(with_self_loops(), options()), now, "run.pt"));
  RunIdentity older = now;
  older.options.set("library_version", "0.0.1");
  EXPECT_ERROR(check_same_run(older, now, "run.pt"), "library_version: 0.0.1 there");
}

TEST_F(Resume, RefusesStatesOfAnotherModel) {
  const Run whole = run(options());
  NodeClassificationOptions wider = options();
  wider.hidden = 7;
  EXPECT_ERROR(run(wider, &whole.states[2]), "resume: model", "expected shape");
  TrainingState state = whole.states[2];
  state.totals.batches = 5;
  EXPECT_ERROR(run(options(), &state), "resume", "0 to 4 finished batches", "5");
  state = whole.states[2];
  state.rng = at::zeros({7}, at::kByte);
  EXPECT_ERROR(run(options(), &state), "resume: rng", "7 bytes");
  state = whole.states[2];
  state.optimizer = io::StateDict{{"state", io::StateDict{{99, io::StateDict()}}}};
  EXPECT_ERROR(run(options(), &state), "resume: optimizer", "got 1");
}

TEST_F(Resume, RefusesDamagedRunsOfFiles) {
  const TrainingState state = run(options()).states[6];
  const auto with = [&](const std::string& key, const io::StateValue& value) {
    save_checkpoint(path_, checkpoint_of(options(), state));
    const io::StateValue file = io::load_state(path_);
    io::StateDict root = *file.get_if<io::StateDict>();
    io::StateDict saved = *root.find("run")->get_if<io::StateDict>();
    saved.set(key, value);
    root.set("run", saved);
    io::save_state(path_, root);
    return path_;
  };
  EXPECT_ERROR(load_checkpoint(with("epochs", 3)), "run.pt: run: epochs", "a list", "int");
  EXPECT_ERROR(load_checkpoint(with("epochs", io::StateList{io::StateDict()})),
               "run: epochs: 0: has no \"epoch\"");
  EXPECT_ERROR(load_checkpoint(with("rng", "seed")), "run: rng", "a Tensor", "str");
  EXPECT_ERROR(load_checkpoint(with("totals", io::StateDict())), "run: totals: has no \"loss\"");
  EXPECT_ERROR(load_checkpoint(with("model", io::StateDict{{"w", 1}})), "run: model",
               "state dict of Tensors", "int under \"w\"");
  EXPECT_ERROR(load_checkpoint(with("optimizer", io::StateValue())), "run: optimizer", "a dict");
}

}  // namespace
}  // namespace grapevine::train
