#include <ATen/ops/stack.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/message/cross_reducer.h"
#include "grapevine/message/detail/message_plan.h"
#include "grapevine/message/detail/user_calls.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

using function::CrossReducer;
using function::EtypeUpdate;

/// One feature that one relation brings to its destination type.
struct Part {
  const GraphData::Relation* relation;
  at::Tensor data;
  at::Tensor lonely;  ///< `[num_dst]`: where `data` is 0 for want of a maximum or minimum;
                      ///< undefined for other reducers
};

/// What a node type gets, in the order of the updates.
struct Gathered {
  std::map<std::string, std::vector<Part>> parts;  ///< by feature
  std::size_t num_relations = 0;
};

void add_parts(Gathered& gathered, const GraphData& data, const GraphData::Relation& relation,
               const EtypeUpdate& update) {
  const FeatureMap features = detail::run(
      detail::whole_relation(data, relation),
      {update.message, update.reduce, update.apply.has_value() ? &update.apply.value() : nullptr});
  const bool is_extremum =
      update.reduce.is_builtin() &&
      (update.reduce.reduce() == ops::Reduce::kMax || update.reduce.reduce() == ops::Reduce::kMin);
  const at::Tensor lonely = is_extremum && !update.apply.has_value()
                                ? relation.adjacency->in_degrees().eq(0)
                                : at::Tensor();
  for (const auto& [name, values] : features) {
    gathered.parts[name].push_back({&relation, values, lonely});
  }
  ++gathered.num_relations;
}

/// A mask `[num_dst]` shaped to select rows of `like`.
at::Tensor as_rows(const at::Tensor& mask, const at::Tensor& like) {
  at::DimVector shape(static_cast<std::size_t>(like.dim()), 1);
  shape[0] = mask.size(0);
  return mask.view(shape);
}

/// The largest or smallest of those that there are; 0 where there is none.
at::Tensor merge_extremum(const std::vector<Part>& parts, bool maximum) {
  const double worst = std::numeric_limits<double>::infinity() * (maximum ? -1 : 1);
  std::vector<at::Tensor> candidates;
  at::Tensor none = parts.front().lonely;
  for (const Part& part : parts) {
    candidates.push_back(part.lonely.defined()
                             ? part.data.masked_fill(as_rows(part.lonely, part.data), worst)
                             : part.data);
    none = none.defined() && part.lonely.defined() ? none.logical_and(part.lonely) : at::Tensor();
  }
  const at::Tensor stacked = at::stack(candidates);
  const at::Tensor best = std::get<0>(maximum ? stacked.max(0) : stacked.min(0));
  return none.defined() ? best.masked_fill(as_rows(none, best), 0) : best;
}

void check_alike(const std::string& name, const std::vector<Part>& parts) {
  const at::Tensor& first = parts.front().data;
  for (const Part& part : parts) {
    check(part.data.sizes() == first.sizes() && part.data.scalar_type() == first.scalar_type(),
          "multi_update_all: feature \"{}\": expected one shape and type from every relation, got "
          "[{}] {} and [{}] {}",
          name, fmt::join(first.sizes(), ", "), at::toString(first.scalar_type()),
          fmt::join(part.data.sizes(), ", "), at::toString(part.data.scalar_type()));
  }
}

at::Tensor merge(const std::string& name, std::vector<Part> parts, const CrossReducer& reducer) {
  using Kind = CrossReducer::Kind;
  if (reducer.kind() == Kind::kStack) {
    std::sort(parts.begin(), parts.end(),
              [](const Part& a, const Part& b) { return a.relation < b.relation; });
  }
  std::vector<at::Tensor> tensors;
  for (const Part& part : parts) {
    tensors.push_back(part.data);
  }
  if (reducer.kind() == Kind::kFunction) {
    return reducer.function()(tensors);
  }
  check_alike(name, parts);
  switch (reducer.kind()) {
    case Kind::kStack:
      return at::stack(tensors, 1);
    case Kind::kMean:
      return at::stack(tensors).mean(0);
    case Kind::kMax:
      return merge_extremum(parts, true);
    case Kind::kMin:
      return merge_extremum(parts, false);
    default:
      return at::stack(tensors).sum(0);
  }
}

void check_distinct(const GraphData& data, const std::vector<EtypeUpdate>& updates) {
  std::set<const GraphData::Relation*> seen;
  for (const EtypeUpdate& update : updates) {
    const GraphData::Relation& relation = data.relation(update.etype);
    check(seen.insert(&relation).second,
          "multi_update_all: expected each relation once, got {} twice", to_string(relation.type));
  }
}

/// Merges and stores; returns the destination types that got something, by position.
std::vector<std::size_t> update_types(const GraphData& data,
                                      const std::vector<EtypeUpdate>& updates,
                                      const CrossReducer& reducer) {
  check_distinct(data, updates);
  std::map<std::size_t, Gathered> by_type;
  for (const EtypeUpdate& update : updates) {
    const GraphData::Relation& relation = data.relation(update.etype);
    add_parts(by_type[relation.dst], data, relation, update);
  }
  std::map<std::size_t, FeatureMap> merged;
  for (const auto& [type, gathered] : by_type) {
    const bool as_it_is =
        gathered.num_relations == 1 && reducer.kind() != CrossReducer::Kind::kStack;
    FeatureMap& features = merged[type];
    for (const auto& [name, parts] : gathered.parts) {
      features[name] = as_it_is ? parts.front().data : merge(name, parts, reducer);
    }
  }
  std::vector<std::size_t> types;
  for (const auto& [type, features] : merged) {
    detail::store(*data.dst_nodes->frames[type], {}, features);
    types.push_back(type);
  }
  return types;
}

}  // namespace

void Graph::multi_update_all(const std::vector<EtypeUpdate>& updates,
                             const CrossReducer& cross_reducer) const {
  static_cast<void>(update_types(*data_, updates, cross_reducer));
}

void Graph::multi_update_all(const std::vector<EtypeUpdate>& updates,
                             const CrossReducer& cross_reducer,
                             const function::ApplyFunction& apply) const {
  for (const std::size_t type : update_types(*data_, updates, cross_reducer)) {
    const GraphData::NodeSpace& nodes = *data_->dst_nodes;
    const NodeView view(nodes.frames[type], idtype());
    detail::store(*nodes.frames[type], {},
                  detail::call_on_nodes({nodes.frames[type], view.ids(), nodes.types[type]},
                                        apply.function()));
  }
}

}  // namespace grapevine
