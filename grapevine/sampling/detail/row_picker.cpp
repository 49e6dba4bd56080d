#include "grapevine/sampling/detail/row_picker.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "grapevine/util/error.h"

namespace grapevine::sampling::detail {
namespace {

// Up to here a search through the picks is faster than a hash set.
constexpr std::int64_t kLinearSearch = 64;

/// `count` different integers in `[0, total)` (Floyd's algorithm; Bentley and Floyd, 1987).
template <typename Id>
void draw_distinct(std::int64_t total, std::int64_t count, RandomStream& stream, Id* out) {
  std::unordered_set<Id> seen;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t last = total - count + i;
    auto drawn = static_cast<Id>(stream.below(static_cast<std::uint64_t>(last) + 1));
    const bool repeats = count <= kLinearSearch ? std::find(out, out + i, drawn) != out + i
                                                : !seen.insert(drawn).second;
    if (repeats) {
      drawn = static_cast<Id>(last);
      if (count > kLinearSearch) {
        seen.insert(drawn);
      }
    }
    out[i] = drawn;
  }
}

/// As many integers in `[0, total)` as asked for: all of them, or `fanout` at random.
template <typename Id>
std::int64_t draw_uniform(std::int64_t total, std::int64_t fanout, bool replace,
                          RandomStream& stream, Id* out) {
  if (total == 0 || fanout == 0) {
    return 0;
  }
  if (fanout < 0 || (!replace && total <= fanout)) {
    std::iota(out, out + total, Id{0});
    return total;
  }
  if (replace) {
    std::generate(out, out + fanout,
                  [&] { return static_cast<Id>(stream.below(static_cast<std::uint64_t>(total))); });
  } else {
    draw_distinct(total, fanout, stream, out);
  }
  return fanout;
}

}  // namespace

template <typename Id>
RowPicker<Id>::RowPicker(const EdgeWeights& weights, const Id* edge_ids, std::int64_t fanout,
                         bool replace)
    : weights_(weights), edge_ids_(edge_ids), fanout_(fanout), replace_(replace) {
  if (weights.table != nullptr) {
    data_ = weights.table->weights().const_data_ptr();
  } else if (weights.column.defined()) {
    data_ = weights.column.const_data_ptr();
    weight_ids_ = edge_ids;
    stride_ = weights.column.stride(0);
  }
}

template <typename Id>
std::int64_t RowPicker<Id>::bound(std::int64_t degree, std::int64_t fanout, bool replace) {
  if (fanout < 0 || degree == 0) {
    return degree;
  }
  return replace ? fanout : std::min(degree, fanout);
}

template <typename Id>
std::int64_t RowPicker<Id>::pick(Row row, RandomStream stream, Id* out) {
  if (!weights_.column.defined()) {
    return pick_uniform(row, stream, out);
  }
  if (weights_.is_mask) {
    return pick_masked(row, stream, out);
  }
  DrawnAhead drawn(stream);
  return pick_weighted(row, drawn, out);
}

template <typename Id>
std::int64_t RowPicker<Id>::pick_uniform(Row row, RandomStream& stream, Id* out) {
  const std::int64_t count = draw_uniform(row.degree, fanout_, replace_, stream, out);
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] += static_cast<Id>(row.begin);
  }
  return count;
}

template <typename Id>
void RowPicker<Id>::load(Row row) {
  if (weights_.column.defined() && !weights_.is_mask) {
    load_weights(row);
    scale_weights();
    return;
  }
  if (weights_.column.defined()) {
    load_mask(row);
  } else {
    positions_.resize(static_cast<std::size_t>(row.degree));
    std::iota(positions_.begin(), positions_.end(), static_cast<Id>(row.begin));
  }
  values_.assign(positions_.size(), 1);
}

template <typename Id>
void RowPicker<Id>::load_mask(Row row) {
  // A byte that is not 0 says yes, whichever of the three types it has.
  const auto* mask = static_cast<const std::uint8_t*>(data_);
  positions_.clear();
  for (std::int64_t position = row.begin; position < row.begin + row.degree; ++position) {
    if (mask[place_of(position)] != 0) {
      positions_.push_back(static_cast<Id>(position));
    }
  }
}

template <typename Id>
std::int64_t RowPicker<Id>::pick_masked(Row row, RandomStream& stream, Id* out) {
  load_mask(row);
  const std::int64_t count =
      draw_uniform(static_cast<std::int64_t>(positions_.size()), fanout_, replace_, stream, out);
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = positions_[out[i]];
  }
  return count;
}

template <typename Id>
double RowPicker<Id>::weight_at(std::int64_t position) const {
  const std::int64_t place = place_of(position);
  const double value = weights_.column.scalar_type() == at::kFloat
                           ? static_cast<double>(static_cast<const float*>(data_)[place])
                           : static_cast<const double*>(data_)[place];
  if (!(value >= 0) || std::isinf(value)) {
    fail_probability(weights_, edge_ids_ == nullptr ? position : edge_ids_[position], value);
  }
  return value;
}

template <typename Id>
void RowPicker<Id>::load_weights(Row row) {
  positions_.clear();
  values_.clear();
  for (std::int64_t position = row.begin; position < row.begin + row.degree; ++position) {
    const double value = weight_at(position);
    if (value > 0) {
      positions_.push_back(static_cast<Id>(position));
      values_.push_back(value);
    }
  }
}

