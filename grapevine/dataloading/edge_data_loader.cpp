#include "grapevine/dataloading/edge_data_loader.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "grapevine/dataloading/detail/batch_ids.h"
#include "grapevine/dataloading/detail/device_copy.h"
#include "grapevine/dataloading/detail/kept_features.h"
#include "grapevine/dataloading/detail/ordered_batches.h"
#include "grapevine/graph/checks.h"
#include "grapevine/util/error.h"

namespace grapevine::dataloading {
namespace {

using detail::BatchOnItsWay;
using sampling::EdgeMiniBatch;
using sampling::MiniBatch;

/// The ids under the printed names of their relations, which sort as the relations do.
NodeIds checked_ids(const Graph& graph, const EdgeIds& ids) {
  NodeIds::Map result;
  for (const auto& [key, tensor] : ids.entries()) {
    const CanonicalEtype etype = graph.to_canonical_etype(key);
    check_ids(tensor, "EdgeDataLoader: ids", "edge", graph.num_edges(etype), graph.idtype(),
              graph.device());
    check(result.emplace(to_string(etype), tensor).second,
          "EdgeDataLoader: ids: relation {} is named twice", to_string(etype));
  }
  return NodeIds(std::move(result));
}

/// The graphs of a batch travel as its blocks.
MiniBatch pack(EdgeMiniBatch batch) {
  MiniBatch packed{.input_nodes = std::move(batch.input_nodes)};
  packed.blocks.push_back(std::move(batch.pair_graph));
  if (batch.negative_graph) {
    packed.blocks.push_back(std::move(*batch.negative_graph));
  }
  std::move(batch.blocks.begin(), batch.blocks.end(), std::back_inserter(packed.blocks));
  return packed;
}

EdgeMiniBatch unpack(MiniBatch packed, bool has_negatives) {
  EdgeMiniBatch batch{.input_nodes = std::move(packed.input_nodes),
                      .pair_graph = packed.blocks.front()};
  if (has_negatives) {
    batch.negative_graph = packed.blocks[1];
  }
  batch.blocks.assign(packed.blocks.begin() + (has_negatives ? 2 : 1), packed.blocks.end());
  return batch;
}

}  // namespace

struct EdgeDataLoader::Job {
  Job(Graph the_graph, const NodeIds& the_ids, sampling::EdgePredictionSampler the_sampler,
      DataLoaderOptions the_options)
      : graph(std::move(the_graph)),
        ids(the_ids),
        sampler(std::move(the_sampler)),
        options(std::move(the_options)),
        copier(options.device) {
    for (const CanonicalEtype& etype : graph.canonical_etypes()) {
      relations.emplace(to_string(etype), etype);
    }
  }

  [[nodiscard]] std::int64_t num_ids() const {
    return options.positions ? options.positions->numel() : ids.size();
  }
  [[nodiscard]] std::int64_t num_batches() const {
    return detail::count_batches(num_ids(), options.batch_size, options.drop_last);
  }
  [[nodiscard]] bool has_negatives() const { return sampler.options().negative_sampler != nullptr; }

