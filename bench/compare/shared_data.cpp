#include "bench/compare/shared_data.h"

#include <ATen/TensorOperators.h>

#include "grapevine/io/npy.h"

namespace grapevine::compare {

const Graph& SharedData::graph(const std::string& name) const {
  if (const auto found = graphs_.find(name); found != graphs_.end()) {
    return found->second;
  }
  const std::filesystem::path folder = folder_ / name;
  const auto read = [&](const char* file) { return io::read_npy(folder / file); };
  const auto num_nodes = read("num_nodes.npy").item<std::int64_t>();
  Graph result = grapevine::graph(read("src.npy"), read("dst.npy"), {.num_nodes = num_nodes});
  if (name == "arxiv") {
    result.ndata()["feat"] = read("feat.npy");
    result.ndata()["label"] = read("label.npy");
    result.edata()["prob"] = read("prob.npy");
  }
  result.create_formats_();
  return graphs_.emplace(name, std::move(result)).first->second;
}

const at::Tensor& SharedData::train_nodes() const {
  if (!train_nodes_.defined()) {
    train_nodes_ = io::read_npy(folder_ / "arxiv" / "train.npy");
  }
  return train_nodes_;
}

std::int64_t SharedData::num_classes() const {
  return graph("arxiv").ndata()["label"]->max().item<std::int64_t>() + 1;
}

}  // namespace grapevine::compare
