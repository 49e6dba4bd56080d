#include "grapevine/graph/graph_from_formats.h"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <utility>

#include "grapevine/graph/detail/node_counts.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

/// How many nodes the edges of a relation show on either side.
struct Shown {
  std::int64_t src = 0;
  std::int64_t dst = 0;
};

std::int64_t rows_of(const ops::Csr& csr) {
  return csr.indptr.defined() ? std::max<std::int64_t>(csr.indptr.numel() - 1, 0) : 0;
}

Shown shown_by(const AdjacencyParts& parts) {
  Shown shown;
  const auto count = [&](std::int64_t src, std::int64_t dst) {
    shown = {std::max(shown.src, src), std::max(shown.dst, dst)};
  };
  if (parts.coo) {
    count(detail::nodes_shown_by(parts.coo->src, "src"),
          detail::nodes_shown_by(parts.coo->dst, "dst"));
  }
  if (parts.csr) {
    count(rows_of(*parts.csr), detail::nodes_shown_by(parts.csr->indices, "indices"));
  }
  if (parts.csc) {
    count(detail::nodes_shown_by(parts.csc->indices, "indices"), rows_of(*parts.csc));
  }
  return shown;
}

/// Offsets in int64 and one row for every node; what does not fit is left for the checks to name.
ops::Csr complete(const ops::Csr& csr, std::int64_t num_rows, const char* name) {
  const at::Tensor& indptr = csr.indptr;
  check(indptr.defined() && indptr.dim() == 1 && indptr.numel() > 0,
        "{}: indptr: expected a 1-D tensor of offsets, one more than there are rows", name);
  check(indptr.scalar_type() == at::kLong || indptr.scalar_type() == at::kInt,
        "{}: indptr: offsets must be int64 or int32, got {}", name,
        at::toString(indptr.scalar_type()));
  ops::Csr whole{indptr.to(at::kLong), csr.indices, csr.edge_ids};
  const std::int64_t missing = num_rows - rows_of(csr);
  if (missing > 0) {
    whole.indptr = at::cat({whole.indptr, whole.indptr.narrow(0, -1, 1).expand({missing})});
  }
  if (whole.edge_ids.defined() && whole.edge_ids.numel() == 0) {
    whole.edge_ids = at::Tensor();
  }
  return whole;
}

AdjacencyPtr make_adjacency(std::int64_t num_src, std::int64_t num_dst, AdjacencyParts parts) {
  if (parts.csr) {
    parts.csr = complete(*parts.csr, num_src, "csr");
  }
  if (parts.csc) {
    parts.csc = complete(*parts.csc, num_dst, "csc");
  }
  return Adjacency::from_formats(num_src, num_dst, std::move(parts));
}

Graph homogeneous(const AdjacencyParts& parts, const GraphOptions& options) {
  const Shown shown = shown_by(parts);
  const std::int64_t least = std::max(shown.src, shown.dst);
  const std::int64_t num_nodes = options.num_nodes.value_or(least);
  detail::check_node_count(num_nodes, least, "");
  AdjacencyPtr adjacency = make_adjacency(num_nodes, num_nodes, parts);
  const at::ScalarType idtype = adjacency->idtype();
  const at::Device device = adjacency->device();
  return Graph(make_graph_data(
      {{kDefaultNtype, num_nodes}},
      {{{kDefaultNtype, kDefaultEtype, kDefaultNtype}, std::move(adjacency)}}, idtype, device));
}

NodeCounts counts_shown_by(const std::map<CanonicalEtype, AdjacencyParts>& relations) {
  NodeCounts counts;
  for (const auto& [type, parts] : relations) {
    check(!type.src.empty() && !type.name.empty() && !type.dst.empty(),
          "heterograph_from_formats: the names of a relation must not be empty, got {}",
          to_string(type));
    const Shown shown = shown_by(parts);
    counts[type.src] = std::max(counts[type.src], shown.src);
    counts[type.dst] = std::max(counts[type.dst], shown.dst);
  }
  return counts;
}

}  // namespace

Graph graph_from_csr(const at::Tensor& indptr, const at::Tensor& indices,
                     const at::Tensor& edge_ids, const GraphOptions& options) {
  return homogeneous({.csr = ops::Csr{indptr, indices, edge_ids}}, options);
}

Graph graph_from_csc(const at::Tensor& indptr, const at::Tensor& indices,
                     const at::Tensor& edge_ids, const GraphOptions& options) {
  return homogeneous({.csc = ops::Csr{indptr, indices, edge_ids}}, options);
}

Graph heterograph_from_formats(const std::map<CanonicalEtype, AdjacencyParts>& relations,
                               const NodeCounts& num_nodes) {
  const NodeCounts counts = detail::complete_node_counts(counts_shown_by(relations), num_nodes);
  check(!counts.empty(),
        "heterograph_from_formats: expected at least one relation or node type, got none");
  Adjacencies adjacencies;
  at::ScalarType idtype = at::kLong;
  at::Device device = at::kCPU;
  for (const auto& [type, parts] : relations) {
    AdjacencyPtr made;
    try {
      made = make_adjacency(counts.at(type.src), counts.at(type.dst), parts);
    } catch (const Error& error) {
      fail("relation {}: {}", to_string(type), error.what());
    }
    if (adjacencies.empty()) {
      idtype = made->idtype();
      device = made->device();
    }
    check(made->idtype() == idtype && made->device() == device,
          "relation {}: expected {} ids on {}, as the other relations', got {} on {}",
          to_string(type), at::toString(idtype), device.str(), at::toString(made->idtype()),
          made->device().str());
    adjacencies[type] = std::move(made);
  }
  return Graph(make_graph_data(counts, adjacencies, idtype, device));
}

}  // namespace grapevine
