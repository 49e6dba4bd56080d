#include "bindings.h"
#include "grapevine/dataloading/data_loader.h"
#include "grapevine/dataloading/detail/batch_ids.h"
#include "grapevine/dataloading/detail/ordered_batches.h"
#include "grapevine/dataloading/edge_data_loader.h"
#include "grapevine/util/parallel.h"

namespace grapevine::python {
namespace {

using namespace dataloading;

using Batch = std::tuple<NodeIds, NodeIds, std::vector<Graph>>;
using EdgeBatch = std::tuple<NodeIds, Graph, std::optional<Graph>, std::vector<Graph>>;

Batch to_tuple(sampling::MiniBatch batch) {
  return {std::move(batch.input_nodes), std::move(batch.output_nodes), std::move(batch.blocks)};
}

EdgeBatch to_tuple(sampling::EdgeMiniBatch batch) {
  return {std::move(batch.input_nodes), std::move(batch.pair_graph),
          std::move(batch.negative_graph), std::move(batch.blocks)};
}

/// Runs what the interpreter does on a signal; Ctrl-C comes out as KeyboardInterrupt.
void check_signals() {
  const py::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) {
    throw py::error_already_set();
  }
}

/// One epoch of a loader, begun by the first `next`.
template <typename Loader>
class Epoch {
 public:
  Epoch(std::shared_ptr<Loader> loader, std::uint64_t number)
      : loader_(std::move(loader)), number_(number) {}
  /// Waits for the workers, which may need the interpreter to let go of tensors.
  ~Epoch() {
    const py::gil_scoped_release released;
    batch_ = {};
    loader_.reset();
  }
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;

  std::optional<decltype(to_tuple(typename Loader::Iterator::value_type{}))> next() {
    if (!has_begun_) {
      has_begun_ = true;
      loader_->set_epoch(number_);
      batch_ = loader_->begin();
    } else if (batch_ != loader_->end()) {
      ++batch_;
    }
    if (batch_ == loader_->end()) {
      return std::nullopt;
    }
    return to_tuple(std::move(*batch_));
  }

 private:
  std::shared_ptr<Loader> loader_;
  std::uint64_t number_;
  bool has_begun_ = false;
  typename Loader::Iterator batch_;
};

template <typename Loader>
void bind_epoch(py::module_& module, const char* name) {
  py::class_<Epoch<Loader>>(module, name)
      .def(py::init<std::shared_ptr<Loader>, std::uint64_t>())
      .def("next", &Epoch<Loader>::next, ReleaseGil());
}

/// A `SerialRegion` from `__enter__` to `__exit__`.
struct ThreadsHold {
  std::optional<SerialRegion> region;
};

void bind_loader_options(py::module_& module) {
  py::class_<DataLoaderOptions>(module, "DataLoaderOptions")
      .def(py::init([] { return DataLoaderOptions{.while_waiting = check_signals}; }))
      .def_readwrite("batch_size", &DataLoaderOptions::batch_size)
      .def_readwrite("shuffle", &DataLoaderOptions::shuffle)
      .def_readwrite("drop_last", &DataLoaderOptions::drop_last)
      .def_readwrite("num_workers", &DataLoaderOptions::num_workers)
      .def_readwrite("device", &DataLoaderOptions::device)
      .def_readwrite("seed", &DataLoaderOptions::seed)
      .def_readwrite("prefetch", &DataLoaderOptions::prefetch)
      .def_readwrite("prefetch_node_feats", &DataLoaderOptions::prefetch_node_feats)
      .def_readwrite("prefetch_labels", &DataLoaderOptions::prefetch_labels)
      .def_readwrite("prefetch_edge_feats", &DataLoaderOptions::prefetch_edge_feats)
      .def_readwrite("positions", &DataLoaderOptions::positions);
}

const Room dataloading_room(50, [](py::module_& module) {
  bind_loader_options(module);
  // For threads that Python starts; `with SerialRegion():`.
  py::class_<ThreadsHold>(module, "SerialRegion")
      .def(py::init<>())
      .def("__enter__", [](ThreadsHold& self) { self.region.emplace(); })
      .def("__exit__", [](ThreadsHold& self, const py::args&) { self.region.reset(); });
  module.def("batches_ahead", &dataloading::detail::batches_ahead, py::arg("num_workers"),
             py::arg("prefetch"));
  module.def(
      "epoch_order",
      [](const at::Tensor& positions, bool shuffle, std::uint64_t key) {
        return shuffle ? positions.index_select(0, dataloading::detail::shuffled_positions(
                                                       positions.numel(), RandomKey(key).stream(0)))
                       : positions;
      },
      py::arg("positions"), py::arg("shuffle"), py::arg("key"), ReleaseGil());
  py::class_<DataLoader, std::shared_ptr<DataLoader>>(module, "DataLoader")
      .def(py::init([](const Graph& graph, const NodeIds& ids,
                       std::shared_ptr<sampling::Sampler> sampler,
                       const DataLoaderOptions& options) {
        return std::make_shared<DataLoader>(graph, ids, std::move(sampler), options);
      }))
      .def("wait_seconds", &DataLoader::wait_seconds);
  py::class_<EdgeDataLoader, std::shared_ptr<EdgeDataLoader>>(module, "EdgeDataLoader")
      .def(py::init<Graph, EdgeIds, sampling::EdgePredictionSampler, DataLoaderOptions>())
      .def("wait_seconds", &EdgeDataLoader::wait_seconds);
  bind_epoch<DataLoader>(module, "Epoch");
  bind_epoch<EdgeDataLoader>(module, "EdgeEpoch");
});

}  // namespace
}  // namespace grapevine::python
