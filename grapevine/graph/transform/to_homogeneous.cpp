#include "grapevine/graph/transform/to_homogeneous.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <limits>

#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

/// One node type or relation that becomes a part of the only one.
struct TypePart {
  std::string name;
  std::int64_t count;
  FramePtr frame;
};

at::Tensor join_feature(const std::vector<TypePart>& parts, const std::string& name) {
  std::vector<at::Tensor> pieces;
  for (const TypePart& part : parts) {
    check(part.frame->contains(name),
          "to_homogeneous: {} feature \"{}\" is missing for {}; there are: [{}]",
          part.frame->entity(), name, part.name, fmt::join(part.frame->names(), ", "));
    pieces.push_back(part.frame->get(name));
    const at::Tensor& first = pieces.front();
    const at::Tensor& last = pieces.back();
    check(last.scalar_type() == first.scalar_type() &&
              last.sizes().slice(1) == first.sizes().slice(1),
          "to_homogeneous: {} feature \"{}\": expected {} rows of shape [{}], as for {}, got {} "
          "rows of shape [{}] for {}",
          part.frame->entity(), name, at::toString(first.scalar_type()),
          fmt::join(first.sizes().slice(1), ", "), parts.front().name,
          at::toString(last.scalar_type()), fmt::join(last.sizes().slice(1), ", "), part.name);
  }
  return at::cat(pieces);
}

/// Features, types and ids of the joined rows.
void fill_frame(const std::vector<TypePart>& parts, const std::vector<std::string>& features,
                bool store_type, at::ScalarType idtype, Frame& frame) {
  if (parts.empty()) {
    check(features.empty(), "to_homogeneous: {} feature \"{}\" does not exist", frame.entity(),
          features.empty() ? "" : features.front());
  }
  for (const std::string& name : features) {
    frame.set(name, join_feature(parts, name));
  }
  const auto options = at::TensorOptions(at::kLong).device(frame.device());
  std::vector<at::Tensor> types = {at::empty({0}, options)};
  std::vector<at::Tensor> ids = {at::empty({0}, options.dtype(idtype))};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    types.push_back(at::full({parts[i].count}, static_cast<std::int64_t>(i), options));
    ids.push_back(at::arange(parts[i].count, options.dtype(idtype)));
  }
  if (store_type) {
    frame.set(NTYPE, at::cat(types));
  }
  frame.set(NID, at::cat(ids));
}

}  // namespace

Graph to_homogeneous(const Graph& graph, const ToHomogeneousOptions& options) {
  check_not_block(graph, "to_homogeneous");
  const GraphData& data = graph.graph_data();
  const std::int64_t num_nodes = graph.num_nodes();
  constexpr std::int64_t kLimit = std::numeric_limits<std::int32_t>::max();
  check(data.idtype != at::kInt || (num_nodes <= kLimit && graph.num_edges() <= kLimit),
        "to_homogeneous: graph: {} nodes and {} edges do not fit int32 ids", num_nodes,
        graph.num_edges());
  const GraphData::NodeSpace& space = *data.src_nodes;
  std::vector<TypePart> nodes;
  std::vector<std::int64_t> offsets = {0};
  for (std::size_t i = 0; i < space.types.size(); ++i) {
    nodes.push_back({fmt::format("\"{}\"", space.types[i]), space.counts[i], space.frames[i]});
    offsets.push_back(offsets.back() + space.counts[i]);
  }
  const at::Tensor none = at::empty({0}, at::TensorOptions(data.idtype).device(data.device));
  std::vector<at::Tensor> src = {none};
  std::vector<at::Tensor> dst = {none};
  std::vector<TypePart> edges;
  for (const GraphData::Relation& relation : data.relations) {
    edges.push_back({to_string(relation.type), relation.adjacency->num_edges(), relation.frame});
    src.push_back(relation.adjacency->coo().src + offsets[relation.src]);
    dst.push_back(relation.adjacency->coo().dst + offsets[relation.dst]);
  }
  Graph result(make_graph_data(
      {{kDefaultNtype, num_nodes}},
      {{{kDefaultNtype, kDefaultEtype, kDefaultNtype},
        Adjacency::from_coo_unchecked(num_nodes, num_nodes, {at::cat(src), at::cat(dst)})}},
      data.idtype, data.device));
  fill_frame(nodes, options.ndata, options.store_type, data.idtype, *result.ndata().frame());
  fill_frame(edges, options.edata, options.store_type, data.idtype, *result.edata().frame());
  return result;
}

}  // namespace grapevine
