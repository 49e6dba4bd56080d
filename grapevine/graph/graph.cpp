#include "grapevine/graph/graph.h"

#include <limits>
#include <numeric>

#include "grapevine/util/device.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

std::int64_t sum(const std::vector<std::int64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

/// The only frame of a side of the graph, or an error that says what to call instead.
FrameView only_frame(const GraphData::NodeSpace& nodes, const char* caller, const char* instead) {
  check(nodes.types.size() == 1, "{}: the graph has {} node types [{}]; use {}(type).data", caller,
        nodes.types.size(), fmt::join(nodes.types, ", "), instead);
  return FrameView(nodes.frames.front());
}

FramePtr with_columns(const Frame& frame, at::Device device, const TensorCopy& copy) {
  auto fresh = std::make_shared<Frame>(frame.num_rows(), frame.entity(), device);
  for (const auto& [name, column] : frame.columns()) {
    fresh->add_column(name, frame.device() == device ? column : column->to(device, copy));
  }
  return fresh;
}

std::shared_ptr<const GraphData::NodeSpace> with_frames(const GraphData::NodeSpace& nodes,
                                                        at::Device device, const TensorCopy& copy) {
  auto result = std::make_shared<GraphData::NodeSpace>(nodes);
  for (FramePtr& frame : result->frames) {
    frame = with_columns(*frame, device, copy);
  }
  return result;
}

std::shared_ptr<const GraphData::Batch> with_counts(const GraphData::Batch& batch,
                                                    at::Device device, at::ScalarType idtype,
                                                    const TensorCopy& copy) {
  auto result = std::make_shared<GraphData::Batch>(batch);
  for (std::vector<at::Tensor>* counts : {&result->num_nodes, &result->num_edges}) {
    for (at::Tensor& each : *counts) {
      each = (copy ? copy(each) : each.to(device)).to(idtype);
    }
  }
  return result;
}

}  // namespace

Graph::Graph() : Graph(graph(std::vector<std::int64_t>{}, {})) {}

std::vector<std::string> Graph::ntypes() const {
  std::vector<std::string> types = data_->src_nodes->types;
  if (is_block()) {
    types.insert(types.end(), data_->dst_nodes->types.begin(), data_->dst_nodes->types.end());
  }
  return types;
}

const std::vector<std::string>& Graph::srctypes() const { return data_->src_nodes->types; }
const std::vector<std::string>& Graph::dsttypes() const { return data_->dst_nodes->types; }

std::vector<std::string> Graph::etypes() const {
  std::vector<std::string> names;
  for (const CanonicalEtype& etype : data_->etypes) {
    names.push_back(etype.name);
  }
  return names;
}

const std::vector<CanonicalEtype>& Graph::canonical_etypes() const { return data_->etypes; }
CanonicalEtype Graph::to_canonical_etype(const EtypeKey& etype) const {
  return data_->relation(etype).type;
}
bool Graph::is_block() const { return data_->is_block; }

bool Graph::is_homogeneous() const {
  return !is_block() && data_->src_nodes->types.size() == 1 && data_->relations.size() == 1;
}

std::int64_t Graph::num_nodes(std::string_view ntype) const {
  if (!is_block()) {
    return num_src_nodes(ntype);
  }
  return num_src_nodes(ntype) + num_dst_nodes(ntype);
}

std::int64_t Graph::num_src_nodes(std::string_view ntype) const {
  const auto& nodes = *data_->src_nodes;
  return ntype.empty() ? sum(nodes.counts) : nodes.counts[nodes.index(ntype)];
}

std::int64_t Graph::num_dst_nodes(std::string_view ntype) const {
  const auto& nodes = *data_->dst_nodes;
  return ntype.empty() ? sum(nodes.counts) : nodes.counts[nodes.index(ntype)];
}

std::int64_t Graph::num_edges(const EtypeKey& etype) const {
  if (!etype.empty()) {
    return data_->relation(etype).adjacency->num_edges();
  }
  std::int64_t total = 0;
  for (const GraphData::Relation& relation : data_->relations) {
    total += relation.adjacency->num_edges();
  }
  return total;
}

at::ScalarType Graph::idtype() const { return data_->idtype; }
at::Device Graph::device() const { return data_->device; }

EdgeView Graph::edges(const EtypeKey& etype) const {
  const GraphData::Relation& relation = data_->relation(etype);
  return {relation.frame, relation.adjacency};
}

NodeView Graph::nodes(std::string_view ntype) const {
  check(!is_block(),
        "nodes: a block has separate source and destination nodes; use srcnodes or dstnodes");
  return srcnodes(ntype);
}

NodeView Graph::srcnodes(std::string_view ntype) const {
  return {data_->src_nodes->frames[data_->src_nodes->index(ntype)], idtype()};
}

