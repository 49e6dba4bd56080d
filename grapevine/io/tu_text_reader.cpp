#include <ATen/ops/tensor.h>

#include <charconv>
#include <cstdint>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "grapevine/io/detail/graph_columns.h"
#include "grapevine/io/file.h"
#include "grapevine/io/tu.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

namespace fs = std::filesystem;

/// Numbers 0, 1, ... for values in the order in which they first appear.
class Renumbering {
 public:
  std::int64_t operator()(std::int64_t value) {
    return numbers_.emplace(value, size()).first->second;
  }
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(numbers_.size()); }

 private:
  std::map<std::int64_t, std::int64_t> numbers_;
};

/// The words of a file, line by line.
class WordReader {
 public:
  explicit WordReader(const fs::path& path) : name_(path.string()), text_(read_file(path)) {
    rest_ = text_;
  }

  /// Goes to the next line; `expected` is what it should hold.
  void next_line(std::string_view expected) {
    check(!rest_.empty(), "{}: ends after line {}: expected {}", name_, number_, expected);
    const std::size_t end = rest_.find('\n');
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++number_;
  }

  /// The next word of the line; empty at its end.
  std::string_view word() {
    constexpr std::string_view kSpace = " \t\r";
    const std::size_t begin = line_.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) {
      line_ = {};
      return {};
    }
    line_.remove_prefix(begin);
    const std::string_view found = line_.substr(0, line_.find_first_of(kSpace));
    line_.remove_prefix(found.size());
    return found;
  }

  template <typename T>
  T number(std::string_view expected) {
    const std::string_view found = word();
    check(!found.empty(), "{}: line {}: expected {}, got the line's end", name_, number_, expected);
    return parse<T>(found, expected);
  }

  template <typename T>
  T parse(std::string_view found, std::string_view expected) const {
    T value{};
    const char* end = found.data() + found.size();
    const auto result = std::from_chars(found.data(), end, value);
    check(result.ec == std::errc() && result.ptr == end, "{}: line {}: expected {}, got \"{}\"",
          name_, number_, expected, printable(found));
    return value;
  }

  void end_line() {
    const std::string_view found = word();
    check(found.empty(), "{}: line {}: expected the line's end, got \"{}\"", name_, number_,
          printable(found));
  }

  void end_file() {
    while (!rest_.empty()) {
      next_line("the end");
      end_line();
    }
  }

  template <typename... Args>
  void expect(bool condition, fmt::format_string<Args...> format, Args&&... args) const {
    if (!condition) {
      fail("{}: line {}: {}", name_, number_, fmt::format(format, std::forward<Args>(args)...));
    }
  }

 private:
  static std::string printable(std::string_view word) {
    constexpr std::size_t kLength = 24;
    std::string shown(word.substr(0, kLength));
    for (char& character : shown) {
      character = character < ' ' || character > '~' ? '?' : character;
    }
    return shown + (word.size() > kLength ? "..." : "");
  }

  std::string name_;
  std::string text_;
  std::string_view rest_;
  std::string_view line_;
  std::int64_t number_ = 0;
};

class TextReader {
 public:
  TextReader(const fs::path& path, const TuTextOptions& options)
      : path_(path), options_(options), words_(path) {}

  GraphClassificationDataset read() {
    words_.next_line("the number of graphs");
    const auto num_graphs = words_.number<std::int64_t>("the number of graphs");
    words_.expect(num_graphs > 0, "expected 1 graph or more, got {}", num_graphs);
    words_.end_line();
    for (std::int64_t i = 0; i < num_graphs; ++i) {
      read_graph();
    }
    words_.end_file();
    set_features();
    return {.name = path_.stem().string(),
            .graphs = std::move(graphs_),
            .labels = at::tensor(labels_, at::kLong),
            .num_classes = label_numbers_.size()};
  }

 private:
  void read_graph() {
    words_.next_line("a graph");
    const auto num_nodes = words_.number<std::int64_t>("a graph's number of nodes");
    words_.expect(num_nodes >= 0, "expected 0 nodes or more, got {}", num_nodes);
    labels_.push_back(label_numbers_(words_.number<std::int64_t>("a graph's label")));
    words_.end_line();
    std::vector<std::int64_t> src;
    std::vector<std::int64_t> dst;
    for (std::int64_t node = 0; node < num_nodes; ++node) {
      words_.next_line("a node");
      node_labels_.push_back(node_numbers_(words_.number<std::int64_t>("a node's label")));
      read_neighbors(num_nodes, dst);
      if (options_.self_loop) {
        dst.push_back(node);
      }
      src.resize(dst.size(), node);
      read_attributes();
    }
    graphs_.push_back(graph(src, dst, {.num_nodes = num_nodes}));
  }

  void read_neighbors(std::int64_t num_nodes, std::vector<std::int64_t>& neighbors) {
    const auto count = words_.number<std::int64_t>("a number of neighbours");
    words_.expect(count >= 0, "expected 0 neighbours or more, got {}", count);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto neighbor = words_.number<std::int64_t>("a neighbour");
      words_.expect(neighbor >= 0 && neighbor < num_nodes,
                    "expected a neighbour in [0, {}), got {}", num_nodes, neighbor);
      neighbors.push_back(neighbor);
    }
  }

  void read_attributes() {
    std::int64_t count = 0;
    for (std::string_view word = words_.word(); !word.empty(); word = words_.word()) {
      attributes_.push_back(words_.parse<float>(word, "an attribute"));
      ++count;
    }
    if (node_labels_.size() == 1) {
      num_attributes_ = count;
    }
    words_.expect(count == num_attributes_, "expected {} attributes, as the first node has, got {}",
                  num_attributes_, count);
  }

  void set_features() {
    at::Tensor label = at::tensor(node_labels_, at::kLong);
    if (options_.degree_as_label && num_attributes_ == 0) {
      label = in_degrees_of_all(graphs_);
    }
    set_node_column(graphs_, "label", label);
    const std::string what = path_.string() + ": node labels";
    at::Tensor attributes;
    if (num_attributes_ > 0) {
      attributes = at::tensor(attributes_, at::kFloat).view({-1, num_attributes_});
      set_node_column(graphs_, "attr", attributes);
    }
    if (!options_.encode) {
      return;
    }
    const bool has_labels = node_numbers_.size() > 1 || options_.degree_as_label;
    const at::Tensor encoded =
        has_labels || !attributes.defined() ? one_hot(label, what) : at::Tensor();
    if (!attributes.defined()) {
      set_node_column(graphs_, "attr", encoded);
    }
    set_node_column(graphs_, "feat",
                    has_labels ? encoded
                    : attributes.defined()
                        ? attributes
                        : one_hot(in_degrees_of_all(graphs_), path_.string() + ": in-degrees"));
  }

  fs::path path_;
  TuTextOptions options_;
  WordReader words_;
  std::vector<Graph> graphs_;
  std::vector<std::int64_t> labels_;
  Renumbering label_numbers_;
  std::vector<std::int64_t> node_labels_;  // of all graphs
  Renumbering node_numbers_;
  std::vector<float> attributes_;  // of all graphs
  std::int64_t num_attributes_ = 0;
};

}  // namespace

GraphClassificationDataset read_tu_text(const fs::path& file, const TuTextOptions& options) {
  return TextReader(file, options).read();
}

}  // namespace grapevine::io
