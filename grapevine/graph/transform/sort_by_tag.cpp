#include "grapevine/graph/transform/sort_by_tag.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "grapevine/util/error.h"

namespace grapevine {
namespace {

/// How many tags there are: the largest + 1.
std::int64_t check_tag(const Graph& graph, const at::Tensor& tag, std::int64_t length,
                       std::string_view function) {
  check(
      tag.defined() && tag.dim() == 1 && tag.numel() == length,
      "{}: tag: expected a 1-D tensor of {} tags, got {}", function, length,
      tag.defined() ? fmt::format("shape [{}]", fmt::join(tag.sizes(), ", ")) : "an undefined one");
  check(tag.scalar_type() == at::kLong || tag.scalar_type() == at::kInt,
        "{}: tag: expected int64 or int32, got {}", function, at::toString(tag.scalar_type()));
  check(tag.device() == graph.device(), "{}: tag: expected a tensor on {}, as the graph is, got {}",
        function, graph.device().str(), tag.device().str());
  if (length == 0) {
    return 0;
  }
  const auto smallest = tag.min().item<std::int64_t>();
  check(smallest >= 0, "{}: tag: expected tags from 0 on, got {}", function, smallest);
  const auto largest = tag.max().item<std::int64_t>();
  constexpr std::int64_t kMaxOffsets = std::int64_t{1} << 40;
  check(largest < kMaxOffsets / std::max<std::int64_t>(1, graph.num_nodes()) - 1,
        "{}: tag: {} is too large for a graph of {} nodes", function, largest, graph.num_nodes());
  return largest + 1;
}

struct SortedRows {
  ops::Csr rows;
  at::Tensor offsets;
};

SortedRows sort_rows(const ops::Csr& csr, const at::Tensor& tag, std::int64_t num_tags,
                     TagType tag_type) {
  const std::int64_t num_rows = csr.indptr.numel() - 1;
  const at::Tensor ids = csr.edge_ids.defined()
                             ? csr.edge_ids
                             : at::arange(csr.indices.numel(), csr.indices.options());
  const at::Tensor tags =
      tag.to(at::kLong).index_select(0, tag_type == TagType::kNode ? csr.indices : ids);
  const at::Tensor key =
      at::arange(num_rows, csr.indptr.options()).repeat_interleave(csr.indptr.diff()) * num_tags +
      tags;
  const at::Tensor order = key.argsort(/*stable=*/true);
  SortedRows result{{csr.indptr, csr.indices.index_select(0, order), ids.index_select(0, order)},
                    at::zeros({num_rows, num_tags + 1}, csr.indices.options())};
  result.offsets.narrow(1, 1, num_tags)
      .copy_(key.bincount({}, num_rows * num_tags).view({num_rows, num_tags}).cumsum(1));
  return result;
}

enum class Side { kSource, kDestination };

Graph sort_by_tag(const Graph& graph, const at::Tensor& tag, Side side,
                  const SortByTagOptions& options) {
  const std::string_view function = side == Side::kSource ? "sort_csr_by_tag" : "sort_csc_by_tag";
  auto data = std::make_shared<GraphData>(graph.clone().graph_data());
  check(data->relations.size() == 1, "{}: graph: expected exactly one relation, got {}", function,
        data->relations.size());
  GraphData::Relation& relation = data->relations.front();
  const Adjacency& edges = *relation.adjacency;
  const std::int64_t num_others = side == Side::kSource ? edges.num_dst() : edges.num_src();
  const std::int64_t num_tags = check_tag(
      graph, tag, options.tag_type == TagType::kNode ? num_others : edges.num_edges(), function);
  SortedRows sorted =
      sort_rows(side == Side::kSource ? edges.csr() : edges.csc(), tag, num_tags, options.tag_type);
  if (side == Side::kSource) {
    relation.adjacency =
        Adjacency::from_csc_unchecked(edges.num_dst(), edges.num_src(), std::move(sorted.rows))
            ->reverse();
    data->src_nodes->frames[relation.src]->set(options.tag_offset_name, sorted.offsets);
  } else {
    relation.adjacency =
        Adjacency::from_csc_unchecked(edges.num_src(), edges.num_dst(), std::move(sorted.rows));
    data->dst_nodes->frames[relation.dst]->set(options.tag_offset_name, sorted.offsets);
  }
  return Graph(std::move(data));
}

}  // namespace

Graph sort_csr_by_tag(const Graph& graph, const at::Tensor& tag, const SortByTagOptions& options) {
  return sort_by_tag(graph, tag, Side::kSource, options);
}

Graph sort_csc_by_tag(const Graph& graph, const at::Tensor& tag, const SortByTagOptions& options) {
  return sort_by_tag(graph, tag, Side::kDestination, options);
}

}  // namespace grapevine
