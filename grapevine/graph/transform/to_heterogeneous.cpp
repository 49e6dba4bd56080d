#include "grapevine/graph/transform/to_heterogeneous.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_unique2.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <set>

#include "grapevine/util/error.h"

namespace grapevine {
namespace {

void check_names(const std::vector<std::string>& names, const char* argument) {
  check(!names.empty(), "to_heterogeneous: {}: expected at least one name", argument);
  for (const std::string& name : names) {
    check(!name.empty(), "to_heterogeneous: {}: a name must not be empty", argument);
  }
}

/// A type field as int64.
at::Tensor type_ids(const FrameView& data, const std::string& field, const char* argument,
                    std::size_t num_types) {
  check(data.contains(field), "to_heterogeneous: {}: there is no feature \"{}\"; there are: [{}]",
        argument, field, fmt::join(data.keys(), ", "));
  const at::Tensor ids = data[field];
  check(ids.dim() == 1 && at::isIntegralType(ids.scalar_type(), /*includeBool=*/false),
        "to_heterogeneous: {}: expected 1-D integers in feature \"{}\", got {} of {} dimensions",
        argument, field, at::toString(ids.scalar_type()), ids.dim());
  const at::Tensor wrong = (ids.lt(0) | ids.ge(static_cast<std::int64_t>(num_types))).nonzero();
  check(wrong.numel() == 0,
        "to_heterogeneous: {}: type {} in feature \"{}\" is out of range; there are {} names",
        argument, wrong.numel() == 0 ? 0 : ids[wrong[0].item<std::int64_t>()].item<std::int64_t>(),
        field, num_types);
  return ids.to(at::kLong);
}

/// Rows by group, ascending in each.
std::vector<at::Tensor> rows_by_group(const at::Tensor& groups, std::int64_t num_groups) {
  return groups.argsort(/*stable=*/true).split_with_sizes([&] {
    const at::Tensor counts = groups.bincount({}, num_groups).to(at::kCPU);
    const auto* begin = counts.const_data_ptr<std::int64_t>();
    return std::vector<std::int64_t>(begin, begin + num_groups);
  }());
}

/// The edges of each relation, as ids in the homogeneous graph.
using RelationEdges = std::map<CanonicalEtype, at::Tensor>;

class Splitter {
 public:
  Splitter(const Graph& graph, const std::vector<std::string>& ntypes,
           const std::vector<std::string>& etypes, const ToHeterogeneousOptions& options)
      : graph_(graph), ntypes_(ntypes), etypes_(etypes), options_(options) {
    node_types_ = type_ids(graph.ndata(), options.ntype_field, "ntype_field", ntypes.size());
    edge_types_ = type_ids(graph.edata(), options.etype_field, "etype_field", etypes.size());
    nodes_ = rows_by_group(node_types_, static_cast<std::int64_t>(ntypes.size()));
    numbers_ = at::empty_like(node_types_);
    for (const at::Tensor& rows : nodes_) {
      numbers_.index_copy_(0, rows, at::arange(rows.numel(), rows.options()));
    }
    numbers_ = numbers_.to(graph.idtype());
  }

  Graph split() {
    NodeCounts counts;
    for (std::size_t i = 0; i < ntypes_.size(); ++i) {
      counts[ntypes_[i]] = nodes_[i].numel();
    }
    const RelationEdges edges = split_edges();
    const ops::Coo& coo = graph_.adjacency()->coo();
    Adjacencies adjacencies;
    for (const auto& [type, rows] : edges) {
      adjacencies[type] =
          Adjacency::from_coo_unchecked(counts.at(type.src), counts.at(type.dst),
                                        {numbers_.index_select(0, coo.src.index_select(0, rows)),
                                         numbers_.index_select(0, coo.dst.index_select(0, rows))});
    }
    Graph result(make_graph_data(counts, adjacencies, graph_.idtype(), graph_.device()));
    for (std::size_t i = 0; i < ntypes_.size(); ++i) {
      carry_features(graph_.ndata(), nodes_[i], options_.ntype_field,
                     result.nodes(ntypes_[i]).data);
    }
    for (const auto& [type, rows] : edges) {
      carry_features(graph_.edata(), rows, options_.etype_field, result.edges(type).data);
    }
    return result;
  }

