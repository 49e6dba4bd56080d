#include "grapevine/serve/predictor.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_unique.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "grapevine/sampling/neighbor_sampler.h"
#include "grapevine/serve/detail/graph_addition.h"
#include "grapevine/serve/detail/single_thread.h"
#include "grapevine/train/detail/model_inputs.h"
#include "grapevine/train/inference.h"
#include "grapevine/train/prepare_graph.h"
#include "grapevine/util/error.h"

namespace grapevine::serve {

/// A graph as the model reads it. Only its own thread touches it before it is
/// published, nobody writes to it afterwards.
struct Predictor::State {
  Graph graph;
  at::Tensor feat;    ///< `[num_nodes, in_feats]` float32
  at::Tensor scores;  ///< `[num_nodes, num_classes]` if they are computed beforehand
  std::int64_t version = 0;
};

namespace {

bool reads_beyond_blocks(const nn::Model& model) {
  for (std::size_t layer = 0; layer < model.num_layers(); ++layer) {
    if (model.reads_beyond_block(layer)) {
      return true;
    }
  }
  return false;
}

std::vector<std::int64_t> fanouts_for(const nn::Model& model, const std::string& name,
                                      std::vector<std::int64_t> fanouts) {
  const std::size_t layers = model.num_layers();
  if (fanouts.empty()) {
    return std::vector<std::int64_t>(layers, -1);
  }
  check(!reads_beyond_blocks(model),
        "fanouts: expected none, since model \"{}\" reads more of the graph "
        "than sampled blocks "
        "hold",
        name);
  check(fanouts.size() == layers, "fanouts: expected {}, one for each layer of the model, got {}",
        layers, fanouts.size());
  return fanouts;
}

/// The ids as int64, all of them nodes.
at::Tensor checked_ids(const IdList& list, std::int64_t num_nodes) {
  const at::Tensor& given = list.tensor();
  check(given.defined() && given.dim() == 1 &&
            (given.scalar_type() == at::kLong || given.scalar_type() == at::kInt),
        "predict: ids: expected int64 or int32 of shape [n]");
  const at::Tensor ids = given.to(at::kCPU, at::kLong).contiguous();
  const auto* values = ids.const_data_ptr<std::int64_t>();
  const auto* bad = std::find_if(values, values + ids.numel(),
                                 [&](std::int64_t id) { return id < 0 || id >= num_nodes; });
  check(bad == values + ids.numel(), "predict: ids[{}]: node {} is out of range [0, {})",
        bad - values, bad == values + ids.numel() ? 0 : *bad, num_nodes);
  return ids;
}

}  // namespace

/// The model in evaluation mode, which any number of threads may use.
class Predictor::Model {
 public:
  Model(train::Checkpoint checkpoint, PredictorOptions options)
      : checkpoint_{.description = std::move(checkpoint.description),
                    .model = std::move(checkpoint.model)},
        options_(std::move(options)),
        model_(restored()),
        precomputes_(options_.precompute || reads_beyond_blocks(*model_)),
        sampler_(fanouts_for(*model_, checkpoint_.description.options.conv, options_.fanouts)) {
    check(options_.batch_size > 0, "batch_size: expected 1 or more, got {}", options_.batch_size);
  }

  [[nodiscard]] const train::ModelDescription& description() const {
    return checkpoint_.description;
  }
  [[nodiscard]] bool precomputes() const { return precomputes_; }

  /// Does beforehand what all predictions will need.
  void prepare(State& state) const {
    if (!precomputes_) {
      sampler_.prepare(state.graph);
    } else if (state.graph.num_nodes() == 0) {
      state.scores = at::empty({0, description().out_feats});
    } else {
      // Of a model of its own, since one may remember the graph that it saw
      // first.
      state.scores = train::layerwise_inference(
          *restored(), state.graph, state.feat,
          {.batch_size = options_.batch_size, .edge_feature = description().edge_feature});
    }
  }