NodeView Graph::dstnodes(std::string_view ntype) const {
  return {data_->dst_nodes->frames[data_->dst_nodes->index(ntype)], idtype()};
}

const AdjacencyPtr& Graph::adjacency(const EtypeKey& etype) const {
  return data_->relation(etype).adjacency;
}

Graph Graph::operator[](const EtypeKey& etype) const {
  const GraphData::Relation& relation = data_->relation(etype);
  auto part = std::make_shared<GraphData>(*data_);
  const auto only = [](const GraphData::NodeSpace& nodes, std::vector<std::size_t> kept) {
    auto space = std::make_shared<GraphData::NodeSpace>();
    for (const std::size_t i : kept) {
      space->types.push_back(nodes.types[i]);
      space->counts.push_back(nodes.counts[i]);
      space->frames.push_back(nodes.frames[i]);
    }
    return space;
  };
  if (is_block()) {
    part->src_nodes = only(*data_->src_nodes, {relation.src});
    part->dst_nodes = only(*data_->dst_nodes, {relation.dst});
  } else if (relation.src == relation.dst) {
    part->src_nodes = part->dst_nodes = only(*data_->src_nodes, {relation.src});
  } else {
    part->src_nodes = part->dst_nodes =
        only(*data_->src_nodes,
             {std::min(relation.src, relation.dst), std::max(relation.src, relation.dst)});
  }
  part->batch = nullptr;
  part->relations = {relation};
  part->etypes = {relation.type};
  part->relations[0].src = part->src_nodes->index(relation.type.src);
  part->relations[0].dst = part->dst_nodes->index(relation.type.dst);
  return Graph(std::move(part));
}

FrameView Graph::ndata() const {
  check(!is_block(),
        "ndata: a block has separate source and destination nodes; use srcdata or dstdata");
  return only_frame(*data_->src_nodes, "ndata", "nodes");
}

FrameView Graph::edata() const {
  check(data_->relations.size() == 1,
        "edata: the graph has {} edge types [{}]; use edges(type).data", data_->relations.size(),
        fmt::join(etypes(), ", "));
  return FrameView(data_->relations.front().frame);
}

FrameView Graph::srcdata() const { return only_frame(*data_->src_nodes, "srcdata", "srcnodes"); }
FrameView Graph::dstdata() const { return only_frame(*data_->dst_nodes, "dstdata", "dstnodes"); }

LocalScope Graph::local_scope() const {
  std::vector<FramePtr> frames = data_->src_nodes->frames;
  if (is_block()) {
    frames.insert(frames.end(), data_->dst_nodes->frames.begin(), data_->dst_nodes->frames.end());
  }
  for (const GraphData::Relation& relation : data_->relations) {
    frames.push_back(relation.frame);
  }
  return LocalScope(frames);
}

Graph Graph::copy(at::Device to_device, at::ScalarType to_idtype, const TensorCopy& copy) const {
  const bool moves = to_device != device();
  auto result = std::make_shared<GraphData>(*data_);
  result->device = to_device;
  result->idtype = to_idtype;
  result->batch = data_->batch ? with_counts(*data_->batch, to_device, to_idtype, copy) : nullptr;
  result->src_nodes = with_frames(*data_->src_nodes, to_device, copy);
  result->dst_nodes =
      is_block() ? with_frames(*data_->dst_nodes, to_device, copy) : result->src_nodes;
  for (GraphData::Relation& relation : result->relations) {
    if (moves || to_idtype != idtype()) {
      relation.adjacency = relation.adjacency->to(to_device, to_idtype, copy);
    }
    relation.frame = with_columns(*relation.frame, to_device, copy);
  }
  return Graph(std::move(result));
}

Graph Graph::to(at::Device to_device, const TensorCopy& copy) const {
  const at::Device target = complete_device(to_device);
  return target == device() ? *this : this->copy(target, idtype(), copy);
}

Graph Graph::to_int32() const {
  constexpr std::int64_t kLimit = std::numeric_limits<std::int32_t>::max();
  for (const auto& space : {data_->src_nodes, data_->dst_nodes}) {
    for (std::size_t i = 0; i < space->types.size(); ++i) {
      check(space->counts[i] <= kLimit, "to_int32: {} nodes of type \"{}\" do not fit; at most {}",
            space->counts[i], space->types[i], kLimit);
    }
  }
  for (const GraphData::Relation& relation : data_->relations) {
    check(relation.adjacency->num_edges() <= kLimit,
          "to_int32: {} edges of type {} do not fit; at most {}", relation.adjacency->num_edges(),
          to_string(relation.type), kLimit);
  }
  return idtype() == at::kInt ? *this : copy(device(), at::kInt);
}

Graph Graph::to_int64() const { return idtype() == at::kLong ? *this : copy(device(), at::kLong); }

Graph Graph::clone() const { return copy(device(), idtype()); }

}  // namespace grapevine
