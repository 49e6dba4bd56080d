#include "grapevine/serve/detail/graph_addition.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>

#include <string>

#include "grapevine/train/prepare_graph.h"
#include "grapevine/util/error.h"

namespace grapevine::serve::detail {
namespace {

/// End points as int64, every one of them a node.
at::Tensor checked_ends(const at::Tensor& ends, const std::string& name, std::int64_t num_nodes) {
  if (!ends.defined()) {
    return at::empty({0}, at::kLong);
  }
  check(ends.dim() == 1 && (ends.scalar_type() == at::kLong || ends.scalar_type() == at::kInt),
        "append: {}: expected int64 or int32 of shape [num_new_edges], got {} "
        "[{}]",
        name, ends.dtype().name(), fmt::join(ends.sizes(), ", "));
  const at::Tensor ids = ends.to(at::kCPU, at::kLong).contiguous();
  const auto* values = ids.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < ids.numel(); ++i) {
    check(values[i] >= 0 && values[i] < num_nodes,
          "append: {}[{}]: node {} is out of range [0, {})", name, i, values[i], num_nodes);
  }
  return ids;
}

/// `[num_edges, width]` float32; undefined if the model reads none.
at::Tensor checked_edge_feat(const train::ModelDescription& description, const at::Tensor& feat,
                             std::int64_t num_edges) {
  if (description.edge_feature.empty()) {
    check(!feat.defined(), "append: edge_feat: expected none, the model reads no edge feature");
    return {};
  }
  const std::int64_t width = description.options.edge_feats;
  if (!feat.defined()) {
    check(num_edges == 0,
          "append: edge_feat: expected shape [{}, {}], since the model reads "
          "\"{}\"",
          num_edges, width, description.edge_feature);
    return at::empty({0, width});
  }
  const at::Tensor rows = feat.dim() == 1 ? feat.unsqueeze(1) : feat;
  check(rows.dim() == 2 && rows.size(0) == num_edges && rows.size(1) == width,
        "append: edge_feat: expected shape [{}, {}], got [{}]", num_edges, width,
        fmt::join(feat.sizes(), ", "));
  return rows.detach().to(at::kCPU, at::kFloat);
}

/// The edges alone, as a graph over all nodes, prepared but for self-loops.
Graph prepared_edges(const train::ModelDescription& description, at::Tensor src, at::Tensor dst,
                     at::Tensor feat, std::int64_t num_nodes) {
  if (description.self_loops) {  // each node has its own already
    const at::Tensor kept = src.ne(dst).nonzero().squeeze(1);
    src = src.index_select(0, kept);
    dst = dst.index_select(0, kept);
    feat = feat.defined() ? feat.index_select(0, kept) : feat;
  }
  const Graph edges = graph(src, dst, {.num_nodes = num_nodes});
  if (feat.defined()) {
    edges.edata()[description.edge_feature] = feat;
  }
  train::PrepareGraphOptions options = train::prepare_options(description);
  options.self_loops = false;
  return train::prepare_graph(edges, options).graph;
}

}  // namespace

at::Tensor added_feat(const train::ModelDescription& description, const GraphAddition& addition) {
  const at::Tensor& feat = addition.feat;
  if (!feat.defined()) {
    return at::empty({0, description.in_feats});
  }
  check(feat.dim() == 2 && feat.size(1) == description.in_feats && feat.is_floating_point(),
        "append: feat: expected floats of shape [num_new_nodes, {}], got {} [{}]",
        description.in_feats, feat.dtype().name(), fmt::join(feat.sizes(), ", "));
  return feat.detach().to(at::kCPU, at::kFloat);
}

Graph with_addition(const train::ModelDescription& description, const Graph& graph,
                    const GraphAddition& addition, std::int64_t num_nodes) {
  const std::int64_t old_nodes = graph.num_nodes();
  const std::int64_t all_nodes = old_nodes + num_nodes;
  at::Tensor src = checked_ends(addition.src, "src", all_nodes);
  at::Tensor dst = checked_ends(addition.dst, "dst", all_nodes);
  check(src.size(0) == dst.size(0), "append: expected as many dst as src, got {} and {}",
        dst.size(0), src.size(0));
  at::Tensor feat = checked_edge_feat(description, addition.edge_feat, src.size(0));
  const Graph edges = prepared_edges(description, src, dst, feat, all_nodes);
  src = edges.edges().uv().src;
  dst = edges.edges().uv().dst;
  if (feat.defined()) {
    feat = edges.edata()[description.edge_feature];
  }
  if (description.self_loops) {
    const at::Tensor nodes = at::arange(old_nodes, all_nodes);
    src = at::cat({src, nodes});
    dst = at::cat({dst, nodes});
    feat = feat.defined() ? at::cat({feat, at::ones({num_nodes, feat.size(1)})}) : feat;
  }
  Graph result = graph;
  if (num_nodes > 0) {
    result.add_nodes(num_nodes);
  }
  if (src.size(0) > 0) {
    std::map<std::string, at::Tensor> data;
    if (feat.defined()) {
      data[description.edge_feature] = feat;
    }
    result.add_edges(src.to(graph.idtype()), dst.to(graph.idtype()), data);
  }
  return result;
}

}  // namespace grapevine::serve::detail
