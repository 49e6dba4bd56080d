#include "grapevine/io/dataset_file.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "grapevine/io/detail/pickle_text.h"
#include "grapevine/io/detail/tensor_file.h"
#include "grapevine/io/file.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

at::Tensor bytes_of(const std::string& text) {
  at::Tensor bytes = at::empty({static_cast<std::int64_t>(text.size())}, at::kByte);
  std::memcpy(bytes.mutable_data_ptr(), text.data(), text.size());
  return bytes;
}

/// The labels of a graph file that is a data set.
class DatasetLabels {
 public:
  DatasetLabels(const GraphLabels& labels, std::string file)
      : labels_(labels), file_(std::move(file)) {}

  /// A vector of that dtype.
  [[nodiscard]] at::Tensor vector(const std::string& name, at::ScalarType dtype) const {
    const auto found = labels_.find(name);
    check(found != labels_.end(), "{}: is no data set: it has no \"{}\"", file_, name);
    const at::Tensor& value = found->second;
    check(value.dim() == 1 && value.scalar_type() == dtype,
          "{}: \"{}\": expected {} of one dimension, got {} [{}]", file_, name, at::toString(dtype),
          at::toString(value.scalar_type()), fmt::join(value.sizes(), ", "));
    return value;
  }

  [[nodiscard]] std::string text(const std::string& name) const {
    const at::Tensor bytes = vector(name, at::kByte).contiguous();
    std::string result(static_cast<const char*>(bytes.const_data_ptr()), bytes.nbytes());
    check(is_utf8(result), "{}: \"{}\" is not UTF-8", file_, name);
    return result;
  }

  /// Ids in `[0, count)`.
  [[nodiscard]] at::Tensor ids(const std::string& name, at::ScalarType dtype,
                               std::int64_t count) const {
    const at::Tensor result = vector(name, dtype);
    if (result.numel() > 0) {
      const auto lowest = result.min().item<std::int64_t>();
      const auto highest = result.max().item<std::int64_t>();
      check(lowest >= 0 && highest < count, "{}: \"{}\": expected node ids in [0, {}), got {}",
            file_, name, count, lowest < 0 ? lowest : highest);
    }
    return result;
  }

 private:
  const GraphLabels& labels_;
  std::string file_;
};

}  // namespace

bool is_graph_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return false;
  }
  InputFile file(path);
  auto start = detail::TensorFileHeader::kMagic;
  start.fill('\0');
  return file.read(start.data(), start.size()) == start.size() &&
         start == detail::TensorFileHeader::kMagic;
}

void write_dataset_file(const NodeClassificationDataset& dataset,
                        const std::filesystem::path& path) {
  save_graphs(path, {dataset.graph},
              {{"labels", dataset.labels},
               {"train", dataset.split.train},
               {"valid", dataset.split.valid},
               {"test", dataset.split.test},
               {"num_classes", at::full({1}, dataset.num_classes, at::kLong)},
               {"name", bytes_of(dataset.name)},
               {"ntype", bytes_of(dataset.ntype)}});
}

NodeClassificationDataset read_dataset_file(const std::filesystem::path& path,
                                            const LoadGraphsOptions& options) {
  const GraphFile file = load_graphs(path, {}, options);
  const std::string name = path.string();
  check(file.graphs.size() == 1, "{}: is no data set: expected one graph, got {}", name,
        file.graphs.size());
  const Graph& graph = file.graphs.front();
  const DatasetLabels labels(file.labels, name);
  NodeClassificationDataset dataset{
      .name = labels.text("name"), .ntype = labels.text("ntype"), .graph = graph};
  const std::vector<std::string>& ntypes = graph.ntypes();
  check(std::find(ntypes.begin(), ntypes.end(), dataset.ntype) != ntypes.end(),
        "{}: \"ntype\": expected one of [{}], got \"{}\"", name, fmt::join(ntypes, ", "),
        dataset.ntype);
  const std::int64_t num_nodes = graph.num_nodes(dataset.ntype);
  const at::Tensor num_classes = labels.vector("num_classes", at::kLong);
  check(num_classes.numel() == 1 && num_classes.item<std::int64_t>() >= 0,
        "{}: \"num_classes\": expected one number of 0 or more", name);
  dataset.num_classes = num_classes.item<std::int64_t>();
  dataset.labels = labels.vector("labels", at::kLong);
  check(dataset.labels.numel() == num_nodes, "{}: \"labels\": expected {} values, got {}", name,
        num_nodes, dataset.labels.numel());
  dataset.split = {labels.ids("train", graph.idtype(), num_nodes),
                   labels.ids("valid", graph.idtype(), num_nodes),
                   labels.ids("test", graph.idtype(), num_nodes)};
  return dataset;
}

}  // namespace grapevine::io
