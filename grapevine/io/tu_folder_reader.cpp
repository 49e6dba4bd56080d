#include <ATen/TensorOperators.h>
#include <ATen/ops/_unique2.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/sort.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "grapevine/io/csv.h"
#include "grapevine/io/detail/graph_columns.h"
#include "grapevine/io/tu.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEdgesSuffix = "_A.txt";

/// Rows, sorted by the graph that they belong to.
struct Grouped {
  at::Tensor order;   ///< the file's rows
  at::Tensor counts;  ///< of each graph
};

Grouped group(const at::Tensor& graph_of_row, std::int64_t num_graphs) {
  return {std::get<1>(at::sort(graph_of_row, /*stable=*/true, 0, /*descending=*/false)),
          at::bincount(graph_of_row, {}, num_graphs)};
}

class FolderReader {
 public:
  FolderReader(fs::path folder, TuFolderOptions options)
      : folder_(std::move(folder)), options_(std::move(options)) {}

  GraphClassificationDataset read() {
    const auto [labels, num_classes] = read_graph_labels();
    num_graphs_ = labels.numel();
    const at::Tensor edges = read_structure();
    split_graphs(edges);
    set_columns();
    return {.name = options_.name,
            .graphs = std::move(graphs_),
            .labels = labels,
            .num_classes = num_classes};
  }

 private:
  [[nodiscard]] fs::path path(std::string_view part) const {
    return folder_ / fmt::format("{}_{}.txt", options_.name, part);
  }

  struct Labels {
    at::Tensor labels;
    std::int64_t num_classes;
  };

  [[nodiscard]] Labels read_graph_labels() const {
    const fs::path file = path("graph_labels");
    const at::Tensor values = read_csv(file, {.dtype = at::kLong, .columns = 1}).squeeze(1);
    check(values.numel() > 0, "{}: expected a label for 1 graph or more, got none", file.string());
    const auto [classes, labels, unused] =
        at::_unique2(values, /*sorted=*/true, /*return_inverse=*/true);
    return {labels, classes.numel()};
  }

  /// Ids from 0 of what a file numbers from 1.
  static at::Tensor from_zero(const at::Tensor& ids, std::int64_t count, const std::string& name,
                              std::string_view what) {
    const auto* values = ids.const_data_ptr<std::int64_t>();
    const std::int64_t columns = ids.size(1);
    for (std::int64_t i = 0; i < ids.numel(); ++i) {
      check(values[i] >= 1 && values[i] <= count, "{}: line {}: expected a {} from 1 to {}, got {}",
            name, i / columns + 1, what, count, values[i]);
    }
    return ids - 1;
  }

