#include "grapevine/sampling/detail/candidates.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "grapevine/graph/checks.h"
#include "grapevine/util/error.h"
#include "grapevine/util/parallel.h"

namespace grapevine::sampling::detail {
namespace {

constexpr std::int64_t kGrain = 1 << 16;

bool is_fit(const at::Tensor& column, bool is_mask) {
  const at::ScalarType type = column.scalar_type();
  return is_mask ? type == at::kBool || type == at::kByte || type == at::kChar
                 : type == at::kFloat || type == at::kDouble;
}

EdgeWeights find_weights(const GraphData::Relation& relation, const ops::Csr& rows,
                         const NeighborSamplerOptions& options) {
  const bool is_mask = !options.mask.empty();
  const std::string& column_name = is_mask ? options.mask : options.prob;
  EdgeWeights weights{.name = fmt::format("{} \"{}\"", is_mask ? "mask" : "prob", column_name),
                      .column_name = column_name,
                      .is_mask = is_mask};
  if (column_name.empty() || !relation.frame->contains(column_name)) {
    return weights;
  }
  weights.column = relation.frame->get(column_name);
  check(weights.column.dim() == 1, "{}: expected one value for each edge, got {} dimensions",
        weights.name, weights.column.dim());
  check(is_fit(weights.column, is_mask), "{}: expected {}, got {}", weights.name,
        is_mask ? "bool, uint8 or int8" : "float32 or float64",
        at::toString(weights.column.scalar_type()));
  auto table = std::dynamic_pointer_cast<const WeightTable>(relation.frame->kept(column_name));
  if (table != nullptr && table->is_of(rows, weights.column)) {
    weights.table = std::move(table);
  }
  return weights;
}

void check_known(const Graph& graph, const std::vector<Candidates>& candidates,
                 const NeighborSamplerOptions& options) {
  const bool wanted = !options.prob.empty() || !options.mask.empty();
  const bool found = std::any_of(candidates.begin(), candidates.end(), [](const Candidates& edges) {
    return edges.weights.column.defined();
  });
  if (!wanted || found || candidates.empty()) {
    return;
  }
  std::set<std::string> names;
  for (const GraphData::Relation& relation : graph.graph_data().relations) {
    for (const std::string& name : relation.frame->names()) {
      names.insert(name);
    }
  }
  fail("{}: there is no such edge feature; there are: [{}]", candidates.front().weights.name,
       fmt::join(names, ", "));
}

template <typename Value>
void check_column(const EdgeWeights& weights) {
  const at::Tensor column = weights.column.contiguous();
  const Value* values = column.const_data_ptr<Value>();
  parallel_for(0, column.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t edge = begin; edge < end; ++edge) {
      if (!(values[edge] >= 0) || std::isinf(values[edge])) {
        fail_probability(weights, edge, values[edge]);
      }
    }
  });
}

}  // namespace

std::vector<Candidates> find_candidates(const Graph& graph, const NeighborSamplerOptions& options) {
  check(!graph.is_block(), "sampling: expected a graph, got a block");
  check(graph.device().is_cpu(),
        "sampling: expected a graph on the CPU, got one on {}; sample from graph.to(at::kCPU), and "
        "let the device of a DataLoader move the blocks",
        graph.device().str());
  check_options(options);
  std::vector<Candidates> result;
  for (const GraphData::Relation& relation : graph.graph_data().relations) {
    const bool in = options.edge_dir == EdgeDirection::kIn;
    const ops::Csr& rows = in ? relation.adjacency->csc() : relation.adjacency->csr();
    result.push_back({.relation = &relation,
                      .rows = &rows,
                      .node_type = in ? relation.dst : relation.src,
                      .neighbor_type = in ? relation.src : relation.dst,
                      .weights = find_weights(relation, rows, options)});
  }
  check_known(graph, result, options);
  return result;
}

void check_options(const NeighborSamplerOptions& options) {
  check(options.prob.empty() || options.mask.empty(),
        "prob \"{}\" and mask \"{}\" were given together; expected at most one", options.prob,
        options.mask);
}

void prepare_weights(const Candidates& candidates) {
  const EdgeWeights& weights = candidates.weights;
  // A table that seems to fit is compared: memory may be written to in ways that torch knows not
  // of.
  if (!weights.column.defined() ||
      (weights.table != nullptr && weights.table->is_current(*candidates.rows))) {
    return;
  }
  if (!weights.is_mask) {
    weights.column.scalar_type() == at::kFloat ? check_column<float>(weights)
                                               : check_column<double>(weights);
  }
  candidates.relation->frame->keep(
      weights.column_name,
      std::make_shared<WeightTable>(*candidates.rows, weights.column, weights.is_mask));
}

void fail_probability(const EdgeWeights& weights, std::int64_t edge, double value) {
  fail("{}: expected finite values of 0 or more, got {} for edge {}", weights.name, value, edge);
}

std::vector<at::Tensor> ids_by_type(const Graph& graph, const NodeIds& ids,
                                    std::string_view argument) {
  const GraphData::NodeSpace& space = *graph.graph_data().dst_nodes;
  check(!ids.map().empty(), "{}: expected ids of at least one node type, got none", argument);
  std::vector<at::Tensor> result(space.types.size(), at::empty({0}, graph.idtype()));
  for (const auto& [type, tensor] : ids.map()) {
    const std::size_t index = space.index(type);
    check_ids(tensor, argument, "node", space.counts[index], graph.idtype(), at::kCPU);
    result[index] = tensor.contiguous();
  }
  return result;
}

}  // namespace grapevine::sampling::detail
