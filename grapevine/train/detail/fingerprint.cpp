#include "grapevine/train/detail/fingerprint.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace grapevine::train::detail {
namespace {

/// How many values of a large tensor count.
constexpr std::int64_t kValues = 4096;

/// FNV-1a, 64 bits.
class Hash {
 public:
  void add(std::string_view bytes) {
    for (const char byte : bytes) {
      value_ = (value_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
    }
  }
  void add(std::int64_t number) { add(fmt::format("{};", number)); }
  void add_all(const at::Tensor& tensor) {
    const at::Tensor values = tensor.cpu().contiguous();
    add(fmt::format("{}[{}]", at::toString(values.scalar_type()), fmt::join(values.sizes(), ",")));
    add({static_cast<const char*>(values.const_data_ptr()), values.nbytes()});
  }
  void add_some(const at::Tensor& tensor) {
    const std::int64_t size = tensor.numel();
    add(size);
    const std::int64_t step = std::max<std::int64_t>(size / kValues, 1);
    const at::Tensor places =
        at::arange(0, size, step, at::TensorOptions(at::kLong).device(tensor.device()));
    add_all(tensor.contiguous().view({-1}).index_select(0, places));
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

}  // namespace

std::string fingerprint(const datasets::NodeClassificationDataset& dataset) {
  Hash hash;
  hash.add(dataset.graph.num_nodes());
  const ops::Csr& in_edges = dataset.graph.adjacency()->csc();
  hash.add_some(in_edges.indptr);
  hash.add_some(in_edges.indices);
  for (const auto& features : {dataset.graph.ndata(), dataset.graph.edata()}) {
    for (const std::string& name : features.keys()) {
      hash.add(name);
      hash.add_some(features[name]);
    }
  }
  hash.add_all(dataset.labels);
  hash.add_all(dataset.split.train);
  hash.add_all(dataset.split.valid);
  hash.add_all(dataset.split.test);
  return fmt::format("{:016x}", hash.value());
}

}  // namespace grapevine::train::detail