 private:
  RelationEdges split_edges() {
    const ops::Coo& coo = graph_.adjacency()->coo();
    const auto num_ntypes = static_cast<std::int64_t>(ntypes_.size());
    const auto num_etypes = static_cast<std::int64_t>(etypes_.size());
    const at::Tensor keys =
        (node_types_.index_select(0, coo.src) * num_etypes + edge_types_) * num_ntypes +
        node_types_.index_select(0, coo.dst);
    const auto [found, inverse, unused] =
        at::_unique2(keys, /*sorted=*/true, /*return_inverse=*/true);
    const std::vector<at::Tensor> rows = rows_by_group(inverse, found.numel());
    const at::Tensor on_cpu = found.to(at::kCPU);
    RelationEdges result;
    for (const CanonicalEtype& type : options_.metagraph) {
      result[type] = keys.narrow(0, 0, 0);
    }
    for (std::int64_t i = 0; i < on_cpu.numel(); ++i) {
      const std::int64_t key = on_cpu.const_data_ptr<std::int64_t>()[i];
      const CanonicalEtype type{ntypes_[static_cast<std::size_t>(key / num_ntypes / num_etypes)],
                                etypes_[static_cast<std::size_t>(key / num_ntypes % num_etypes)],
                                ntypes_[static_cast<std::size_t>(key % num_ntypes)]};
      check(options_.metagraph.empty() || result.contains(type),
            "to_heterogeneous: metagraph: lacks relation {}, which edges have", to_string(type));
      // Two places of `etypes` may have one name.
      at::Tensor& merged = result[type];
      const at::Tensor& more = rows[static_cast<std::size_t>(i)];
      merged = merged.defined() ? std::get<0>(at::cat({merged, more}).sort()) : more;
    }
    return result;
  }

  void carry_features(const FrameView& from, const at::Tensor& rows, const std::string& type_field,
                      const FrameView& to) const {
    to.frame()->add_slices(*from.frame(), rows);
    to.frame()->erase(type_field);
    to[NID] = rows.to(graph_.idtype());
  }

  const Graph& graph_;
  const std::vector<std::string>& ntypes_;
  const std::vector<std::string>& etypes_;
  const ToHeterogeneousOptions& options_;
  at::Tensor node_types_;
  at::Tensor edge_types_;
  std::vector<at::Tensor> nodes_;  // by type
  at::Tensor numbers_;             // of each node in its type
};

}  // namespace

Graph to_heterogeneous(const Graph& graph, const std::vector<std::string>& ntypes,
                       const std::vector<std::string>& etypes,
                       const ToHeterogeneousOptions& options) {
  check(graph.is_homogeneous(),
        "to_heterogeneous: graph: expected one node type, one relation and no block");
  check_names(ntypes, "ntypes");
  check_names(etypes, "etypes");
  check(std::set<std::string>(ntypes.begin(), ntypes.end()).size() == ntypes.size(),
        "to_heterogeneous: ntypes: a name stands twice in [{}]", fmt::join(ntypes, ", "));
  for (const CanonicalEtype& type : options.metagraph) {
    for (const std::string& node_type : {type.src, type.dst}) {
      check(std::find(ntypes.begin(), ntypes.end(), node_type) != ntypes.end(),
            "to_heterogeneous: metagraph: node type \"{}\" of relation {} is not in ntypes [{}]",
            node_type, to_string(type), fmt::join(ntypes, ", "));
    }
    check(!type.name.empty(), "to_heterogeneous: metagraph: a name must not be empty in {}",
          to_string(type));
  }
  return Splitter(graph, ntypes, etypes, options).split();
}

}  // namespace grapevine
