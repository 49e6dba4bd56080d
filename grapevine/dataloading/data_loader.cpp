#include "grapevine/dataloading/data_loader.h"

#include <ATen/ThreadLocalState.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "grapevine/dataloading/detail/batch_ids.h"
#include "grapevine/dataloading/detail/device_copy.h"
#include "grapevine/dataloading/detail/ordered_prefetcher.h"
#include "grapevine/graph/checks.h"
#include "grapevine/util/error.h"
#include "grapevine/util/parallel.h"

namespace grapevine::dataloading {
namespace {

using detail::BatchOnItsWay;
using sampling::MiniBatch;

void check_options(const DataLoaderOptions& options) {
  check(options.batch_size >= 1, "batch_size: expected 1 or more, got {}", options.batch_size);
  check(options.num_workers >= 0, "num_workers: expected 0 or more, got {}", options.num_workers);
  check(options.prefetch >= 0, "prefetch: expected 0 or more, got {}", options.prefetch);
}

void check_node_ids(const Graph& graph, const NodeIds& ids) {
  const GraphData::NodeSpace& space = *graph.graph_data().dst_nodes;
  for (const auto& [type, tensor] : ids.map()) {
    check_ids(tensor, "DataLoader: ids", "node", space.counts[space.index(type)], graph.idtype(),
              graph.device());
  }
}

bool any_contains(const GraphData::NodeSpace& space, const std::string& name) {
  return std::any_of(space.frames.begin(), space.frames.end(),
                     [&](const FramePtr& frame) { return frame->contains(name); });
}

void check_features(const GraphData::NodeSpace& space, const std::vector<std::string>& names,
                    std::string_view argument) {
  for (const std::string& name : names) {
    check(any_contains(space, name), "{}: no node type has a feature \"{}\"", argument, name);
  }
}

/// Gathers lazy columns now.
void gather(const GraphData::NodeSpace& space, const std::vector<std::string>& names,
            std::string_view argument, const detail::DeviceCopier& copier) {
  check_features(space, names, argument);
  for (const std::string& name : names) {
    for (const FramePtr& frame : space.frames) {
      if (frame->contains(name)) {
        copier.gather(*frame, name);
      }
    }
  }
}

/// Adds the time that it lives to a sum.
class Stopwatch {
 public:
  explicit Stopwatch(std::atomic<double>& seconds) : seconds_(seconds) {}
  ~Stopwatch() {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
    seconds_.store(seconds_.load() + passed.count());
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  std::atomic<double>& seconds_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

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
    const std::int64_t full = ids.size() / options.batch_size;
    return full + (!options.drop_last && ids.size() % options.batch_size != 0 ? 1 : 0);
  }

  Graph graph;
  detail::IdList ids;
  std::shared_ptr<const sampling::Sampler> sampler;
  DataLoaderOptions options;
  detail::DeviceCopier copier;  // one stream for all epochs, whose memory it uses again
  std::atomic<double> wait_seconds{0};
};

/// One pass over the batches. Holds a copy of the graph's frames, so that columns set meanwhile are
/// no race.
class DataLoader::Epoch {
 public:
  Epoch(std::shared_ptr<Job> job, std::uint64_t number)
      : job_(std::move(job)),
        graph_(job_->graph.clone()),
        key_(RandomKey(job_->options.seed).fold_in(number)) {
    const DataLoaderOptions& options = job_->options;
    check_features(*graph_.graph_data().src_nodes, options.prefetch_node_feats,
                   "prefetch_node_feats");
    check_features(*graph_.graph_data().dst_nodes, options.prefetch_labels, "prefetch_labels");
    const std::int64_t count = job_->num_batches();
    job_->wait_seconds = 0;
    if (count == 0) {
      return;
    }
    if (options.shuffle) {
      order_ = job_->ids.shuffled(key_.stream(0));
    }
    job_->sampler->prepare(graph_);
    if (options.num_workers > 0) {
      start_workers(count);
    }
  }

