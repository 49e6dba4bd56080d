#include "grapevine/dataloading/graph_data_loader.h"

#include <ATen/ops/arange.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "grapevine/dataloading/detail/batch_ids.h"
#include "grapevine/dataloading/detail/device_copy.h"
#include "grapevine/dataloading/detail/ordered_batches.h"
#include "grapevine/graph/checks.h"
#include "grapevine/graph/transform/batch.h"
#include "grapevine/util/error.h"
#include "grapevine/util/random.h"

namespace grapevine::dataloading {
namespace {

using detail::BatchOnItsWay;

/// The positions to read, checked.
at::Tensor checked_indices(const std::optional<at::Tensor>& indices, std::int64_t num_graphs) {
  if (!indices) {
    return at::arange(num_graphs, at::kLong);
  }
  check_ids(*indices, "GraphDataLoader: indices", "graph", num_graphs, at::kLong, at::kCPU);
  return *indices;
}

}  // namespace

struct GraphDataLoader::Job {
  Job(std::vector<Graph> the_graphs, at::Tensor the_labels, const at::Tensor& indices,
      GraphDataLoaderOptions the_options)
      : graphs(std::move(the_graphs)),
        labels(std::move(the_labels)),
        ids(indices),
        options(std::move(the_options)),
        copier(options.device) {}

  [[nodiscard]] std::int64_t num_batches() const {
    return detail::count_batches(ids.size(), options.batch_size, options.drop_last);
  }

  std::vector<Graph> graphs;
  at::Tensor labels;
  detail::IdList ids;
  GraphDataLoaderOptions options;
  detail::DeviceCopier copier;  // one stream for all epochs, whose memory it uses again
  std::atomic<double> wait_seconds{0};
};

/// One pass over the batches. Holds copies of the graphs' frames, so that columns set meanwhile are
/// no race.
class GraphDataLoader::Epoch : public BatchEpoch<GraphBatch> {
 public:
  Epoch(std::shared_ptr<Job> job, std::uint64_t number) : job_(std::move(job)) {
    const GraphDataLoaderOptions& options = job_->options;
    job_->wait_seconds = 0;
    const std::int64_t count = job_->num_batches();
    if (count == 0) {
      return;
    }
    for (const Graph& graph : job_->graphs) {
      graphs_.push_back(graph.clone());
    }
    order_ = detail::epoch_order(job_->ids, std::nullopt, options.shuffle,
                                 RandomKey(options.seed).fold_in(number).stream(0));
    batches_.emplace(
        detail::OrderedBatches<BatchOnItsWay>::Options{.count = count,
                                                       .num_workers = options.num_workers,
                                                       .prefetch = options.prefetch,
                                                       .while_waiting = {}},
        [this](std::int64_t index) { return build(index); });
  }

  /// Goes to the next batch; returns whether there is one.
  bool advance() override {
    current_ = {};
    if (!batches_) {
      return false;
    }
    const detail::Stopwatch watch(job_->wait_seconds);
    std::optional<BatchOnItsWay> next = batches_->next();
    if (!next) {
      return false;
    }
    sampling::MiniBatch batch = job_->copier.receive(std::move(*next));
    current_ = {std::move(batch.blocks.front()), batch.output_nodes.tensor()};
    return true;
  }

  GraphBatch& current() override { return current_; }

 private:
  /// The labels travel in the place of the output nodes.
  [[nodiscard]] BatchOnItsWay build(std::int64_t index) const {
    const GraphDataLoaderOptions& options = job_->options;
    const std::int64_t begin = index * options.batch_size;
    const std::int64_t end = std::min(begin + options.batch_size, job_->ids.size());
    const at::Tensor positions = job_->ids.slice(order_, begin, end).tensor();
    const auto* position = positions.const_data_ptr<std::int64_t>();
    std::vector<Graph> parts;
    for (std::int64_t i = 0; i < end - begin; ++i) {
      parts.push_back(graphs_[static_cast<std::size_t>(position[i])]);
    }
    sampling::MiniBatch batch;
    batch.blocks.push_back(
        grapevine::batch(parts, {.ndata = options.ndata, .edata = options.edata}));
    batch.output_nodes = NodeIds(job_->labels.index_select(0, positions.to(job_->labels.device())));
    return job_->copier.send(std::move(batch));
  }

  std::shared_ptr<Job> job_;
  std::vector<Graph> graphs_;
  at::Tensor order_;
  GraphBatch current_;
  // Last, so that the workers end before what they use.
  std::optional<detail::OrderedBatches<BatchOnItsWay>> batches_;
};

GraphDataLoader::GraphDataLoader(std::vector<Graph> graphs, at::Tensor labels,
                                 GraphDataLoaderOptions options) {
  detail::check_batching(options);
  const auto num_graphs = static_cast<std::int64_t>(graphs.size());
  check(labels.defined() && labels.dim() >= 1 && labels.size(0) == num_graphs,
        "GraphDataLoader: labels: expected {} rows, one for each graph, got {}", num_graphs,
        labels.defined() ? fmt::format("shape [{}]", fmt::join(labels.sizes(), ", "))
                         : std::string("an undefined tensor"));
  const at::Tensor indices = checked_indices(options.indices, num_graphs);
  job_ = std::make_shared<Job>(std::move(graphs), std::move(labels), indices, std::move(options));
}

GraphDataLoader::~GraphDataLoader() = default;
GraphDataLoader::GraphDataLoader(GraphDataLoader&&) noexcept = default;
GraphDataLoader& GraphDataLoader::operator=(GraphDataLoader&&) noexcept = default;

GraphDataLoader::Iterator GraphDataLoader::begin() {
  return Iterator(std::make_shared<Epoch>(job_, next_epoch_++));
}

GraphDataLoader::Iterator GraphDataLoader::end() const { return {}; }

std::int64_t GraphDataLoader::size() const { return job_->num_batches(); }

void GraphDataLoader::set_epoch(std::uint64_t epoch) { next_epoch_ = epoch; }

double GraphDataLoader::wait_seconds() const { return job_->wait_seconds; }

}  // namespace grapevine::dataloading
