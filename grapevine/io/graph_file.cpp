#include "grapevine/io/graph_file.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>

#include "grapevine/io/detail/json_fields.h"
#include "grapevine/io/detail/tensor_file.h"
#include "grapevine/io/file.h"
#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

using detail::TensorReader;
using detail::TensorSource;
using detail::TensorWriter;
using nlohmann::json;

// More than any machine holds, and so few that sums of them fit.
constexpr std::int64_t kMaxFileNodes = std::int64_t{1} << 48;

json describe(TensorWriter& writer, const Frame& frame) {
  json features = json::object();
  for (const std::string& name : frame.names()) {
    features[name] =
        writer.add(frame.get(name), fmt::format("{} feature \"{}\"", frame.entity(), name));
  }
  return features;
}

json describe(TensorWriter& writer, const ops::Csr& csr, const char* name) {
  return {writer.add(csr.indptr, name), writer.add(csr.indices, name),
          csr.edge_ids.defined() ? json(writer.add(csr.edge_ids, name)) : json(nullptr)};
}

json describe(TensorWriter& writer, const GraphData::Relation& relation) {
  const Adjacency& adjacency = *relation.adjacency;
  json edges = {{"type", {relation.type.src, relation.type.name, relation.type.dst}},
                {"features", describe(writer, *relation.frame)}};
  if (adjacency.has_coo()) {
    edges["coo"] = {writer.add(adjacency.coo().src, "src"), writer.add(adjacency.coo().dst, "dst")};
  }
  if (adjacency.has_csr()) {
    edges["csr"] = describe(writer, adjacency.csr(), "csr");
  }
  if (adjacency.has_csc()) {
    edges["csc"] = describe(writer, adjacency.csc(), "csc");
  }
  return edges;
}

json describe(TensorWriter& writer, const Graph& graph) {
  const GraphData& data = graph.graph_data();
  json nodes = json::array();
  for (std::size_t i = 0; i < data.src_nodes->types.size(); ++i) {
    nodes.push_back({{"type", data.src_nodes->types[i]},
                     {"count", data.src_nodes->counts[i]},
                     {"features", describe(writer, *data.src_nodes->frames[i])}});
  }
  json edges = json::array();
  for (const GraphData::Relation& relation : data.relations) {
    edges.push_back(describe(writer, relation));
  }
  return {{"idtype", data.idtype == at::kInt ? "int32" : "int64"},
          {"nodes", std::move(nodes)},
          {"edges", std::move(edges)}};
}

json describe(TensorWriter& writer, const std::vector<Graph>& graphs, const GraphLabels& labels) {
  json listed = json::array();
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    check(!graphs[i].is_block(), "save_graphs: graph {} is a block; blocks cannot be saved", i);
    listed.push_back(describe(writer, graphs[i]));
  }
  json named = json::object();
  for (const auto& [name, tensor] : labels) {
    named[name] = writer.add(tensor, fmt::format("label \"{}\"", name));
  }
  return {{"graphs", std::move(listed)}, {"labels", std::move(named)}};
}

void load_features(TensorReader& reader, const json& owner, const FramePtr& frame) {
  for (const auto& [name, number] : detail::object_field(owner, "features").items()) {
    const std::string what = fmt::format("{} feature {}", frame->entity(), detail::quoted(name));
    const at::Tensor tensor = reader.tensor(number, what);
    check(tensor.dim() >= 1 && tensor.size(0) == frame->num_rows(),
          "{}: expected {} rows, got [{}]", what, frame->num_rows(),
          fmt::join(tensor.sizes(), ", "));
    frame->set(name, tensor);
  }
}

const json& list_of(const json& value, std::size_t length, const char* what) {
  check(value.is_array() && value.size() == length, "\"{}\": expected a list of {}", what, length);
  return value;
}

ops::Csr load_csr(TensorReader& reader, const json& value, const char* name) {
  const json& numbers = list_of(value, 3, name);
  return {reader.tensor(numbers[0], name), reader.tensor(numbers[1], name),
          numbers[2].is_null() ? at::Tensor() : reader.tensor(numbers[2], name)};
}

AdjacencyParts load_edges(TensorReader& reader, const json& edges) {
  AdjacencyParts parts;
  if (const auto coo = edges.find("coo"); coo != edges.end()) {
    const json& numbers = list_of(*coo, 2, "coo");
    parts.coo = ops::Coo{reader.tensor(numbers[0], "coo"), reader.tensor(numbers[1], "coo")};
  }
  if (const auto csr = edges.find("csr"); csr != edges.end()) {
    parts.csr = load_csr(reader, *csr, "csr");
  }
  if (const auto csc = edges.find("csc"); csc != edges.end()) {
    parts.csc = load_csr(reader, *csc, "csc");
  }
  return parts;
}

NodeCounts load_counts(const json& nodes, at::ScalarType idtype) {
  const std::int64_t limit =
      idtype == at::kInt ? std::numeric_limits<std::int32_t>::max() : kMaxFileNodes;
  NodeCounts counts;
  for (const json& item : nodes) {
    const std::string type = detail::text_field(item, "type");
    check(!type.empty() && counts.emplace(type, detail::count_field(item, "count", limit)).second,
          "node type {}: expected different names, none of them empty", detail::quoted(type));
  }
  check(!counts.empty(), "\"nodes\": expected at least one node type");
  return counts;
}

