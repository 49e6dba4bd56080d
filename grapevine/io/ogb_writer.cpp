#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/stack.h>

#include <limits>
#include <string_view>

#include "grapevine/io/csv.h"
#include "grapevine/io/detail/names.h"
#include "grapevine/io/file.h"
#include "grapevine/io/ogb.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTableSuffix = ".csv.gz";

void write_table(const fs::path& folder, const std::string& table, const at::Tensor& values) {
  write_csv(folder / (table + std::string(kTableSuffix)), values);
}

void write_count(const fs::path& folder, const std::string& table, std::int64_t count) {
  write_table(folder, table, at::scalar_tensor(count, at::kLong).reshape({1}));
}

/// Every column except "feat" and "label", which have files of their own.
void write_extras(const fs::path& folder, const std::string& prefix, const FrameView& frame) {
  for (const std::string& column : frame.keys()) {
    if (column == "feat" || column == "label") {
      continue;
    }
    check_file_name(column, "feature");
    const at::Tensor values = frame[column];
    check(values.dim() == 1 || values.dim() == 2,
          "feature \"{}\": expected at most 2 dimensions for OGB, got {}", column, values.dim());
    write_table(folder, prefix + column, values);
  }
}

}  // namespace

void write_ogb(const NodeClassificationDataset& dataset, const fs::path& folder,
               const std::string& split_scheme) {
  const Graph& graph = dataset.graph;
  check(graph.is_homogeneous(),
        "graph: expected one node type and one relation for OGB, got {} and {}",
        graph.ntypes().size(), graph.canonical_etypes().size());
  check(graph.ndata().contains("feat") && graph.ndata()["feat"]->dim() == 2,
        "graph: expected a node feature \"feat\" [num_nodes, size] for OGB");
  check_file_name(split_scheme, "split scheme");
  const fs::path raw = folder / "raw";
  const fs::path split = folder / "split" / split_scheme;
  make_folder(raw);
  make_folder(split);
  const EdgePair edges = graph.edges().uv();
  write_table(raw, "edge", at::stack({edges.src, edges.dst}, 1));
  write_count(raw, "num-node-list", graph.num_nodes());
  write_count(raw, "num-edge-list", graph.num_edges());
  write_table(raw, "node-feat", graph.ndata()["feat"]);
  const at::Tensor unknown = dataset.labels.lt(0);
  write_table(raw, "node-label",
              unknown.any().item<bool>()
                  ? dataset.labels.to(at::kDouble)
                        .masked_fill(unknown, std::numeric_limits<double>::quiet_NaN())
                  : dataset.labels);
  write_extras(raw, "node_", graph.ndata());
  if (graph.edata().contains("feat")) {
    write_table(raw, "edge-feat", graph.edata()["feat"]);
  }
  write_extras(raw, "edge_", graph.edata());
  write_table(split, "train", dataset.split.train);
  write_table(split, "valid", dataset.split.valid);
  write_table(split, "test", dataset.split.test);
  // The ogb package takes a folder without this file for one of an old release.
  write_file(folder / "RELEASE_v1.txt", {dataset.name, "\n"});
}

}  // namespace grapevine::io
