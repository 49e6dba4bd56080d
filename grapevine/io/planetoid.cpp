#include "grapevine/io/planetoid.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "grapevine/io/csv.h"
#include "grapevine/io/detail/columns.h"
#include "grapevine/io/detail/pickle_numpy.h"
#include "grapevine/io/file.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "ind.";
constexpr std::string_view kGraphSuffix = ".graph";

/// How much larger than what is stored dense features may be: nothing in a file proves their width.
constexpr std::int64_t kMaxExpansion = 1000;

/// Which of the folder's data sets is meant.
std::string chosen_name(const fs::path& folder, const std::string& name) {
  const std::vector<std::string> names = planetoid_names(folder);
  if (!name.empty()) {
    check(std::binary_search(names.begin(), names.end(), name),
          "{}: no files ind.{}.*; data sets there: {}", folder.string(), name,
          fmt::join(names, ", "));
    return name;
  }
  check(!names.empty(), "{}: not a planetoid folder: expected a file ind.NAME.graph in it",
        folder.string());
  check(names.size() == 1, "{}: holds several data sets; name one: {}", folder.string(),
        fmt::join(names, ", "));
  return names.front();
}

class PlanetoidReader {
 public:
  PlanetoidReader(const fs::path& folder, const PlanetoidOptions& options)
      : folder_(folder), options_(options), name_(chosen_name(folder, options.name)) {
    check(options.num_valid >= 0, "num_valid: expected 0 or more, got {}", options.num_valid);
  }

  NodeClassificationDataset read() {
    Graph graph = read_graph();
    const CsrMatrix training = read_csr_matrix(unpickled("x"));
    const CsrMatrix known = read_csr_matrix(unpickled("allx"));
    const CsrMatrix test = read_csr_matrix(unpickled("tx"));
    check_sizes(training, known, test);
    const at::Tensor test_ids = read_test_ids(known.rows, test.rows);
    const auto [labels, num_classes] = read_labels(training.rows, known.rows, test_ids);
    const IndexSplit split = {
        .train = at::arange(training.rows),
        .valid = at::arange(training.rows, training.rows + options_.num_valid),
        .test = std::get<0>(test_ids.sort())};
    const FrameView columns = graph.ndata();
    columns["train_mask"] = mask(split.train);
    columns["val_mask"] = mask(split.valid);
    columns["test_mask"] = mask(split.test);
    columns["label"] = labels;
    columns["feat"] = features(known, test, test_ids);
    return {.name = name_,
            .ntype = kDefaultNtype,
            .graph = graph,
            .labels = labels,
            .split = split,
            .num_classes = num_classes};
  }

 private:
  [[nodiscard]] fs::path path(std::string_view part) const {
    return folder_ / fmt::format("{}{}.{}", kPrefix, name_, part);
  }

  [[nodiscard]] std::string file(std::string_view part) const { return path(part).string(); }

  [[nodiscard]] Pickle unpickled(std::string_view part) const {
    return read_pickle(read_file(path(part)), file(part));
  }

  /// Sets the number of nodes: that of the dict's keys.
  [[nodiscard]] Graph read_graph() {
    const Pickle pickle = unpickled("graph");
    const auto& [order, neighbors] = adjacency(pickle);
    num_nodes_ = static_cast<std::int64_t>(order.size());
    std::vector<std::int64_t> src;
    std::vector<std::int64_t> dst;
    std::vector<std::int64_t> last_source(order.size(), -1);
    for (const std::int64_t node : order) {
      for (const std::int64_t neighbor : neighbors[static_cast<std::size_t>(node)]) {
        std::int64_t& last = last_source[static_cast<std::size_t>(neighbor)];
        if (last != node) {
          last = node;
          src.push_back(node);
          dst.push_back(neighbor);
        }
      }
    }
    return graph(src, dst, {.num_nodes = num_nodes_});
  }