template <typename Id>
void RowPicker<Id>::scale_weights() {
  if (!values_.empty()) {
    const double scale = weight_scale(*std::max_element(values_.begin(), values_.end()));
    std::transform(values_.begin(), values_.end(), values_.begin(),
                   [&](double value) { return value * scale; });
  }
}

/// The alias table of a row, or null if it has no weight above 0.
template <typename Id>
const AliasEntry* RowPicker<Id>::table_of(Row row) {
  if (weights_.table != nullptr) {
    const AliasEntry* table = weights_.table->aliases() + row.begin;
    const bool is_empty = !weights_.table->all_positive() && table->threshold == 0 &&
                          table->alias == 0;  // which no entry is that can be drawn
    return is_empty ? nullptr : table;
  }
  values_.resize(static_cast<std::size_t>(row.degree));
  for (std::int64_t i = 0; i < row.degree; ++i) {
    values_[i] = weight_at(row.begin + i);
  }
  own_table_.resize(values_.size());
  return builder_.build(row.degree, values_.data(), own_table_.data()) ? own_table_.data()
                                                                       : nullptr;
}

template <typename Id>
std::int64_t RowPicker<Id>::pick_weighted(Row row, DrawnAhead& drawn, Id* out) {
  if (row.degree == 0 || fanout_ == 0) {
    return 0;
  }
  if (fanout_ < 0 || (!replace_ && row.degree <= fanout_)) {
    return take_all(row, out);
  }
  const AliasEntry* table = table_of(row);
  if (table == nullptr) {
    return 0;
  }
  if (!replace_) {
    return draw_distinct(row, table, drawn, out);
  }
  std::generate(out, out + fanout_,
                [&] { return static_cast<Id>(row.begin + draw(table, row.degree, drawn.next())); });
  return fanout_;
}

/// Every candidate with a weight.
template <typename Id>
std::int64_t RowPicker<Id>::take_all(Row row, Id* out) {
  if (weights_.table != nullptr && weights_.table->all_positive()) {
    std::iota(out, out + row.degree, static_cast<Id>(row.begin));
    return row.degree;
  }
  load_weights(row);
  std::copy(positions_.begin(), positions_.end(), out);
  return static_cast<std::int64_t>(positions_.size());
}

// Draws with replacement of which repeats are thrown away are draws without replacement, one after
// the other. Where too many repeat, because few weights have most of the sum or few are not 0, the
// rest is picked by keys among what is left.
template <typename Id>
std::int64_t RowPicker<Id>::draw_distinct(Row row, const AliasEntry* table, DrawnAhead& drawn,
                                          Id* out) {
  const std::int64_t most_draws = fanout_ <= kLinearSearch ? 2 * fanout_ + 8 : 0;
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < most_draws && count < fanout_; ++i) {
    const auto picked = static_cast<Id>(row.begin + draw(table, row.degree, drawn.next()));
    if (std::find(out, out + count, picked) == out + count) {
      out[count] = picked;
      ++count;
    }
  }
  return count == fanout_ ? count : count + pick_rest(row, drawn.rest(), out, count);
}

/// Picks by keys among the candidates that the first `count` picks have left.
template <typename Id>
std::int64_t RowPicker<Id>::pick_rest(Row row, RandomStream& stream, Id* out, std::int64_t count) {
  load_weights(row);
  std::size_t left = 0;
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    if (std::find(out, out + count, positions_[i]) == out + count) {
      positions_[left] = positions_[i];
      values_[left] = values_[i];
      ++left;
    }
  }
  positions_.resize(left);
  values_.resize(left);
  if (static_cast<std::int64_t>(left) <= fanout_ - count) {
    std::copy(positions_.begin(), positions_.end(), out + count);
    return static_cast<std::int64_t>(left);
  }
  scale_weights();
  draw_by_keys(stream, out + count, fanout_ - count);
  return fanout_ - count;
}

// Every candidate has a key from the exponential distribution with its weight as the rate; the
// smallest keys win (Efraimidis and Spirakis, 2006). Most candidates lose, so instead of their keys
// one draws how much weight passes until the next winner, whose key is then drawn below the bar:
// their algorithm A-ExpJ.
template <typename Id>
void RowPicker<Id>::draw_by_keys(RandomStream& stream, Id* out, std::int64_t count) {
  heap_.clear();
  for (std::int64_t i = 0; i < count; ++i) {
    heap_.emplace_back(stream.exponential() / values_[i], i);
  }
  std::make_heap(heap_.begin(), heap_.end());
  double bar = heap_.front().first;
  double to_pass = stream.exponential() / bar;
  for (auto i = static_cast<std::size_t>(count); i < values_.size(); ++i) {
    to_pass -= values_[i];
    if (to_pass < 0) {
      const double key = -std::log1p(stream.uniform() * std::expm1(-values_[i] * bar)) / values_[i];
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.back() = {key, static_cast<std::int64_t>(i)};
      std::push_heap(heap_.begin(), heap_.end());
      bar = heap_.front().first;
      to_pass = stream.exponential() / bar;
    }
  }
  std::transform(heap_.begin(), heap_.end(), out,
                 [&](const auto& entry) { return positions_[entry.second]; });
}

template class RowPicker<std::int32_t>;
template class RowPicker<std::int64_t>;

}  // namespace grapevine::sampling::detail
