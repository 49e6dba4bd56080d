#include <ostream>

#include "grapevine/graph/graph.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

std::string counts(const GraphData::NodeSpace& nodes) {
  if (nodes.types.size() == 1) {
    return std::to_string(nodes.counts.front());
  }
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < nodes.types.size(); ++i) {
    parts.push_back(fmt::format("'{}': {}", nodes.types[i], nodes.counts[i]));
  }
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

void print_features(std::ostream& stream, const std::string& label, const FramePtr& frame) {
  if (!frame->columns().empty()) {
    stream << ",\n      " << label << "=" << FrameView(frame);
  }
}

void print_node_features(std::ostream& stream, const std::string& label,
                         const GraphData::NodeSpace& nodes) {
  for (std::size_t i = 0; i < nodes.types.size(); ++i) {
    print_features(stream,
                   nodes.types.size() == 1 ? label : fmt::format("{}['{}']", label, nodes.types[i]),
                   nodes.frames[i]);
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& stream, const Graph& graph) {
  const GraphData& data = graph.graph_data();
  if (graph.is_block()) {
    stream << "Block(num_src_nodes=" << counts(*data.src_nodes)
           << ", num_dst_nodes=" << counts(*data.dst_nodes);
  } else {
    stream << "Graph(num_nodes=" << counts(*data.src_nodes);
  }
  if (data.relations.size() == 1) {
    stream << ", num_edges=" << graph.num_edges();
  } else {
    std::vector<std::string> parts;
    for (const GraphData::Relation& relation : data.relations) {
      parts.push_back(
          fmt::format("{}: {}", to_string(relation.type), relation.adjacency->num_edges()));
    }
    stream << fmt::format(",\n      num_edges={{{}}}", fmt::join(parts, ", "));
  }
  if (graph.is_block()) {
    print_node_features(stream, "srcdata", *data.src_nodes);
    print_node_features(stream, "dstdata", *data.dst_nodes);
  } else {
    print_node_features(stream, "ndata", *data.src_nodes);
  }
  for (const GraphData::Relation& relation : data.relations) {
    print_features(
        stream,
        data.relations.size() == 1 ? "edata" : fmt::format("edata[{}]", to_string(relation.type)),
        relation.frame);
  }
  return stream << ")";
}

}  // namespace grapevine