  /// Endpoints `[num_edges, 2]`, numbered from 0 through all graphs.
  at::Tensor read_structure() {
    const fs::path indicator = path("graph_indicator");
    graph_of_node_ = from_zero(read_csv(indicator, {.dtype = at::kLong, .columns = 1}), num_graphs_,
                               indicator.string(), "graph")
                         .squeeze(1);
    nodes_ = group(graph_of_node_, num_graphs_);
    const fs::path adjacency = path("A");
    const at::Tensor edges = from_zero(read_csv(adjacency, {.dtype = at::kLong, .columns = 2}),
                                       graph_of_node_.numel(), adjacency.string(), "node");
    const at::Tensor graph_of_end = graph_of_node_.index_select(0, edges.flatten()).view({-1, 2});
    const auto* graphs = graph_of_end.const_data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < edges.size(0); ++i) {
      check(graphs[2 * i] == graphs[2 * i + 1],
            "{}: line {}: expected two nodes of one graph, got one of graph {} and one of graph {}",
            adjacency.string(), i + 1, graphs[2 * i] + 1, graphs[2 * i + 1] + 1);
    }
    edges_ = group(graph_of_end.select(1, 0), num_graphs_);
    return edges;
  }

  void split_graphs(const at::Tensor& edges) {
    // Where each node stands among those of its graph.
    const at::Tensor starts = nodes_.counts.cumsum(0) - nodes_.counts;
    const at::Tensor places = at::empty_like(nodes_.order);
    places.index_copy_(0, nodes_.order, at::arange(nodes_.order.numel(), at::kLong));
    const at::Tensor numbers = places - starts.index_select(0, graph_of_node_);
    const at::Tensor ends = edges.index_select(0, edges_.order).t().contiguous();
    const at::Tensor src = numbers.index_select(0, ends[0]);
    const at::Tensor dst = numbers.index_select(0, ends[1]);
    const auto* num_nodes = nodes_.counts.const_data_ptr<std::int64_t>();
    const auto* num_edges = edges_.counts.const_data_ptr<std::int64_t>();
    std::int64_t begin = 0;
    for (std::int64_t i = 0; i < num_graphs_; ++i) {
      graphs_.push_back(graph(src.narrow(0, begin, num_edges[i]),
                              dst.narrow(0, begin, num_edges[i]), {.num_nodes = num_nodes[i]}));
      begin += num_edges[i];
    }
  }

  /// A table with a line for each node or edge, in the graphs' order; undefined without the file.
  [[nodiscard]] at::Tensor read_table(std::string_view part, at::ScalarType dtype,
                                      const Grouped& rows) const {
    const fs::path file = path(part);
    std::error_code error;
    if (!fs::exists(file, error)) {
      return {};
    }
    const at::Tensor table = read_csv(file, {.dtype = dtype});
    check(table.size(0) == rows.order.numel(), "{}: expected {} lines, got {}", file.string(),
          rows.order.numel(), table.size(0));
    return table.index_select(0, rows.order);
  }

  /// Labels less the smallest of them.
  [[nodiscard]] at::Tensor read_labels(std::string_view part, const Grouped& rows) const {
    const at::Tensor labels = read_table(part, at::kLong, rows);
    if (!labels.defined() || labels.numel() == 0) {
      return labels;
    }
    constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
    const auto lowest = labels.min().item<std::int64_t>();
    const auto highest = labels.max().item<std::int64_t>();
    check(lowest >= -kLargest && highest <= kLargest, "{}: expected labels of 32 bits, got {}",
          path(part).string(), lowest < -kLargest ? lowest : highest);
    return labels - lowest;
  }

  void set_columns() {
    const at::Tensor labels = read_labels("node_labels", nodes_);
    const at::Tensor attributes = read_table("node_attributes", at::kFloat, nodes_);
    const at::Tensor edge_labels = read_labels("edge_labels", edges_);
    const at::Tensor edge_attributes = read_table("edge_attributes", at::kFloat, edges_);
    if (labels.defined()) {
      set_node_column(graphs_, "node_labels", labels);
    }
    if (attributes.defined()) {
      set_node_column(graphs_, "node_attr", attributes);
    }
    if (edge_labels.defined()) {
      set_edge_column(graphs_, "edge_labels", edge_labels);
    }
    if (edge_attributes.defined()) {
      set_edge_column(graphs_, "edge_attr", edge_attributes);
    }
    if (options_.encode) {
      set_node_column(graphs_, "feat", input(labels, attributes));
    }
  }

  [[nodiscard]] at::Tensor input(const at::Tensor& labels, const at::Tensor& attributes) const {
    // The smallest is 0, so any other shows that there are several.
    if (labels.defined() && labels.any().item<bool>()) {
      std::vector<at::Tensor> columns;
      for (const at::Tensor& column : labels.unbind(1)) {
        columns.push_back(one_hot(column, path("node_labels").string()));
      }
      return at::cat(columns, 1);
    }
    return attributes.defined() ? attributes
                                : one_hot(in_degrees_of_all(graphs_),
                                          path("A").string() + ": in-degrees of the nodes");
  }

  fs::path folder_;
  TuFolderOptions options_;
  std::int64_t num_graphs_ = 0;
  at::Tensor graph_of_node_;
  Grouped nodes_;
  Grouped edges_;
  std::vector<Graph> graphs_;
};

}  // namespace

std::vector<std::string> tu_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(kEdgesSuffix) && name.size() > kEdgesSuffix.size()) {
      names.push_back(name.substr(0, name.size() - kEdgesSuffix.size()));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

GraphClassificationDataset read_tu_folder(const fs::path& folder, const TuFolderOptions& options) {
  const std::vector<std::string> names = tu_names(folder);
  check(!names.empty(), "{}: expected a file NAME_A.txt in the folder", folder.string());
  if (!options.name.empty()) {
    check(std::binary_search(names.begin(), names.end(), options.name),
          "{}: no files {}_*.txt; data sets there: {}", folder.string(), options.name,
          fmt::join(names, ", "));
    return FolderReader(folder, options).read();
  }
  check(names.size() == 1, "{}: holds several data sets; name one: {}", folder.string(),
        fmt::join(names, ", "));
  return FolderReader(folder, {.name = names.front(), .encode = options.encode}).read();
}

}  // namespace grapevine::io
