#include "grapevine/graph/detail/graph_draft.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/diff.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/zeros.h>

#include <limits>

#include "grapevine/graph/checks.h"
#include "grapevine/util/error.h"

namespace grapevine::detail {
namespace {

FramePtr copy_of(const Frame& frame) {
  auto copy = std::make_shared<Frame>(frame.num_rows(), frame.entity(), frame.device());
  copy->set_columns(frame.columns());
  return copy;
}

/// Rows of 0 with the shape and dtype of those of `like`.
at::Tensor zero_rows(std::int64_t num_rows, const at::Tensor& like) {
  at::DimVector shape(like.sizes().begin(), like.sizes().end());
  shape[0] = num_rows;
  return at::zeros(shape, like.options());
}

void add_grown_columns(const Frame& frame, std::int64_t num_rows,
                       const std::map<std::string, at::Tensor>& data, Frame& grown) {
  for (const auto& [name, column] : frame.columns()) {
    const auto given = data.find(name);
    const at::Tensor& old_rows = column->data();
    grown.set(name, at::cat({old_rows,
                             given == data.end() ? zero_rows(num_rows, old_rows) : given->second}));
  }
  for (const auto& [name, new_rows] : data) {
    if (!frame.contains(name)) {
      grown.set(name, at::cat({zero_rows(frame.num_rows(), new_rows), new_rows}));
    }
  }
}

}  // namespace

GraphDraft::GraphDraft(const Graph& parent)
    : graph(std::make_shared<GraphData>(parent.graph_data())),
      nodes(std::make_shared<GraphData::NodeSpace>(*graph->src_nodes)) {
  for (FramePtr& frame : nodes->frames) {
    frame = copy_of(*frame);
  }
  for (GraphData::Relation& relation : graph->relations) {
    relation.frame = copy_of(*relation.frame);
  }
  graph->src_nodes = nodes;
  graph->dst_nodes = nodes;
}

std::int64_t largest_count(at::ScalarType idtype) {
  return idtype == at::kInt ? std::numeric_limits<std::int32_t>::max()
                            : std::numeric_limits<std::int64_t>::max();
}

void check_count_fits(std::int64_t count, std::int64_t added, at::ScalarType idtype,
                      std::string_view function, std::string_view entity) {
  check(added <= largest_count(idtype) - count,
        "{}: {} more than {} {} do not fit ids of type {}; at most {}", function, added, count,
        entity, at::toString(idtype), largest_count(idtype));
}

void check_new_rows(const Frame& frame, std::int64_t num_rows,
                    const std::map<std::string, at::Tensor>& data, std::string_view function) {
  for (const auto& [name, rows] : data) {
    check(rows.defined(), "{}: data[\"{}\"]: expected a tensor, got an undefined one", function,
          name);
    check(rows.dim() >= 1 && rows.size(0) == num_rows,
          "{}: data[\"{}\"]: expected {} rows, one for each new {}, got shape [{}]", function, name,
          num_rows, frame.entity(), fmt::join(rows.sizes(), ", "));
    check(rows.device() == frame.device(),
          "{}: data[\"{}\"]: expected a tensor on {}, as the graph is, got one on {}", function,
          name, frame.device().str(), rows.device().str());
    const auto column = frame.columns().find(name);
    if (column == frame.columns().end()) {
      continue;
    }
    const at::Tensor& old = column->second->peek();
    check(
        old.scalar_type() == rows.scalar_type() && old.sizes().slice(1) == rows.sizes().slice(1),
        "{}: data[\"{}\"]: expected rows of shape [{}] and type {}, as {} feature \"{}\" has, got "
        "[{}] and {}",
        function, name, fmt::join(old.sizes().slice(1), ", "), at::toString(old.scalar_type()),
        frame.entity(), name, fmt::join(rows.sizes().slice(1), ", "),
        at::toString(rows.scalar_type()));
  }
}

FramePtr with_new_rows(const Frame& frame, std::int64_t num_rows,
                       const std::map<std::string, at::Tensor>& data, std::string_view function) {
  auto grown = std::make_shared<Frame>(frame.num_rows() + num_rows, frame.entity(), frame.device());
  try {
    add_grown_columns(frame, num_rows, data, *grown);
  } catch (const c10::Error& error) {
    const std::string_view reason = error.what_without_backtrace();
    fail("{}: cannot make features of {} {}s: {}", function, grown->num_rows(), frame.entity(),
         reason.substr(0, reason.find('\n')));
  }
  return grown;
}

void grow_nodes(GraphDraft& draft, std::size_t type, std::int64_t added,
                const std::map<std::string, at::Tensor>& data, std::string_view function) {
  std::int64_t& count = draft.nodes->counts[type];
  check_count_fits(count, added, draft.graph->idtype, function,
                   fmt::format("nodes of type \"{}\"", draft.nodes->types[type]));
  draft.nodes->frames[type] = with_new_rows(*draft.nodes->frames[type], added, data, function);
  count += added;
}

void fit_relations(GraphDraft& draft) {
  for (GraphData::Relation& relation : draft.graph->relations) {
    const Adjacency& old = *relation.adjacency;
    const std::int64_t num_src = draft.nodes->counts[relation.src];
    const std::int64_t num_dst = draft.nodes->counts[relation.dst];
    if (old.num_src() != num_src || old.num_dst() != num_dst) {
      relation.adjacency = replace_edges(old, num_src, num_dst, endpoints(old));
    }
  }
}

ops::Coo endpoints(const Adjacency& adjacency) {
  return adjacency.allowed().coo ? adjacency.coo() : adjacency.restrict_to({.coo = true})->coo();
}

AdjacencyPtr replace_edges(const Adjacency& old, std::int64_t num_src, std::int64_t num_dst,
                           ops::Coo edges) {
  AdjacencyPtr made = Adjacency::from_coo_unchecked(num_src, num_dst, std::move(edges));
  return old.allowed() == made->allowed() ? made : made->restrict_to(old.allowed());
}

at::Tensor ids_in_range(const Graph& graph, const IdList& ids, std::string_view function,
                        std::string_view entity, std::int64_t count) {
  if (!ids.is_numbers()) {
    check_ids(ids.tensor(), function, entity, count, graph.idtype(), graph.device());
    return ids.tensor();
  }
  check_ids(ids.tensor(), function, entity, count, at::kLong, at::kCPU);
  return ids.tensor().to(graph.device(), graph.idtype());
}

at::Tensor mask_without(std::int64_t count, const at::Tensor& removed) {
  at::Tensor mask = at::ones({count}, removed.options().dtype(at::kBool));
  return mask.index_fill_(0, removed.to(at::kLong), /*value=*/0);
}

FramePtr keep_rows(const Frame& frame, const at::Tensor& kept) {
  if (kept.numel() == frame.num_rows()) {
    return copy_of(frame);
  }
  auto rows = std::make_shared<Frame>(kept.numel(), frame.entity(), frame.device());
  rows->add_slices(frame, kept);
  return rows;
}

at::Tensor count_kept(const at::Tensor& counts, const at::Tensor& kept) {
  // Those before the end of each graph, less those before the end of the one before it.
  const at::Tensor before = at::searchsorted(kept, counts.cumsum(0, at::kLong));
  return at::diff(before, 1, 0, at::zeros({1}, before.options())).to(counts.scalar_type());
}

}  // namespace grapevine::detail
