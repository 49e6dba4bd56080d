#pragma once

#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grapevine/dataloading/batch_iterator.h"
#include "grapevine/graph/graph.h"
#include "grapevine/sampling/sampler.h"

namespace grapevine::dataloading {

struct DataLoaderOptions {
  std::int64_t batch_size = 1;  ///< seeds a batch
  bool shuffle = false;         ///< a new order every epoch
  bool drop_last = false;       ///< leave out a last batch that is not full
  int num_workers = 0;          ///< threads that build batches; 0 builds them in the loop itself
  /// Where batches end up; where they were built if absent.
  std::optional<at::Device> device = std::nullopt;
  std::uint64_t seed = 0;  ///< of the order and of the samples
  /// Batches that may be unread, done or being built; more only where more can be built at once,
  /// one on each core that there is a worker for.
  int prefetch = 2;
  /// Features of the input nodes to gather in the workers.
  std::vector<std::string> prefetch_node_feats = {};
  /// Features of the output nodes to gather in the workers.
  std::vector<std::string> prefetch_labels = {};
  /// Features of the edges of all blocks to gather in the workers.
  std::vector<std::string> prefetch_edge_feats = {};
  /// The ids to read, by their positions `[n]` (int64) in the concatenation of their types, each as
  /// often as it is named; all if absent.
  std::optional<at::Tensor> positions = std::nullopt;
  /// Called every tenth of a second while the loop waits for workers; what it throws ends the loop.
  std::function<void()> while_waiting = {};
};

/// Iterates over node ids in batches of blocks. Each loop over it is one epoch.
///
///     DataLoader loader(graph, ids, NeighborSampler({4, 4}), {.batch_size = 1024});
///     for (auto& [input_nodes, output_nodes, blocks] : loader) { ... }
///
/// Batches come in order, and are the same bit for bit for any number of workers and threads: they
/// depend on the seed, the epoch's number and the batch's number alone. Ids of several types are
/// batched over their concatenation, so a batch may lack a type.
///
/// Workers are threads; each builds whole batches. How many batches are in memory does not grow
/// with their number once that is `prefetch` or that of the cores. What a worker throws is
/// thrown by the loop in that batch's place and ends the epoch. Leaving the loop early, by a break
/// or an exception, stops the workers. An epoch sees the graph's features as they were when it
/// began; assigning features in the loop is safe, but writing into their tensors is not while there
/// are workers. Source: `dgl.dataloading.DataLoader`; threads in place of processes as in SALIENT
/// (Kaler et al., 2022).
///
/// The graph stays on the CPU. With a `device`, what builds a batch also copies it there: ids,
/// structure and the prefetched features; other features are copied when they are read. On a GPU
/// the copies come from page-locked memory and run on a stream of the loader's own, so they overlap
/// with what the loop computes; the stream that is current in the loop waits for those of its
/// batch, the loop itself does not. The unread batches and the one in use are there at a time. A
/// copy that fails is thrown in its batch's place.
class DataLoader {
 public:
  using Iterator = BatchIterator<sampling::MiniBatch>;

  /// Throws `Error` for options out of range, for a device that is not here, and for ids that are
  /// not those of the graph's nodes: of another dtype than its ids, out of range, or of an unknown
  /// type.
  DataLoader(Graph graph, NodeIds ids, std::shared_ptr<const sampling::Sampler> sampler,
             DataLoaderOptions options = {});
  /// The same with the sampler itself.
  template <std::derived_from<sampling::Sampler> SamplerType>
  DataLoader(Graph graph, NodeIds ids, SamplerType sampler, DataLoaderOptions options = {})
      : DataLoader(std::move(graph), std::move(ids),
                   std::shared_ptr<const sampling::Sampler>(
                       std::make_shared<SamplerType>(std::move(sampler))),
                   std::move(options)) {}
  ~DataLoader();
  DataLoader(DataLoader&&) noexcept;
  DataLoader& operator=(DataLoader&&) noexcept;
  DataLoader(const DataLoader&) = delete;
  DataLoader& operator=(const DataLoader&) = delete;

  /// Starts the next epoch and builds or awaits its first batch. Throws what the sampler throws,
  /// and `Error` if no node type has a feature that is to be prefetched.
  [[nodiscard]] Iterator begin();
  [[nodiscard]] Iterator end() const;
  /// Batches in an epoch.
  [[nodiscard]] std::int64_t size() const;
  /// The number of the next epoch, 0 at first; to resume, or to repeat an epoch. Its first
  /// `first_batch` batches, which an earlier run has seen, are left out; the others are what they
  /// would have been. Throws `Error` unless it is in `[0, size()]`.
  void set_epoch(std::uint64_t epoch, std::int64_t first_batch = 0);
  /// Seconds that the loop has waited for batches in the current epoch, or in the last one.
  [[nodiscard]] double wait_seconds() const;

  /// The state that epochs share, and one epoch that is running; internals.
  struct Job;
  class Epoch;

 private:
  std::shared_ptr<Job> job_;
  std::uint64_t next_epoch_ = 0;
  std::int64_t first_batch_ = 0;  // of the next epoch
};

}  // namespace grapevine::dataloading
