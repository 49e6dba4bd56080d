#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "grapevine/io/csv.h"
#include "grapevine/io/detail/columns.h"
#include "grapevine/io/detail/table_cache.h"
#include "grapevine/io/ogb.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".csv.gz";

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

/// Names in a folder, sorted; none if it cannot be listed.
std::vector<std::string> names_in(const fs::path& folder, bool folders) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored) == folders) {
      names.push_back(entry->path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class OgbReader {
 public:
  OgbReader(const fs::path& folder, const OgbOptions& options)
      : folder_(folder), options_(options) {}

  NodeClassificationDataset read() {
    check(!is_there(raw("num-node-dict")), "{}: heterogeneous OGB folders cannot be read",
          raw("num-node-dict").string());
    num_nodes_ = count("num-node-list");
    num_edges_ = count("num-edge-list");
    Graph graph = read_graph();
    graph.ndata()["feat"] = features("node-feat", num_nodes_);
    const fs::path label_file = raw("node-label");
    const at::Tensor label_table =
        read_csv(label_file, {.dtype = at::kDouble, .allow_missing = true});
    check(label_table.size(1) == 1, "{}: expected one label a node, got {} (several tasks)",
          label_file.string(), label_table.size(1));
    check_rows(label_file, label_table, num_nodes_);
    const at::Tensor labels = labels_from(label_table, label_file.string());
    graph.ndata()["label"] = labels;
    read_extras(graph.ndata(), "node_", num_nodes_);
    if (is_there(raw("edge-feat"))) {
      graph.edata()["feat"] = features("edge-feat", num_edges_);
    }
    read_extras(graph.edata(), "edge_", num_edges_);
    return {.name = name(),
            .ntype = kDefaultNtype,
            .graph = graph,
            .labels = labels,
            .split = read_split(),
            .num_classes = count_classes(labels)};
  }

 private:
  [[nodiscard]] fs::path raw(const std::string& table) const {
    return folder_ / "raw" / (table + std::string(kSuffix));
  }

  [[nodiscard]] std::string name() const {
    std::error_code error;
    const fs::path absolute = fs::weakly_canonical(folder_, error);
    return (error ? folder_ : absolute).filename().string();
  }

  [[nodiscard]] at::Tensor large_table(const std::string& table, const CsvOptions& options) const {
    if (!options_.cache || !is_there(raw(table))) {
      return read_csv(raw(table), options);
    }
    return read_csv_cached(raw(table), folder_ / "processed" / ("grapevine-" + table + ".bin"),
                           options);
  }

  static void check_rows(const fs::path& file, const at::Tensor& table, std::int64_t rows) {
    check(table.size(0) == rows, "{}: expected {} rows, got {}", file.string(), rows,
          table.size(0));
  }

  [[nodiscard]] std::int64_t count(const std::string& table) const {
    const at::Tensor counts = read_csv(raw(table), {.dtype = at::kLong, .columns = 1});
    check(counts.size(0) == 1, "{}: expected one graph, got {}", raw(table).string(),
          counts.size(0));
    const auto value = counts.item<std::int64_t>();
    check(value >= 0, "{}: expected a count, got {}", raw(table).string(), value);
    return value;
  }

  [[nodiscard]] at::Tensor features(const std::string& table, std::int64_t rows) const {
    at::Tensor values = large_table(table, {.dtype = at::kFloat});
    check_rows(raw(table), values, rows);
    return values;
  }

  [[nodiscard]] Graph read_graph() const {
    const fs::path file = raw("edge");
    const at::Tensor edges = large_table("edge", {.dtype = at::kLong, .columns = 2});
    check_rows(file, edges, num_edges_);
    // The features' rows are the proof that there are as many nodes as the count says.
    const at::Tensor src = ids_from(edges.select(1, 0), num_nodes_, file.string() + ": column 1");
    const at::Tensor dst = ids_from(edges.select(1, 1), num_nodes_, file.string() + ": column 2");
    return graph(src.contiguous(), dst.contiguous(), {.num_nodes = num_nodes_});
  }

  /// Tables `raw/node_year.csv.gz` and the like: integers stay integers, a single column becomes
  /// `[n]`.
  void read_extras(const FrameView& frame, std::string_view prefix, std::int64_t rows) const {
    for (const std::string& file_name : names_in(folder_ / "raw", false)) {
      if (!file_name.starts_with(prefix) || !file_name.ends_with(kSuffix) ||
          file_name.size() == prefix.size() + kSuffix.size()) {
        continue;
      }
      const fs::path file = folder_ / "raw" / file_name;
      at::Tensor values = read_csv(file, {.dtype = at::kDouble, .allow_missing = true});
      check_rows(file, values, rows);
      const at::Tensor integers = values.to(at::kLong);
      values = integers.equal(values.trunc()) && integers.to(at::kDouble).equal(values)
                   ? integers
                   : values.to(at::kFloat);
      std::string column = file_name.substr(prefix.size());
      column.resize(column.size() - kSuffix.size());
      frame[column] = values.size(1) == 1 ? values.squeeze(1) : values;
    }
  }

  [[nodiscard]] fs::path split_folder() const {
    const fs::path all = folder_ / "split";
    if (!options_.split.empty()) {
      check(is_there(all / options_.split), "{}: no such split; known are: {}",
            (all / options_.split).string(),
            fmt::format("{}", fmt::join(names_in(all, true), ", ")));
      return all / options_.split;
    }
    const std::vector<std::string> schemes = names_in(all, true);
    check(!schemes.empty(), "{}: expected the folder of a split, got none", all.string());
    check(schemes.size() == 1, "{}: has several splits; choose one of: {}", all.string(),
          fmt::format("{}", fmt::join(schemes, ", ")));
    return all / schemes.front();
  }

  [[nodiscard]] IndexSplit read_split() const {
    const fs::path folder = split_folder();
    const auto part = [&](const std::string& part_name) {
      const fs::path file = folder / (part_name + std::string(kSuffix));
      return ids_from(read_csv(file, {.dtype = at::kLong, .columns = 1}), num_nodes_,
                      file.string());
    };
    return {.train = part("train"), .valid = part("valid"), .test = part("test")};
  }

  fs::path folder_;
  OgbOptions options_;
  std::int64_t num_nodes_ = 0;
  std::int64_t num_edges_ = 0;
};

}  // namespace

bool is_ogb(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder / "raw", error) && fs::is_directory(folder / "split", error);
}

NodeClassificationDataset read_ogb(const fs::path& folder, const OgbOptions& options) {
  check(is_ogb(folder), "{}: not an OGB folder: expected raw/ and split/ in it", folder.string());
  return OgbReader(folder, options).read();
}

}  // namespace grapevine::io
