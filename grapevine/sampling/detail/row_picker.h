#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
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

/// A node's random numbers, of which the first may have been drawn before they are needed.
class DrawnAhead {
 public:
  static constexpr std::int64_t kMost = 16;

  DrawnAhead() : DrawnAhead(RandomStream(0, 0)) {}
  explicit DrawnAhead(RandomStream stream) : stream_(stream) {}

  /// Draws 64 bits that `next` will return; at most `kMost` times.
  std::uint64_t draw_ahead() { return bits_[drawn_++] = stream_.next_uint64(); }
  std::uint64_t next() { return used_ < drawn_ ? bits_[used_++] : stream_.next_uint64(); }
  /// Those after all that were drawn.
  RandomStream& rest() { return stream_; }

 private:
  RandomStream stream_;
  std::array<std::uint64_t, kMost> bits_{};
  std::size_t drawn_ = 0;
  std::size_t used_ = 0;
};

/// Picks among the candidates of one node after another; holds the memory that this takes.
template <typename Id>
class RowPicker {
 public:
  /// `edge_ids` may be null: edge i at position i.
  RowPicker(const EdgeWeights& weights, const Id* edge_ids, std::int64_t fanout, bool replace);

  /// The most that a node of this degree picks.
  static std::int64_t bound(std::int64_t degree, std::int64_t fanout, bool replace);

  /// Writes the picked positions to `out`, which has room for `bound` of them; returns how many.
  std::int64_t pick(Row row, RandomStream stream, Id* out);

  /// Whether `look_ahead` helps: it hides that the places of a large weight table are far away.
  [[nodiscard]] bool looks_ahead() const {
    return weights_.table != nullptr && weights_.table->aliases() != nullptr && fanout_ > 0 &&
           fanout_ <= DrawnAhead::kMost;
  }
  /// Draws what `pick_drawn` will need and brings the places that it points to into the cache.
  void look_ahead(Row row, DrawnAhead& drawn) const {
    const AliasEntry* table = weights_.table->aliases() + row.begin;
    const std::int64_t count = row.degree > (replace_ ? 0 : fanout_) ? fanout_ : 0;
    for (std::int64_t i = 0; i < count; ++i) {
      __builtin_prefetch(table + AliasPoint(drawn.draw_ahead(), row.degree).place);
    }
  }
  /// What `pick` picks.
  std::int64_t pick_drawn(Row row, DrawnAhead& drawn, Id* out) {
    return pick_weighted(row, drawn, out);
  }

  /// Picks one with a chance in proportion to its weight times `factor(position)`, a number above 0
  /// and not above 1. Returns how many, 0 if no candidate has a weight.
  template <typename Factor>
  std::int64_t pick_one(Row row, RandomStream stream, const Factor& factor, Id* out) {
    load(row);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      values_[i] *= factor(static_cast<std::int64_t>(positions_[i]));
    }
    if (values_.empty()) {
      return 0;
    }
    std::partial_sum(values_.begin(), values_.end(), values_.begin());
    const double target = stream.uniform() * values_.back();
    const auto found = std::upper_bound(values_.begin(), values_.end() - 1, target);
    *out = positions_[found - values_.begin()];
    return 1;
  }

 private:
  std::int64_t pick_uniform(Row row, RandomStream& stream, Id* out);
  std::int64_t pick_masked(Row row, RandomStream& stream, Id* out);
  std::int64_t pick_weighted(Row row, DrawnAhead& drawn, Id* out);
  std::int64_t draw_distinct(Row row, const AliasEntry* table, DrawnAhead& drawn, Id* out);
  std::int64_t take_all(Row row, Id* out);
  std::int64_t pick_rest(Row row, RandomStream& stream, Id* out, std::int64_t count);
  void draw_by_keys(RandomStream& stream, Id* out, std::int64_t count);
  void load(Row row);
  void load_mask(Row row);
  void load_weights(Row row);
  void scale_weights();
  const AliasEntry* table_of(Row row);
  [[nodiscard]] double weight_at(std::int64_t position) const;

  /// Where the column, or the table of it, has what belongs to a position.
  [[nodiscard]] std::int64_t place_of(std::int64_t position) const {
    return stride_ * (weight_ids_ == nullptr ? position : weight_ids_[position]);
  }

  const EdgeWeights& weights_;
  const Id* edge_ids_;
  std::int64_t fanout_;
  bool replace_;
  const void* data_ = nullptr;      // of the column or the table
  const Id* weight_ids_ = nullptr;  // by position; null where data is in the order of positions
  std::int64_t stride_ = 1;
  AliasBuilder builder_;
  std::vector<AliasEntry> own_table_;  // of a row, where there is no weight table
  std::vector<Id> positions_;          // those with a weight
  std::vector<double> values_;         // their weights, scaled, or those of a whole row
  std::vector<std::pair<double, std::int64_t>>
      heap_;  // the smallest keys, the largest of them first
};

extern template class RowPicker<std::int32_t>;
extern template class RowPicker<std::int64_t>;

}  // namespace grapevine::sampling::detail