  /// Goes to the next batch; returns whether there is one.
  bool advance() {
    current_ = {};
    if (next_ >= job_->num_batches()) {
      prefetcher_.reset();
      return false;
    }
    const std::int64_t index = next_;
    next_ = job_->num_batches();  // after an exception there are no more
    const Stopwatch watch(job_->wait_seconds);
    current_ = job_->copier.receive(prefetcher_ ? prefetcher_->next() : build(index));
    next_ = index + 1;
    return true;
  }

  MiniBatch& current() { return current_; }

 private:
  void start_workers(std::int64_t count) {
    const DataLoaderOptions& options = job_->options;
    const std::int64_t ahead = std::int64_t{options.num_workers} * std::max(options.prefetch, 1);
    // Grad mode and the like are the loop's, as they would be without workers.
    const at::ThreadLocalState state;
    prefetcher_ = std::make_unique<detail::OrderedPrefetcher<BatchOnItsWay>>(
        detail::OrderedPrefetcher<BatchOnItsWay>::Options{
            .count = count,
            .num_workers = options.num_workers,
            .capacity = std::min(ahead, count),
            .worker =
                [state](const std::function<void()>& body) {
                  const at::ThreadLocalStateGuard guard(state);
                  const SerialRegion serial;
                  body();
                }},
        [this](std::int64_t index) { return build(index); });
  }

  [[nodiscard]] BatchOnItsWay build(std::int64_t index) const {
    const DataLoaderOptions& options = job_->options;
    const std::int64_t begin = index * options.batch_size;
    const std::int64_t end = std::min(begin + options.batch_size, job_->ids.size());
    MiniBatch batch = job_->sampler->sample(graph_, job_->ids.slice(order_, begin, end),
                                            key_.fold_in(static_cast<std::uint64_t>(index)));
    if (!batch.blocks.empty()) {
      job_->copier.own_frames(batch);
      gather(*batch.blocks.front().graph_data().src_nodes, options.prefetch_node_feats,
             "prefetch_node_feats", job_->copier);
      gather(*batch.blocks.back().graph_data().dst_nodes, options.prefetch_labels,
             "prefetch_labels", job_->copier);
    }
    return job_->copier.send(std::move(batch));
  }

  std::shared_ptr<Job> job_;
  Graph graph_;
  RandomKey key_;
  at::Tensor order_;
  std::int64_t next_ = 0;
  MiniBatch current_;
  // Last, so that the workers end before what they use.
  std::unique_ptr<detail::OrderedPrefetcher<BatchOnItsWay>> prefetcher_;
};

DataLoader::DataLoader(Graph graph, NodeIds ids, std::shared_ptr<const sampling::Sampler> sampler,
                       DataLoaderOptions options) {
  check_options(options);
  check(sampler != nullptr, "sampler: expected one, got a null pointer");
  check_node_ids(graph, ids);
  job_ = std::make_shared<Job>(std::move(graph), ids, std::move(sampler), std::move(options));
}

DataLoader::~DataLoader() = default;
DataLoader::DataLoader(DataLoader&&) noexcept = default;
DataLoader& DataLoader::operator=(DataLoader&&) noexcept = default;

DataLoader::Iterator DataLoader::begin() {
  return Iterator(std::make_shared<Epoch>(job_, next_epoch_++));
}

DataLoader::Iterator DataLoader::end() const { return {}; }

std::int64_t DataLoader::size() const { return job_->num_batches(); }

void DataLoader::set_epoch(std::uint64_t epoch) { next_epoch_ = epoch; }

double DataLoader::wait_seconds() const { return job_->wait_seconds; }

DataLoader::Iterator::Iterator(std::shared_ptr<Epoch> epoch) : epoch_(std::move(epoch)) { ++*this; }

DataLoader::Iterator::reference DataLoader::Iterator::operator*() const {
  check(epoch_ != nullptr, "DataLoader: the iterator is at its end");
  return epoch_->current();
}

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  check(epoch_ != nullptr, "DataLoader: the iterator is at its end");
  // Empty again before anything may throw: an epoch that failed is over.
  const std::shared_ptr<Epoch> epoch = std::exchange(epoch_, nullptr);
  if (epoch->advance()) {
    epoch_ = epoch;
  }
  return *this;
}

}  // namespace grapevine::dataloading
