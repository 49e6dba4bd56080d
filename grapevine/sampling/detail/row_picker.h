#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "grapevine/sampling/detail/candidates.h"
#include "grapevine/util/random.h"

namespace grapevine::sampling::detail {

/// One node's candidates: positions `begin` to `begin + degree - 1` of the relation's rows.
struct Row {
  std::int64_t begin;
  std::int64_t degree;
};

/// Picks among the candidates of one node after another; holds the memory that this takes.
template <typename Id>
class RowPicker {
 public:
  /// `edge_ids` may be null: edge i at position i.
  RowPicker(const EdgeWeights& weights, const Id* edge_ids, std::int64_t fanout, bool replace)
      : weights_(weights), edge_ids_(edge_ids), fanout_(fanout), replace_(replace) {}

  /// The most that a node of this degree picks.
  static std::int64_t bound(std::int64_t degree, std::int64_t fanout, bool replace);

  /// Writes the picked positions to `out`, which has room for `bound` of them; returns how many.
  std::int64_t pick(Row row, RandomStream stream, Id* out);

  /// Picks one with a chance in proportion to its weight times `factor(position)`, a number above 0
  /// and not above 1. Returns how many, 0 if no candidate has a weight.
  template <typename Factor>
  std::int64_t pick_one(Row row, RandomStream stream, const Factor& factor, Id* out) {
    load(row);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      values_[i] *= factor(static_cast<std::int64_t>(positions_[i]));
    }
    if (!values_.empty()) {
      draw_weighted_with_replacement(stream, out, 1);
    }
    return values_.empty() ? 0 : 1;
  }

 private:
  std::int64_t pick_uniform(Row row, RandomStream& stream, Id* out);
  std::int64_t pick_masked(Row row, RandomStream& stream, Id* out);
  std::int64_t pick_weighted(Row row, RandomStream& stream, Id* out);
  void draw_weighted(RandomStream& stream, Id* out);
  void draw_weighted_with_replacement(RandomStream& stream, Id* out, std::int64_t count);
  void load(Row row);
  void load_mask(Row row);
  void load_weights(Row row);
  [[nodiscard]] std::int64_t edge_at(std::int64_t position) const {
    return edge_ids_ == nullptr ? position : edge_ids_[position];
  }

  const EdgeWeights& weights_;
  const Id* edge_ids_;
  std::int64_t fanout_;
  bool replace_;
  std::vector<Id> positions_;   // those with a weight
  std::vector<double> values_;  // their weights, the largest between 0.5 and 1
  std::vector<std::pair<double, std::int64_t>>
      heap_;  // the smallest keys, the largest of them first
};

extern template class RowPicker<std::int32_t>;
extern template class RowPicker<std::int64_t>;

}  // namespace grapevine::sampling::detail
