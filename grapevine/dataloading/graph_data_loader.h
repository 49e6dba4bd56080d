#pragma once

#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grapevine/dataloading/batch_iterator.h"
#include "grapevine/graph/graph.h"

namespace grapevine::dataloading {

struct GraphDataLoaderOptions {
  std::int64_t batch_size = 1;  ///< graphs a batch
  bool shuffle = false;         ///< a new order every epoch
  bool drop_last = false;       ///< leave out a last batch that is not full
  int num_workers = 0;          ///< threads that build batches; 0 builds them in the loop itself
  /// Where batches end up; where the graphs are if absent.
  std::optional<at::Device> device = std::nullopt;
  std::uint64_t seed = 0;  ///< of the order
  int prefetch = 2;        ///< batches that may be unread, as for `DataLoader`
  /// The graphs to read, by their positions `[n]` (int64), each as often as it is named; all if
  /// absent.
  std::optional<at::Tensor> indices = std::nullopt;
  /// Which features batches have; all if there is no list.
  std::optional<std::vector<std::string>> ndata = std::nullopt;
  std::optional<std::vector<std::string>> edata = std::nullopt;
};

/// Some graphs as one, and their labels.
struct GraphBatch {
  Graph graph;        ///< what `batch` makes of them
  at::Tensor labels;  ///< their rows of the labels `[batch_size, *shape]`
};

/// What has graphs and a tensor with a label for each, such as a graph-classification data set.
template <typename T>
concept LabelledGraphs = requires(const T& dataset) {
  { dataset.graphs } -> std::convertible_to<std::vector<Graph>>;
  { dataset.labels } -> std::convertible_to<at::Tensor>;
};

/// Iterates over graphs and their labels in batches, each put together into one graph. Each loop
/// over it is one epoch.
///
///     GraphDataLoader loader(dataset, {.batch_size = 32, .shuffle = true});
///     for (auto& [graph, labels] : loader) { ... }
///
/// Batches come in order, and are the same for any number of workers: they depend on the seed and
/// the epoch's number alone. Workers are threads; each builds whole batches. What a worker throws
/// is thrown by the loop in that batch's place and ends the epoch. Leaving the loop early, by a
/// break or an exception, stops the workers. An epoch sees the graphs' features as they were when
/// it began; assigning features in the loop is safe, but writing into their tensors is not while
/// there are workers. With a `device` what builds a batch also copies it there, as `DataLoader`
/// does. Source: `dgl.dataloading.GraphDataLoader`.
class GraphDataLoader {
 public:
  using Iterator = BatchIterator<GraphBatch>;

  /// `labels` has a row for each graph, of any dtype and shape. Throws `Error` for another number,
  /// for indices out of range, for options out of range and for a device that is not here.
  GraphDataLoader(std::vector<Graph> graphs, at::Tensor labels,
                  GraphDataLoaderOptions options = {});
  /// The same with a data set.
  template <LabelledGraphs Dataset>
  explicit GraphDataLoader(const Dataset& dataset, GraphDataLoaderOptions options = {})
      : GraphDataLoader(dataset.graphs, dataset.labels, std::move(options)) {}
  ~GraphDataLoader();
  GraphDataLoader(GraphDataLoader&&) noexcept;
  GraphDataLoader& operator=(GraphDataLoader&&) noexcept;
  GraphDataLoader(const GraphDataLoader&) = delete;
  GraphDataLoader& operator=(const GraphDataLoader&) = delete;

  /// Starts the next epoch and builds or awaits its first batch. Throws what `batch` throws, such
  /// as for graphs that differ in their features.
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
