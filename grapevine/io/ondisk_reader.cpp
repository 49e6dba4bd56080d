#include <ATen/ops/full.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "grapevine/io/csv.h"
#include "grapevine/io/detail/columns.h"
#include "grapevine/io/detail/yaml_map.h"
#include "grapevine/io/file.h"
#include "grapevine/io/npy.h"
#include "grapevine/io/ondisk.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMetadata = "metadata.yaml";
constexpr std::int64_t kMaxNodes = std::int64_t{1} << 40;

/// Seeds and labels of one set.
struct TaskSet {
  std::string ntype;
  at::Tensor seeds;
  at::Tensor labels;  ///< undefined if the set has none
};

/// "a:rel:b"
CanonicalEtype parse_etype(const std::string& text, const std::string& where) {
  const std::size_t first = text.find(':');
  const std::size_t last = text.rfind(':');
  check(first != std::string::npos && first != last && text.find(':', first + 1) == last,
        "{}: expected \"source:relation:destination\", got \"{}\"", where, text);
  return {text.substr(0, first), text.substr(first + 1, last - first - 1), text.substr(last + 1)};
}

class OnDiskReader {
 public:
  OnDiskReader(const fs::path& folder, const OnDiskOptions& options)
      : folder_(folder), options_(options), metadata_(YamlMap::load(folder / kMetadata)) {}

  NodeClassificationDataset read() {
    metadata_.allow_only(
        {"dataset_name", "graph", "feature_data", "tasks", "include_original_edge_id"});
    const YamlMap graph_map = metadata_.map("graph");
    graph_map.allow_only({"nodes", "edges", "feature_data"});
    read_graph(graph_map);
    for (const YamlMap& owner : {graph_map, metadata_}) {
      for (const YamlMap& entry :
           owner.has("feature_data") ? owner.list("feature_data") : std::vector<YamlMap>()) {
        read_feature(entry);
      }
    }
    return read_task();
  }

 private:
  /// The file that an entry's `path` names, read as its `format` says.
  [[nodiscard]] at::Tensor read_data(const YamlMap& entry, at::ScalarType csv_dtype,
                                     bool memory_map) const {
    const std::string format = entry.text("format");
    check(format == "numpy" || format == "csv", "{}: expected format numpy or csv, got \"{}\"",
          entry.where("format"), format);
    const fs::path file = path_of(entry);
    if (format == "csv") {
      return read_csv(file, {.dtype = csv_dtype});
    }
    return read_npy(file, {.memory_map = memory_map});
  }

  [[nodiscard]] fs::path path_of(const YamlMap& entry) const {
    return join_inside(folder_, entry.text("path"), entry.where("path"));
  }

  void read_graph(const YamlMap& graph_map) {
    const std::vector<YamlMap> nodes = graph_map.list("nodes");
    NodeCounts counts;
    for (const YamlMap& entry : nodes) {
      entry.allow_only({"type", "num"});
      const std::string ntype =
          nodes.size() == 1 ? entry.text("type", kDefaultNtype) : entry.text("type");
      const std::int64_t num = entry.integer("num");
      check(num >= 0 && num <= kMaxNodes, "{}: expected a number of nodes from 0 to {}, got {}",
            entry.where("num"), kMaxNodes, num);
      check(counts.emplace(ntype, num).second, "{}: node type \"{}\" is given twice", entry.where(),
            ntype);
    }
    const std::vector<YamlMap> edges = graph_map.list("edges");
    check(!nodes.empty() && !edges.empty(),
          "{}: expected at least one type of nodes and one of edges", graph_map.where());
    Relations relations;
    for (const YamlMap& entry : edges) {
      entry.allow_only({"type", "format", "path"});
      const CanonicalEtype etype =
          edge_type(entry, edges.size() == 1 && counts.size() == 1, counts);
      check(relations.emplace(etype, read_edges(entry, counts.at(etype.src), counts.at(etype.dst)))
                .second,
            "{}: edge type {} is given twice", entry.where(), to_string(etype));
    }
    graph_ = heterograph(relations, counts);
  }

