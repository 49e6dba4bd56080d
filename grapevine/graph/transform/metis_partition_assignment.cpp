#include "grapevine/graph/transform/metis_partition_assignment.h"

#include <ATen/ops/_unique2.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <metis.h>

#include <algorithm>
#include <array>
#include <limits>
#include <mutex>
#include <queue>
#include <utility>
#include <vector>

#include "grapevine/graph/transform/self_loop.h"
#include "grapevine/graph/transform/to_bidirected.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

constexpr at::ScalarType kIndexType = sizeof(idx_t) == 4 ? at::kInt : at::kLong;
constexpr idx_t kSeed = 4321;

void check_fits(std::int64_t count, const char* what) {
  check(count <= std::numeric_limits<idx_t>::max(),
        "metis_partition_assignment: graph: {} {} are too many for METIS, whose integers have {} "
        "bits",
        count, what, 8 * sizeof(idx_t));
}

/// The simple undirected graph on the CPU.
ops::Csr undirected(const Graph& graph) {
  const ops::Coo& coo = graph.adjacency()->coo();
  const Graph on_cpu =
      grapevine::graph(coo.src.to(at::kCPU, at::kLong), coo.dst.to(at::kCPU, at::kLong),
                       {.num_nodes = graph.num_nodes()});
  return to_bidirected(remove_self_loop(on_cpu)).adjacency()->csr();
}

/// What is balanced, `[num_nodes, number of constraints]`; undefined for the number of nodes alone.
at::Tensor node_weights(const Graph& graph, const MetisPartitionOptions& options) {
  const at::Tensor& types = options.balance_ntypes;
  const at::Tensor degrees =
      options.balance_edges ? graph.in_degrees().to(at::kCPU, at::kLong) : at::Tensor();
  if (!types.defined()) {
    return degrees.defined() ? degrees.unsqueeze(1) : degrees;
  }
  check(types.dim() == 1 && types.numel() == graph.num_nodes(),
        "metis_partition_assignment: balance_ntypes: expected a type for each of {} nodes, got {} "
        "in {} dimensions",
        graph.num_nodes(), types.numel(), types.dim());
  check(at::isIntegralType(types.scalar_type(), /*includeBool=*/true),
        "metis_partition_assignment: balance_ntypes: expected integers, got {}",
        at::toString(types.scalar_type()));
  auto [values, inverse, counts] = at::_unique2(types.to(at::kCPU, at::kLong));
  std::vector<at::Tensor> weights;
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    weights.push_back(types.to(at::kCPU, at::kLong).eq(values[i]).to(at::kLong));
  }
  for (std::int64_t i = 0; degrees.defined() && i < values.numel(); ++i) {
    weights.push_back(weights[static_cast<std::size_t>(i)].mul(degrees));
  }
  return at::stack(weights, 1);
}

/// METIS keeps its state in `std::rand` and in signal handlers.
std::mutex& metis_mutex() {
  static std::mutex mutex;
  return mutex;
}

at::Tensor run_metis(const ops::Csr& edges, const at::Tensor& weights, std::int64_t k,
                     const MetisPartitionOptions& options) {
  idx_t num_nodes = static_cast<idx_t>(edges.indptr.numel() - 1);
  idx_t num_constraints = weights.defined() ? static_cast<idx_t>(weights.size(1)) : 1;
  idx_t num_parts = static_cast<idx_t>(k);
  idx_t objective = 0;
  at::Tensor offsets = edges.indptr.to(kIndexType);
  at::Tensor neighbors = edges.indices.to(kIndexType);
  at::Tensor vertex_weights = weights.defined() ? weights.to(kIndexType).contiguous() : weights;
  at::Tensor parts = at::zeros({num_nodes}, kIndexType);
  std::array<idx_t, METIS_NOPTIONS> settings{};
  METIS_SetDefaultOptions(settings.data());
  settings[METIS_OPTION_SEED] = kSeed;
  settings[METIS_OPTION_OBJTYPE] =
      options.objective == PartitionObjective::kCut ? METIS_OBJTYPE_CUT : METIS_OBJTYPE_VOL;
  const auto partition =
      options.mode == PartitionMode::kKWay ? METIS_PartGraphKway : METIS_PartGraphRecursive;
  const std::lock_guard lock(metis_mutex());
  const int status = partition(
      &num_nodes, &num_constraints, offsets.data_ptr<idx_t>(), neighbors.data_ptr<idx_t>(),
      vertex_weights.defined() ? vertex_weights.data_ptr<idx_t>() : nullptr, /*vsize=*/nullptr,
      /*adjwgt=*/nullptr, &num_parts, /*tpwgts=*/nullptr, /*ubvec=*/nullptr, settings.data(),
      &objective, parts.data_ptr<idx_t>());
  check(status != METIS_ERROR_MEMORY, "metis_partition_assignment: not enough memory for METIS");
  check(status == METIS_OK, "metis_partition_assignment: METIS failed with status {}", status);
  return parts.to(at::kLong);
}

/// Gives each part without a node one of the largest part.
void fill_empty_parts(at::Tensor& parts, std::int64_t k) {
  std::vector<std::vector<std::int64_t>> members(static_cast<std::size_t>(k));
  auto* part = parts.mutable_data_ptr<std::int64_t>();
  for (std::int64_t node = parts.numel() - 1; node >= 0; --node) {
    members[static_cast<std::size_t>(part[node])].push_back(node);
  }
  std::priority_queue<std::pair<std::size_t, std::size_t>> largest;  // size and part
  for (std::size_t i = 0; i < members.size(); ++i) {
    largest.emplace(members[i].size(), i);
  }
  for (std::size_t empty = 0; empty < members.size(); ++empty) {
    if (!members[empty].empty()) {
      continue;
    }
    std::vector<std::int64_t>& donor = members[largest.top().second];
    part[donor.back()] = static_cast<std::int64_t>(empty);
    donor.pop_back();
    const std::size_t donor_index = largest.top().second;
    largest.pop();
    largest.emplace(donor.size(), donor_index);
  }
}

}  // namespace

at::Tensor metis_partition_assignment(const Graph& graph, std::int64_t k,
                                      const MetisPartitionOptions& options) {
  check(graph.is_homogeneous(),
        "metis_partition_assignment: graph: expected one node type, one relation and no block");
  const std::int64_t num_nodes = graph.num_nodes();
  check(k >= 1 && k <= std::max<std::int64_t>(num_nodes, 1),
        "metis_partition_assignment: k: expected 1 to {} parts, as there are nodes, got {}",
        num_nodes, k);
  check(options.mode == PartitionMode::kKWay || options.objective == PartitionObjective::kCut,
        "metis_partition_assignment: objective: recursive bisection makes the cut small, not "
        "kVolume");
  const at::Tensor weights = node_weights(graph, options);
  at::Tensor parts = at::zeros({num_nodes}, at::kLong);
  if (k > 1) {
    const ops::Csr edges = undirected(graph);
    check_fits(weights.defined() ? weights.numel() : num_nodes, "nodes, by what is balanced,");
    check_fits(std::max(edges.indices.numel(), graph.num_edges()), "edges");
    parts = run_metis(edges, weights, k, options);
    fill_empty_parts(parts, k);
  }
  return parts.to(graph.device(), graph.idtype());
}

}  // namespace grapevine
