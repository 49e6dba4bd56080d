#include "grapevine/dataloading/data_loader.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "grapevine/dataloading/detail/batch_ids.h"
#include "grapevine/dataloading/detail/device_copy.h"
#include "grapevine/dataloading/detail/kept_features.h"
#include "grapevine/dataloading/detail/ordered_batches.h"
#include "grapevine/graph/checks.h"
#include "grapevine/util/error.h"

namespace grapevine::dataloading {
namespace {

using detail::BatchOnItsWay;
using sampling::MiniBatch;

void check_node_ids(const Graph& graph, const NodeIds& ids) {
  const GraphData::NodeSpace& space = *graph.graph_data().dst_nodes;
  for (const auto& [type, tensor] : ids.map()) {
    check_ids(tensor, "DataLoader: ids", "node", space.counts[space.index(type)], graph.idtype(),
              graph.device());
  }
}

}  // namespace

struct DataLoader::Job {
  Job(Graph the_graph, const NodeIds& the_ids, std::shared_ptr<const sampling::Sampler> the_sampler,
      DataLoaderOptions the_options)
      : graph(std::move(the_graph)),
        ids(the_ids),
        sampler(std::move(the_sampler)),
        options(std::move(the_options)),
        copier(options.device) {}

  [[nodiscard]] std::int64_t num_batches() const {
    return detail::count_batches(num_ids(), options.batch_size, options.drop_last);
  }

  [[nodiscard]] std::int64_t num_ids() const {
    return options.positions ? options.positions->numel() : ids.size();
  }

  Graph graph;
  detail::IdList ids;
  std::shared_ptr<const sampling::Sampler> sampler;
  DataLoaderOptions options;
  detail::DeviceCopier copier;  // one stream for all epochs, whose memory it uses again
  detail::KeptFeatures kept;
  std::atomic<double> wait_seconds{0};
};

/// One pass over the batches. Holds a copy of the graph's frames, so that columns set meanwhile are
/// no race.
class DataLoader::Epoch : public BatchEpoch<sampling::MiniBatch> {
 public:
  Epoch(std::shared_ptr<Job> job, std::uint64_t number, std::int64_t first_batch)
      : job_(std::move(job)),
        graph_(job_->graph.clone()),
        key_(RandomKey(job_->options.seed).fold_in(number)) {
    const DataLoaderOptions& options = job_->options;
    const GraphData& data = graph_.graph_data();
    detail::check_features(data.src_nodes->frames, options.prefetch_node_feats,
                           "prefetch_node_feats");
    detail::check_features(data.dst_nodes->frames, options.prefetch_labels, "prefetch_labels");
    detail::check_features(detail::edge_frames(graph_), options.prefetch_edge_feats,
                           "prefetch_edge_feats");
    const std::int64_t count = job_->num_batches() - first_batch;
    job_->wait_seconds = 0;
    if (count == 0) {
      return;
    }
    order_ = detail::epoch_order(job_->ids, options.positions, options.shuffle, key_.stream(0));
    job_->kept.hand_to(graph_);
    job_->sampler->prepare(graph_);
    job_->kept.take_from(graph_);
    batches_.emplace(
        detail::OrderedBatches<BatchOnItsWay>::Options{.count = count,
                                                       .num_workers = options.num_workers,
                                                       .prefetch = options.prefetch,
                                                       .while_waiting = options.while_waiting},
        [this, first_batch](std::int64_t index) { return build(first_batch + index); });
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
    current_ = job_->copier.receive(std::move(*next));
    return true;
  }

  MiniBatch& current() override { return current_; }

 private:
  [[nodiscard]] BatchOnItsWay build(std::int64_t index) const {
    const DataLoaderOptions& options = job_->options;
    const std::int64_t begin = index * options.batch_size;
    const std::int64_t end = std::min(begin + options.batch_size, job_->num_ids());
    MiniBatch batch = job_->sampler->sample(graph_, job_->ids.slice(order_, begin, end),
                                            key_.fold_in(static_cast<std::uint64_t>(index)));
    if (!batch.blocks.empty()) {
      job_->copier.own_frames(batch);
      const GraphData& input = batch.blocks.front().graph_data();
      const GraphData& output = batch.blocks.back().graph_data();
      job_->copier.gather(input.src_nodes->frames, options.prefetch_node_feats,
                          "prefetch_node_feats");
      job_->copier.gather(output.dst_nodes->frames, options.prefetch_labels, "prefetch_labels");
      for (const Graph& block : batch.blocks) {
        job_->copier.gather(detail::edge_frames(block), options.prefetch_edge_feats,
                            "prefetch_edge_feats");
      }
    }
    return job_->copier.send(std::move(batch));
  }

  std::shared_ptr<Job> job_;
  Graph graph_;
  RandomKey key_;
  at::Tensor order_;
  MiniBatch current_;
  // Last, so that the workers end before what they use.
  std::optional<detail::OrderedBatches<BatchOnItsWay>> batches_;
};

DataLoader::DataLoader(Graph graph, NodeIds ids, std::shared_ptr<const sampling::Sampler> sampler,
                       DataLoaderOptions options) {
  detail::check_batching(options);
  check(sampler != nullptr, "sampler: expected one, got a null pointer");
  check_node_ids(graph, ids);
  detail::check_positions(options.positions, ids.num_ids());
  job_ = std::make_shared<Job>(std::move(graph), ids, std::move(sampler), std::move(options));
}

DataLoader::~DataLoader() = default;
DataLoader::DataLoader(DataLoader&&) noexcept = default;
DataLoader& DataLoader::operator=(DataLoader&&) noexcept = default;

DataLoader::Iterator DataLoader::begin() {
  return Iterator(std::make_shared<Epoch>(job_, next_epoch_++, std::exchange(first_batch_, 0)));
}

DataLoader::Iterator DataLoader::end() const { return {}; }

std::int64_t DataLoader::size() const { return job_->num_batches(); }

void DataLoader::set_epoch(std::uint64_t epoch, std::int64_t first_batch) {
  check(first_batch >= 0 && first_batch <= size(), "first_batch: expected 0 to {}, got {}", size(),
        first_batch);
  next_epoch_ = epoch;
  first_batch_ = first_batch;
}

double DataLoader::wait_seconds() const { return job_->wait_seconds; }

}  // namespace grapevine::dataloading