  [[nodiscard]] at::Tensor scores(const State& state, const at::Tensor& ids) const {
    if (state.scores.defined()) {
      return state.scores.index_select(0, ids);
    }
    const auto [nodes, places] = at::_unique(ids, /*sorted=*/true, /*return_inverse=*/true);
    std::vector<at::Tensor> parts;
    for (const at::Tensor& batch : nodes.split(options_.batch_size)) {
      parts.push_back(batch_scores(state, batch));
    }
    const at::Tensor all = parts.size() == 1 ? parts.front() : at::cat(parts);
    return all.index_select(0, places);
  }

 private:
  [[nodiscard]] std::shared_ptr<nn::Model> restored() const {
    auto model = train::restore_model(checkpoint_);
    model->module().eval();
    return model;
  }

  [[nodiscard]] at::Tensor batch_scores(const State& state, const at::Tensor& nodes) const {
    if (nodes.numel() == 0) {
      return at::empty({0, description().out_feats});
    }
    const sampling::MiniBatch batch =
        sampler_.sample(state.graph, nodes.to(state.graph.idtype()), RandomKey(options_.seed));
    // Rows of the state's features, which a layer that only sums over them takes from there.
    const ColumnPtr inputs =
        Column::slice(std::make_shared<Column>(state.feat), batch.input_nodes.tensor());
    return model_->forward(batch.blocks, inputs, description().edge_feature);
  }

  train::Checkpoint checkpoint_;  // without the run that it may hold
  PredictorOptions options_;
  std::shared_ptr<nn::Model> model_;
  bool precomputes_;
  sampling::NeighborSampler sampler_;
};

Predictor::Predictor(train::Checkpoint checkpoint, const Graph& graph, PredictorOptions options)
    : model_(std::make_unique<const Model>(std::move(checkpoint), std::move(options))) {
  replace(graph);
}

Predictor::~Predictor() = default;

std::shared_ptr<const Predictor::State> Predictor::state() const {
  const std::lock_guard lock(pointer_);
  return state_;
}

Prediction Predictor::predict(const IdList& ids) const {
  const at::NoGradGuard no_grad;
  const detail::SingleThread single_thread;
  const std::shared_ptr<const State> now = state();
  return {.scores = model_->scores(*now, checked_ids(ids, now->graph.num_nodes())),
          .version = now->version};
}

std::int64_t Predictor::replace(const Graph& graph) {
  const train::ModelDescription& model = description();
  train::check_fits(model, graph, "graph");
  check(graph.device().is_cpu(), "graph: expected one on the CPU, got {}", graph.device().str());
  const Graph prepared = train::prepare_graph(graph, train::prepare_options(model)).graph;
  train::detail::ModelInputs inputs =
      train::detail::model_inputs(prepared, model.feature, model.edge_feature);
  const std::lock_guard lock(changing_);
  return publish(std::move(inputs.graph), inputs.feat.contiguous().detach());
}

std::int64_t Predictor::append(const GraphAddition& addition) {
  const std::lock_guard lock(changing_);
  const std::shared_ptr<const State> old = state();
  const at::Tensor feat = detail::added_feat(description(), addition);
  Graph graph = detail::with_addition(description(), old->graph, addition, feat.size(0));
  return publish(std::move(graph), feat.size(0) == 0 ? old->feat : at::cat({old->feat, feat}));
}

/// What takes long happens before anyone sees the new state.
std::int64_t Predictor::publish(Graph graph, at::Tensor feat) {
  auto next = std::make_shared<State>();
  next->graph = std::move(graph);
  next->feat = std::move(feat);
  next->version = state_ == nullptr ? 0 : state_->version + 1;
  model_->prepare(*next);
  std::shared_ptr<const State> old = next;
  {
    const std::lock_guard lock(pointer_);
    state_.swap(old);
  }
  return next->version;  // the old state, if nobody reads it, goes after the lock
}

std::int64_t Predictor::version() const { return state()->version; }
std::int64_t Predictor::num_nodes() const { return state()->graph.num_nodes(); }
std::int64_t Predictor::num_edges() const { return state()->graph.num_edges(); }
std::int64_t Predictor::num_classes() const { return description().out_feats; }
const train::ModelDescription& Predictor::description() const { return model_->description(); }
bool Predictor::precomputes() const { return model_->precomputes(); }

}  // namespace grapevine::serve
