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
std::int64_t draw(std::int64_t total, std::int64_t fanout, bool replace, RandomStream& stream,
                  Id* out) {
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
  return weights_.is_mask ? pick_masked(row, stream, out) : pick_weighted(row, stream, out);
}

template <typename Id>
std::int64_t RowPicker<Id>::pick_uniform(Row row, RandomStream& stream, Id* out) {
  const std::int64_t count = draw(row.degree, fanout_, replace_, stream, out);
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] += static_cast<Id>(row.begin);
  }
  return count;
}

template <typename Id>
void RowPicker<Id>::load(Row row) {
  if (weights_.column.defined() && !weights_.is_mask) {
    load_weights(row);
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
  const auto* mask = static_cast<const std::uint8_t*>(weights_.column.const_data_ptr());
  const std::int64_t stride = weights_.column.stride(0);
  positions_.clear();
  for (std::int64_t position = row.begin; position < row.begin + row.degree; ++position) {
    if (mask[edge_at(position) * stride] != 0) {
      positions_.push_back(static_cast<Id>(position));
    }
  }
}

template <typename Id>
std::int64_t RowPicker<Id>::pick_masked(Row row, RandomStream& stream, Id* out) {
  load_mask(row);
  const std::int64_t count =
      draw(static_cast<std::int64_t>(positions_.size()), fanout_, replace_, stream, out);
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = positions_[out[i]];
  }
  return count;
}

template <typename Id>
void RowPicker<Id>::load_weights(Row row) {
  const bool is_float = weights_.column.scalar_type() == at::kFloat;
  const auto* floats = is_float ? weights_.column.const_data_ptr<float>() : nullptr;
  const auto* doubles = is_float ? nullptr : weights_.column.const_data_ptr<double>();
  const std::int64_t stride = weights_.column.stride(0);
  positions_.clear();
  values_.clear();
  double largest = 0;
  for (std::int64_t position = row.begin; position < row.begin + row.degree; ++position) {
    const std::int64_t edge = edge_at(position);
    const double value =
        is_float ? static_cast<double>(floats[edge * stride]) : doubles[edge * stride];
    if (!(value >= 0) || std::isinf(value)) {
      fail_probability(weights_, edge, value);
    }
    if (value > 0) {
      positions_.push_back(static_cast<Id>(position));
      values_.push_back(value);
      largest = std::max(largest, value);
    }
  }
  // Weights as large or small as doubles go shall neither overflow a sum nor vanish in it.
  int exponent = 0;
  std::frexp(largest, &exponent);
  const double scale = std::ldexp(1.0, std::min(-exponent, 1000));
  std::transform(values_.begin(), values_.end(), values_.begin(),
                 [&](double value) { return value * scale; });
}

template <typename Id>
std::int64_t RowPicker<Id>::pick_weighted(Row row, RandomStream& stream, Id* out) {
  load_weights(row);
  const auto total = static_cast<std::int64_t>(positions_.size());
  if (total == 0 || fanout_ == 0) {
    return 0;
  }
  if (fanout_ < 0 || (!replace_ && total <= fanout_)) {
    std::copy(positions_.begin(), positions_.end(), out);
    return total;
  }
  replace_ ? draw_weighted_with_replacement(stream, out, fanout_) : draw_weighted(stream, out);
  return fanout_;
}

// Every candidate has a key from the exponential distribution with its weight as the rate; the
// smallest keys win (Efraimidis and Spirakis, 2006). Most candidates lose, so instead of their keys
// one draws how much weight passes until the next winner, whose key is then drawn below the bar:
// their algorithm A-ExpJ.
template <typename Id>
void RowPicker<Id>::draw_weighted(RandomStream& stream, Id* out) {
  heap_.clear();
  for (std::int64_t i = 0; i < fanout_; ++i) {
    heap_.emplace_back(stream.exponential() / values_[i], i);
  }
  std::make_heap(heap_.begin(), heap_.end());
  double bar = heap_.front().first;
  double to_pass = stream.exponential() / bar;
  for (std::size_t i = static_cast<std::size_t>(fanout_); i < values_.size(); ++i) {
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

template <typename Id>
void RowPicker<Id>::draw_weighted_with_replacement(RandomStream& stream, Id* out,
                                                   std::int64_t count) {
  std::partial_sum(values_.begin(), values_.end(), values_.begin());
  std::generate(out, out + count, [&] {
    const double target = stream.uniform() * values_.back();
    const auto found = std::upper_bound(values_.begin(), values_.end() - 1, target);
    return positions_[found - values_.begin()];
  });
}

template class RowPicker<std::int32_t>;
template class RowPicker<std::int64_t>;

}  // namespace grapevine::sampling::detail
