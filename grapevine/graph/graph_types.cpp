#include "grapevine/graph/graph_types.h"

#include "grapevine/util/error.h"

namespace grapevine {
namespace {

std::shared_ptr<const GraphData::NodeSpace> make_node_space(const NodeCounts& counts,
                                                            const char* entity, at::Device device) {
  auto space = std::make_shared<GraphData::NodeSpace>();
  for (const auto& [type, count] : counts) {
    space->types.push_back(type);
    space->counts.push_back(count);
    space->frames.push_back(std::make_shared<Frame>(count, entity, device));
  }
  return space;
}

std::shared_ptr<const GraphData> finish(GraphData data, const Adjacencies& relations) {
  for (const auto& [type, adjacency] : relations) {
    data.etypes.push_back(type);
    data.relations.push_back(
        {type, data.src_nodes->index(type.src), data.dst_nodes->index(type.dst), adjacency,
         std::make_shared<Frame>(adjacency->num_edges(), "edge", data.device)});
  }
  return std::make_shared<const GraphData>(std::move(data));
}

std::string list(const std::vector<CanonicalEtype>& etypes) {
  std::vector<std::string> names;
  for (const CanonicalEtype& etype : etypes) {
    names.push_back(to_string(etype));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::string to_string(const CanonicalEtype& etype) {
  return fmt::format("('{}', '{}', '{}')", etype.src, etype.name, etype.dst);
}

at::Tensor NodeIds::tensor() const {
  check(ids_.size() == 1,
        "ids of {} node types were used as one tensor; pick a type with [\"type\"]", ids_.size());
  return ids_.begin()->second;
}

const at::Tensor& NodeIds::operator[](const std::string& ntype) const {
  const auto found = ids_.find(ntype);
  check(found != ids_.end(), "there are no ids of node type \"{}\"", ntype);
  return found->second;
}

std::int64_t NodeIds::num_ids() const {
  std::int64_t total = 0;
  for (const auto& [type, ids] : ids_) {
    total += ids.numel();
  }
  return total;
}

std::size_t GraphData::NodeSpace::index(std::string_view ntype) const {
  if (ntype.empty()) {
    check(types.size() == 1, "the node type must be named, since there are several: [{}]",
          fmt::join(types, ", "));
    return 0;
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] == ntype) {
      return i;
    }
  }
  fail("node type \"{}\" does not exist; there are: [{}]", ntype, fmt::join(types, ", "));
}

const GraphData::Relation& GraphData::relation(const EtypeKey& etype) const {
  if (etype.empty()) {
    check(relations.size() == 1,
          "the edge type must be named, since there is not exactly one: [{}]", list(etypes));
    return relations.front();
  }
  const Relation* found = nullptr;
  for (const Relation& relation : relations) {
    const bool matches = etype.canonical() ? relation.type == *etype.canonical()
                                           : relation.type.name == etype.name();
    if (matches) {
      check(found == nullptr, "edge type \"{}\" is ambiguous; use the canonical type, one of: [{}]",
            etype.name(), list(etypes));
      found = &relation;
    }
  }
  check(found != nullptr, "edge type {} does not exist; there are: [{}]",
        etype.canonical() ? to_string(*etype.canonical()) : '"' + etype.name() + '"', list(etypes));
  return *found;
}

std::shared_ptr<const GraphData> make_graph_data(const NodeCounts& num_nodes,
                                                 const Adjacencies& relations,
                                                 at::ScalarType idtype, at::Device device) {
  GraphData data{.idtype = idtype, .device = device};
  data.src_nodes = make_node_space(num_nodes, "node", device);
  data.dst_nodes = data.src_nodes;
  return finish(std::move(data), relations);
}

std::shared_ptr<const GraphData> make_block_data(const NodeCounts& num_src_nodes,
                                                 const NodeCounts& num_dst_nodes,
                                                 const Adjacencies& relations,
                                                 at::ScalarType idtype, at::Device device) {
  GraphData data{.is_block = true, .idtype = idtype, .device = device};
  data.src_nodes = make_node_space(num_src_nodes, "source node", device);
  data.dst_nodes = make_node_space(num_dst_nodes, "destination node", device);
  return finish(std::move(data), relations);
}

}  // namespace grapevine
