#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "grapevine/dataloading/data_loader.h"
#include "grapevine/sampling/edge_prediction_sampler.h"

namespace grapevine::dataloading {

/// Iterates over edge ids in batches for the prediction of edges. Each loop over it is one epoch.
///
///     EdgeDataLoader loader(graph, train_eids,
///                           EdgePredictionSampler(NeighborSampler({4, 4}),
///                                                 {.exclude = Exclude::kSelf,
///                                                  .negative_sampler = negatives}),
///                           {.batch_size = 1024, .shuffle = true});
///     for (auto& [input_nodes, pair_graph, negative_graph, blocks] : loader) { ... }
///
/// Everything else is as with `DataLoader`: order, repeatability, workers, errors and devices. Ids
/// of several relations are batched over their concatenation. `prefetch_labels` names features of
/// the edges, which are gathered for the pair graph. Source: `dgl.dataloading.DataLoader` with
/// `as_edge_prediction_sampler`.
class EdgeDataLoader {
 public:
  using Iterator = BatchIterator<sampling::EdgeMiniBatch>;

  /// Throws `Error` for options out of range, for a device that is not here, and for ids that are
  /// not those of the graph's edges: of another dtype than its ids, out of range, or of a relation
  /// that is unknown or named twice.
  EdgeDataLoader(Graph graph, const EdgeIds& ids, sampling::EdgePredictionSampler sampler,
                 DataLoaderOptions options = {});
  ~EdgeDataLoader();
  EdgeDataLoader(EdgeDataLoader&&) noexcept;
  EdgeDataLoader& operator=(EdgeDataLoader&&) noexcept;
  EdgeDataLoader(const EdgeDataLoader&) = delete;
  EdgeDataLoader& operator=(const EdgeDataLoader&) = delete;

  /// Starts the next epoch and builds or awaits its first batch. Throws what the sampler throws,
  /// and `Error` if nothing has a feature that is to be prefetched.
  [[nodiscard]] Iterator begin();
  [[nodiscard]] Iterator end() const;
  /// Batches in an epoch.
  [[nodiscard]] std::int64_t size() const;
  /// The number of the next epoch, 0 at first; to resume, or to repeat an epoch.
  void set_epoch(std::uint64_t epoch);
  /// Seconds that the loop has waited for batches in the current epoch, or in the last one.
  [[nodiscard]] double wait_seconds() const;

  /// The state that epochs share, and one epoch that is running; internals.
  struct Job;
  class Epoch;

 private:
  std::shared_ptr<Job> job_;
  std::uint64_t next_epoch_ = 0;
};

}  // namespace grapevine::dataloading