  [[nodiscard]] static CanonicalEtype edge_type(const YamlMap& entry, bool is_only,
                                                const NodeCounts& counts) {
    if (is_only && !entry.has("type")) {
      const std::string& ntype = counts.begin()->first;
      return {ntype, kDefaultEtype, ntype};
    }
    CanonicalEtype etype = parse_etype(entry.text("type"), entry.where("type"));
    for (const std::string& ntype : {etype.src, etype.dst}) {
      check(counts.contains(ntype), "{}: unknown node type \"{}\"", entry.where("type"), ntype);
    }
    return etype;
  }

  [[nodiscard]] EdgePair read_edges(const YamlMap& entry, std::int64_t num_src,
                                    std::int64_t num_dst) const {
    at::Tensor edges = read_data(entry, at::kLong, false);
    const std::string file = path_of(entry).string();
    const bool is_csv = entry.text("format") == "csv";
    if (is_csv) {
      check(edges.size(1) == 2 || edges.numel() == 0,
            "{}: expected 2 columns (source, destination), got {}", file, edges.size(1));
      edges = edges.reshape({-1, 2}).t();
    }
    check(edges.dim() == 2 && edges.size(0) == 2,
          "{}: expected edges of shape [2, number of edges], got [{}]", file,
          fmt::join(edges.sizes(), ", "));
    return {ids_from(edges[0], num_src, file + ": source").contiguous(),
            ids_from(edges[1], num_dst, file + ": destination").contiguous()};
  }

  void read_feature(const YamlMap& entry) {
    entry.allow_only({"domain", "type", "name", "format", "in_memory", "path"});
    const std::string domain = entry.text("domain");
    check(domain == "node" || domain == "edge", "{}: expected domain node or edge, got \"{}\"",
          entry.where("domain"), domain);
    const bool is_node = domain == "node";
    const std::string name = entry.text("name");
    const FrameView frame = is_node ? graph_.nodes(node_type(entry)).data : edge_frame(entry);
    check(!frame.contains(name), "{}: feature \"{}\" is given twice", entry.where("name"), name);
    const bool memory_map = options_.memory_map || !entry.boolean("in_memory", true);
    const at::Tensor values = read_data(entry, at::kFloat, memory_map);
    const std::int64_t rows = frame.frame()->num_rows();
    check(values.dim() > 0 && values.size(0) == rows,
          "{}: feature \"{}\": expected {} rows, one for each {}, got {}", path_of(entry).string(),
          name, rows, domain, values.dim() > 0 ? values.size(0) : 1);
    frame[name] = values;
  }

  [[nodiscard]] std::string node_type(const YamlMap& entry) const {
    const std::vector<std::string> ntypes = graph_.ntypes();
    const std::string ntype =
        ntypes.size() == 1 ? entry.text("type", ntypes.front()) : entry.text("type");
    check(std::find(ntypes.begin(), ntypes.end(), ntype) != ntypes.end(),
          "{}: unknown node type \"{}\"; known are: {}", entry.where("type"), ntype,
          fmt::join(ntypes, ", "));
    return ntype;
  }

  [[nodiscard]] FrameView edge_frame(const YamlMap& entry) const {
    const std::vector<CanonicalEtype>& etypes = graph_.canonical_etypes();
    if (etypes.size() == 1 && !entry.has("type")) {
      return graph_.edges(etypes.front()).data;
    }
    const CanonicalEtype etype = parse_etype(entry.text("type"), entry.where("type"));
    check(std::find(etypes.begin(), etypes.end(), etype) != etypes.end(),
          "{}: unknown edge type {}", entry.where("type"), to_string(etype));
    return graph_.edges(etype).data;
  }