  /// What networkx makes of the dict: its nodes in the dict's order and, for each node, neighbours
  /// in the order in which edges first name them from either end. Duplicates are still there.
  struct Adjacency {
    std::vector<std::int64_t> order;
    std::vector<std::vector<std::int64_t>> neighbors;
  };

  [[nodiscard]] static Adjacency adjacency(const Pickle& pickle) {
    check(pickle.root.kind == PickleKind::kDict, "{}: expected a dict of lists of neighbours",
          pickle.name);
    const std::vector<PickleValue>& items = pickle.items_of(pickle.root);
    const std::size_t count = items.size() / 2;
    Adjacency result = {.neighbors = std::vector<std::vector<std::int64_t>>(count)};
    std::vector<bool> seen(count);
    std::size_t listed = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t node = node_id(pickle, items[2 * i], count);
      check(!seen[node], "{}: node {} occurs twice", pickle.name, node);
      seen[node] = true;
      result.order.push_back(static_cast<std::int64_t>(node));
      check(items[2 * i + 1].kind == PickleKind::kList,
            "{}: node {}: expected a list of neighbours", pickle.name, node);
      const std::vector<PickleValue>& list = pickle.items_of(items[2 * i + 1]);
      // Lists can be shared, and then there are more edges than bytes.
      listed += list.size();
      check(listed <= pickle.file->size(), "{}: node {}: its neighbours are also another node's",
            pickle.name, node);
      for (const PickleValue& value : list) {
        const std::size_t neighbor = node_id(pickle, value, count);
        result.neighbors[node].push_back(static_cast<std::int64_t>(neighbor));
        if (neighbor != node) {
          result.neighbors[neighbor].push_back(static_cast<std::int64_t>(node));
        }
      }
    }
    return result;
  }

  static std::size_t node_id(const Pickle& pickle, const PickleValue& value, std::size_t count) {
    check(value.kind == PickleKind::kInt, "{}: expected a node's id, got another value",
          pickle.name);
    check(value.number >= 0 && static_cast<std::uint64_t>(value.number) < count,
          "{}: node {} is out of range: {} nodes have a list of neighbours", pickle.name,
          value.number, count);
    return static_cast<std::size_t>(value.number);
  }

  void check_sizes(const CsrMatrix& training, const CsrMatrix& known, const CsrMatrix& test) const {
    check(training.columns == known.columns, "{}: expected {} features as in {}, got {}", file("x"),
          known.columns, file("allx"), training.columns);
    check(test.columns == known.columns, "{}: expected {} features as in {}, got {}", file("tx"),
          known.columns, file("allx"), test.columns);
    check(training.rows <= known.rows, "{}: {} training nodes, but {} has {} rows", file("x"),
          training.rows, file("allx"), known.rows);
    check(options_.num_valid <= num_nodes_ - training.rows,
          "{}: {} nodes: expected {} training and {} validation nodes", file("graph"), num_nodes_,
          training.rows, options_.num_valid);
    const std::int64_t stored = known.indices.numel() + test.indices.numel();
    check(known.columns == 0 || num_nodes_ <= kMaxExpansion * stored / known.columns,
          "{}: {} features of {} nodes, with {} values in all: too sparse to be made dense",
          file("allx"), known.columns, num_nodes_, stored);
  }

  [[nodiscard]] at::Tensor read_test_ids(std::int64_t begin, std::int64_t rows) const {
    const std::string name = file("test.index");
    const at::Tensor ids =
        ids_from(read_csv(name, {.dtype = at::kLong, .columns = 1}), num_nodes_, name).contiguous();
    check(ids.numel() == rows, "{}: expected {} test nodes as {} has rows, got {}", name, rows,
          file("tx"), ids.numel());
    const at::Tensor sorted = std::get<0>(ids.sort());
    const auto* values = sorted.const_data_ptr<std::int64_t>();
    check(rows > 0 && values[0] == begin && values[rows - 1] == num_nodes_ - 1,
          "{}: expected ids from {}, as many as {} has rows, to {}, the last node of {}", name,
          begin, file("allx"), num_nodes_ - 1, file("graph"));
    const auto* twice = std::adjacent_find(values, values + rows);
    check(twice == values + rows, "{}: node {} occurs twice", name,
          twice == values + rows ? 0 : *twice);
    return ids;
  }

  /// One-hot labels as `[rows, classes]` float64.
  [[nodiscard]] at::Tensor one_hot(std::string_view part, std::int64_t rows) const {
    const at::Tensor table = read_array(unpickled(part));
    check(table.dim() == 2 && table.size(0) == rows,
          "{}: expected one-hot labels of {} nodes, got shape {}", file(part), rows,
          fmt::format("[{}]", fmt::join(table.sizes(), ", ")));
    return table.to(at::kDouble);
  }

  struct Labels {
    at::Tensor labels;
    std::int64_t num_classes;
  };

  [[nodiscard]] Labels read_labels(std::int64_t training_rows, std::int64_t known_rows,
                                   const at::Tensor& test_ids) const {
    const at::Tensor training = one_hot("y", training_rows);
    const at::Tensor known = one_hot("ally", known_rows);
    const at::Tensor test = one_hot("ty", test_ids.numel());
    const std::int64_t classes = known.size(1);
    check(classes > 0, "{}: expected at least one class", file("ally"));
    check(training.size(1) == classes, "{}: expected {} classes as in {}, got {}", file("y"),
          classes, file("ally"), training.size(1));
    check(test.size(1) == classes, "{}: expected {} classes as in {}, got {}", file("ty"), classes,
          file("ally"), test.size(1));
    at::Tensor labels = at::zeros({num_nodes_}, at::kLong);
    labels.slice(0, 0, known_rows).copy_(known.argmax(1));
    labels.index_copy_(0, test_ids, test.argmax(1));
    return {labels, classes};
  }

  [[nodiscard]] at::Tensor features(const CsrMatrix& known, const CsrMatrix& test,
                                    const at::Tensor& test_ids) const {
    at::Tensor dense = at::zeros({num_nodes_, known.columns}, at::kFloat);
    fill(dense, known, at::arange(known.rows));
    fill(dense, test, test_ids);
    return dense;
  }

  /// Writes row i of the matrix to row `rows[i]`.
  void fill(const at::Tensor& dense, const CsrMatrix& matrix, const at::Tensor& rows) const {
    const auto* offsets = matrix.indptr.const_data_ptr<std::int64_t>();
    const auto* columns = matrix.indices.const_data_ptr<std::int64_t>();
    const auto* values = matrix.values.const_data_ptr<double>();
    const auto* targets = rows.const_data_ptr<std::int64_t>();
    auto* out = dense.mutable_data_ptr<float>();
    for (std::int64_t row = 0; row < matrix.rows; ++row) {
      double sum = 0;
      for (std::int64_t i = offsets[row]; i < offsets[row + 1]; ++i) {
        sum += values[i];
      }
      const double inverse = sum == 0 ? 0 : 1 / sum;
      const double scale = options_.row_normalize ? inverse : 1;
      for (std::int64_t i = offsets[row]; i < offsets[row + 1]; ++i) {
        out[targets[row] * matrix.columns + columns[i]] += static_cast<float>(values[i] * scale);
      }
    }
  }

  [[nodiscard]] at::Tensor mask(const at::Tensor& ids) const {
    return at::zeros({num_nodes_}, at::kBool).index_fill_(0, ids, true);
  }

  fs::path folder_;
  PlanetoidOptions options_;
  std::string name_;
  std::int64_t num_nodes_ = 0;
};

}  // namespace

std::vector<std::string> planetoid_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(kPrefix) && name.ends_with(kGraphSuffix) &&
        name.size() > kPrefix.size() + kGraphSuffix.size()) {
      names.push_back(
          name.substr(kPrefix.size(), name.size() - kPrefix.size() - kGraphSuffix.size()));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

NodeClassificationDataset read_planetoid(const fs::path& folder, const PlanetoidOptions& options) {
  return PlanetoidReader(folder, options).read();
}

}  // namespace grapevine::io