Adjacencies load_relations(TensorReader& reader, const json& edges, const NodeCounts& counts,
                           at::ScalarType idtype) {
  Adjacencies relations;
  for (const json& item : edges) {
    const json& names = list_of(detail::field(item, "type"), 3, "type");
    const CanonicalEtype type = {detail::to_text(names[0], "type"),
                                 detail::to_text(names[1], "type"),
                                 detail::to_text(names[2], "type")};
    const std::string what = fmt::format("relation {}", detail::quoted(to_string(type)));
    check(counts.contains(type.src) && counts.contains(type.dst) && !type.name.empty() &&
              !relations.contains(type),
          "{}: expected different relations between node types of the graph", what);
    try {
      AdjacencyPtr adjacency = Adjacency::from_formats(counts.at(type.src), counts.at(type.dst),
                                                       load_edges(reader, item));
      check(adjacency->idtype() == idtype, "expected ids of type {}, as the graph's, got {}",
            at::toString(idtype), at::toString(adjacency->idtype()));
      relations.emplace(type, std::move(adjacency));
    } catch (const Error& error) {
      fail("{}: {}", what, error.what());
    }
  }
  return relations;
}

Graph load_graph(TensorReader& reader, const json& item) {
  const std::string idtype_name = detail::text_field(item, "idtype");
  check(idtype_name == "int32" || idtype_name == "int64",
        "\"idtype\": expected \"int32\" or \"int64\"");
  const at::ScalarType idtype = idtype_name == "int32" ? at::kInt : at::kLong;
  const json& nodes = detail::array_field(item, "nodes");
  const json& edges = detail::array_field(item, "edges");
  const NodeCounts counts = load_counts(nodes, idtype);
  const Adjacencies relations = load_relations(reader, edges, counts, idtype);
  const Graph graph(make_graph_data(counts, relations, idtype, at::kCPU));
  for (const json& node_type : nodes) {
    load_features(reader, node_type,
                  graph.nodes(detail::text_field(node_type, "type")).data.frame());
  }
  for (const json& relation : edges) {
    const json& type = relation["type"];
    load_features(reader, relation,
                  graph
                      .edges(CanonicalEtype{type[0].get<std::string>(), type[1].get<std::string>(),
                                            type[2].get<std::string>()})
                      .data.frame());
  }
  return graph;
}

GraphLabels load_labels(TensorReader& reader) {
  GraphLabels labels;
  for (const auto& [name, number] : detail::object_field(reader.description(), "labels").items()) {
    labels[name] = reader.tensor(number, fmt::format("label {}", detail::quoted(name)));
  }
  return labels;
}

/// Calls `read` with a reader of the source; errors begin with the source's name.
template <typename Read>
auto with_reader(TensorSource source, const Read& read) {
  const std::string name = source.name;
  try {
    TensorReader reader(std::move(source));
    return read(reader);
  } catch (const Error& error) {
    const std::string_view message = error.what();
    // Errors of the file itself name it already.
    if (message.starts_with(name)) {
      throw;
    }
    fail("{}: {}", name, message);
  } catch (const json::exception& error) {
    fail("{}: table of contents: {}", name, detail::quoted(error.what()));
  }
}

GraphFile load(TensorSource source, const std::vector<std::int64_t>& indices) {
  return with_reader(std::move(source), [&](TensorReader& reader) {
    const json& graphs = detail::array_field(reader.description(), "graphs");
    std::vector<std::int64_t> wanted = indices;
    if (wanted.empty()) {
      wanted.resize(graphs.size());
      std::iota(wanted.begin(), wanted.end(), 0);
    }
    GraphFile file;
    for (const std::int64_t index : wanted) {
      check(index >= 0 && static_cast<std::uint64_t>(index) < graphs.size(),
            "indices: graph {} does not exist; there are {} graphs", index, graphs.size());
      try {
        file.graphs.push_back(load_graph(reader, graphs[static_cast<std::size_t>(index)]));
      } catch (const Error& error) {
        fail("graph {}: {}", index, error.what());
      }
    }
    file.labels = load_labels(reader);
    return file;
  });
}

TensorSource open(const std::filesystem::path& path, bool memory_map) {
  const auto file = std::make_shared<InputFile>(path);
  return {.name = file->name(),
          .size = file->size(),
          .read_at = [file](std::uint64_t offset, void* buffer,
                            std::uint64_t count) { file->read_at(offset, buffer, count); },
          .mapping = memory_map && file->size() > 0 ? file->map() : nullptr};
}

TensorSource open(std::string_view bytes) {
  return {.name = "bytes",
          .size = bytes.size(),
          .read_at =
              [bytes](std::uint64_t offset, void* buffer, std::uint64_t count) {
                check(offset <= bytes.size() && count <= bytes.size() - offset, "ends too early");
                std::memcpy(buffer, bytes.data() + offset, count);
              },
          .mapping = nullptr};
}

}  // namespace

void save_graphs(const std::filesystem::path& path, const std::vector<Graph>& graphs,
                 const GraphLabels& labels) {
  TensorWriter writer;
  json description = describe(writer, graphs, labels);
  writer.write(path, std::move(description));
}

GraphFile load_graphs(const std::filesystem::path& path, const std::vector<std::int64_t>& indices,
                      const LoadGraphsOptions& options) {
  return load(open(path, options.memory_map), indices);
}

GraphLabels load_labels(const std::filesystem::path& path) {
  return with_reader(open(path, /*memory_map=*/false),
                     [](TensorReader& reader) { return load_labels(reader); });
}

std::string graphs_to_bytes(const std::vector<Graph>& graphs, const GraphLabels& labels) {
  TensorWriter writer;
  json description = describe(writer, graphs, labels);
  return writer.bytes(std::move(description));
}

GraphFile graphs_from_bytes(std::string_view bytes, const std::vector<std::int64_t>& indices) {
  return load(open(bytes), indices);
}

}  // namespace grapevine::io