  NodeClassificationDataset read_task() {
    const std::vector<YamlMap> tasks = metadata_.list("tasks");
    check(!tasks.empty(), "{}: expected at least one task", metadata_.where("tasks"));
    const auto named = std::find_if(tasks.begin(), tasks.end(), [](const YamlMap& task) {
      return task.text("name", "") == "node_classification";
    });
    const YamlMap& task = named == tasks.end() ? tasks.front() : *named;
    const TaskSet train = read_set(task, "train_set");
    const TaskSet valid = read_set(task, "validation_set");
    const TaskSet test = read_set(task, "test_set");
    for (const TaskSet* set : {&valid, &test}) {
      check(set->ntype.empty() || set->ntype == train.ntype,
            "{}: expected one node type in all sets, got \"{}\" and \"{}\"", task.where(),
            train.ntype, set->ntype);
    }
    const at::Tensor labels = read_labels(train.ntype, {train, valid, test}, task);
    std::int64_t num_classes = count_classes(labels);
    if (task.has("num_classes")) {
      const std::int64_t given = task.integer("num_classes");
      check(given >= num_classes, "{}: expected at least {}, the largest label + 1, got {}",
            task.where("num_classes"), num_classes, given);
      num_classes = given;
    }
    return {.name = metadata_.text("dataset_name", folder_.filename().string()),
            .ntype = train.ntype,
            .graph = graph_,
            .labels = labels,
            .split = {.train = train.seeds, .valid = valid.seeds, .test = test.seeds},
            .num_classes = num_classes};
  }

  /// A set of the task; without seeds if there is none, unless it is the one to train on.
  [[nodiscard]] TaskSet read_set(const YamlMap& task, const std::string& key) const {
    if (key != "train_set" && !task.has(key)) {
      return {.ntype = "", .seeds = at::full({0}, 0, at::kLong), .labels = {}};
    }
    const std::vector<YamlMap> entries = task.list(key);
    check(entries.size() == 1, "{}: expected seeds of one node type, got {}", task.where(key),
          entries.size());
    const YamlMap& entry = entries.front();
    entry.allow_only({"type", "data"});
    TaskSet set = {.ntype = node_type(entry), .seeds = {}, .labels = {}};
    for (const YamlMap& data : entry.list("data")) {
      data.allow_only({"name", "format", "path", "in_memory"});
      const std::string name = data.text("name");
      if (name == "labels") {
        set.labels = labels_from(read_data(data, at::kDouble, false), path_of(data).string());
      } else if (name == "seeds" || name == "node_ids" || name == "seed_nodes" || name == "items") {
        set.seeds = ids_from(read_data(data, at::kLong, false), graph_.num_nodes(set.ntype),
                             path_of(data).string());
      } else {
        fail("{}: expected \"seeds\" or \"labels\", got \"{}\"", data.where("name"), name);
      }
    }
    check(set.seeds.defined(), "{}: expected data with the name \"seeds\"", entry.where("data"));
    check(!set.labels.defined() || set.labels.size(0) == set.seeds.size(0),
          "{}: expected as many labels as seeds ({}), got {}", entry.where("data"),
          set.seeds.size(0), set.labels.defined() ? set.labels.size(0) : 0);
    return set;
  }

  [[nodiscard]] at::Tensor read_labels(const std::string& ntype, const std::vector<TaskSet>& sets,
                                       const YamlMap& task) const {
    const FrameView frame = graph_.nodes(ntype).data;
    if (frame.contains("label")) {
      return labels_from(frame["label"], task.where() + ": feature \"label\"");
    }
    const std::int64_t num_nodes = graph_.num_nodes(ntype);
    at::Tensor labels;
    try {
      labels = at::full({num_nodes}, -1, at::kLong);
    } catch (const std::exception&) {
      fail("{}: {} nodes of type \"{}\" do not fit into memory", metadata_.where("graph"),
           num_nodes, ntype);
    }
    check(sets.front().labels.defined(),
          "{}: expected data with the name \"labels\", or a feature \"label\"",
          task.where("train_set"));
    for (const TaskSet& set : sets) {
      if (set.labels.defined()) {
        labels.index_put_({set.seeds}, set.labels);
      }
    }
    frame["label"] = labels;
    return labels;
  }

  fs::path folder_;
  OnDiskOptions options_;
  YamlMap metadata_;
  Graph graph_;
};

}  // namespace

bool is_ondisk(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / kMetadata, error);
}

NodeClassificationDataset read_ondisk(const fs::path& folder, const OnDiskOptions& options) {
  try {
    return OnDiskReader(folder, options).read();
  } catch (const YAML::Exception& error) {
    fail("{}: line {}: {}", (folder / kMetadata).string(), error.mark.line + 1, error.msg);
  }
}

}  // namespace grapevine::io