  Graph graph;
  detail::IdList ids;
  std::map<std::string, CanonicalEtype> relations;  // by printed name
  sampling::EdgePredictionSampler sampler;
  DataLoaderOptions options;
  detail::DeviceCopier copier;  // one stream for all epochs, whose memory it uses again
  detail::KeptFeatures kept;
  std::atomic<double> wait_seconds{0};
};

/// One pass over the batches. Holds a copy of the graph's frames, so that columns set meanwhile are
/// no race.
class EdgeDataLoader::Epoch : public BatchEpoch<sampling::EdgeMiniBatch> {
 public:
  Epoch(std::shared_ptr<Job> job, std::uint64_t number)
      : job_(std::move(job)),
        graph_(job_->graph.clone()),
        key_(RandomKey(job_->options.seed).fold_in(number)) {
    const DataLoaderOptions& options = job_->options;
    const std::vector<FramePtr> edges = detail::edge_frames(graph_);
    detail::check_features(graph_.graph_data().src_nodes->frames, options.prefetch_node_feats,
                           "prefetch_node_feats");
    detail::check_features(edges, options.prefetch_labels, "prefetch_labels");
    detail::check_features(edges, options.prefetch_edge_feats, "prefetch_edge_feats");
    job_->wait_seconds = 0;
    const std::int64_t count = job_->num_batches();
    if (count == 0) {
      return;
    }
    order_ = detail::epoch_order(job_->ids, options.positions, options.shuffle, key_.stream(0));
    job_->kept.hand_to(graph_);
    job_->sampler.prepare(graph_);
    job_->kept.take_from(graph_);
    batches_.emplace(
        detail::OrderedBatches<BatchOnItsWay>::Options{.count = count,
                                                       .num_workers = options.num_workers,
                                                       .prefetch = options.prefetch,
                                                       .while_waiting = options.while_waiting},
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
    current_ = unpack(job_->copier.receive(std::move(*next)), job_->has_negatives());
    return true;
  }

  EdgeMiniBatch& current() override { return current_; }

 private:
  [[nodiscard]] EdgeIds seeds(std::int64_t index) const {
    const std::int64_t begin = index * job_->options.batch_size;
    const std::int64_t end = std::min(begin + job_->options.batch_size, job_->num_ids());
    std::vector<EdgeIds::Entry> result;
    const NodeIds slice = job_->ids.slice(order_, begin, end);
    for (const auto& [name, tensor] : slice.map()) {
      result.emplace_back(job_->relations.at(name), tensor);
    }
    return EdgeIds(std::move(result));
  }

  [[nodiscard]] BatchOnItsWay build(std::int64_t index) const {
    const DataLoaderOptions& options = job_->options;
    MiniBatch batch = pack(job_->sampler.sample(graph_, seeds(index),
                                                key_.fold_in(static_cast<std::uint64_t>(index))));
    const std::size_t num_pair_graphs = job_->has_negatives() ? 2 : 1;
    job_->copier.own_frames(batch);
    job_->copier.gather(detail::edge_frames(batch.blocks.front()), options.prefetch_labels,
                        "prefetch_labels");
    if (batch.blocks.size() > num_pair_graphs) {
      job_->copier.gather(batch.blocks[num_pair_graphs].graph_data().src_nodes->frames,
                          options.prefetch_node_feats, "prefetch_node_feats");
    }
    for (std::size_t i = num_pair_graphs; i < batch.blocks.size(); ++i) {
      job_->copier.gather(detail::edge_frames(batch.blocks[i]), options.prefetch_edge_feats,
                          "prefetch_edge_feats");
    }
    return job_->copier.send(std::move(batch));
  }

  std::shared_ptr<Job> job_;
  Graph graph_;
  RandomKey key_;
  at::Tensor order_;
  EdgeMiniBatch current_;
  // Last, so that the workers end before what they use.
  std::optional<detail::OrderedBatches<BatchOnItsWay>> batches_;
};

EdgeDataLoader::EdgeDataLoader(Graph graph, const EdgeIds& ids,
                               sampling::EdgePredictionSampler sampler, DataLoaderOptions options) {
  detail::check_batching(options);
  const NodeIds checked = checked_ids(graph, ids);
  detail::check_positions(options.positions, checked.num_ids());
  job_ = std::make_shared<Job>(std::move(graph), checked, std::move(sampler), std::move(options));
}

EdgeDataLoader::~EdgeDataLoader() = default;
EdgeDataLoader::EdgeDataLoader(EdgeDataLoader&&) noexcept = default;
EdgeDataLoader& EdgeDataLoader::operator=(EdgeDataLoader&&) noexcept = default;

EdgeDataLoader::Iterator EdgeDataLoader::begin() {
  return Iterator(std::make_shared<Epoch>(job_, next_epoch_++));
}

EdgeDataLoader::Iterator EdgeDataLoader::end() const { return {}; }

std::int64_t EdgeDataLoader::size() const { return job_->num_batches(); }

void EdgeDataLoader::set_epoch(std::uint64_t epoch) { next_epoch_ = epoch; }

double EdgeDataLoader::wait_seconds() const { return job_->wait_seconds; }

}  // namespace grapevine::dataloading
