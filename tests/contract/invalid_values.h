#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>

#include <array>
#include <cstdint>
#include <limits>

#include "grapevine/util/random.h"

// Values that no call may accept.
namespace grapevine::testing_support {

/// Draws wrong arguments.
class InvalidValues {
 public:
  explicit InvalidValues(RandomStream stream) : stream_(stream) {}

  [[nodiscard]] std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(stream_.below(static_cast<std::uint64_t>(bound)));
  }

  /// A number outside `[0, count)`.
  [[nodiscard]] std::int64_t id(std::int64_t count) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    switch (below(5)) {
      case 0:
        return count;
      case 1:
        return count + 1 + below(1000);
      case 2:
        return kMost;
      case 3:
        return -1 - below(1000);
      default:
        return -kMost - 1;
    }
  }

  /// Ids `[n]` of that dtype, all in `[0, count)`.
  [[nodiscard]] at::Tensor good_ids(std::int64_t count, at::ScalarType idtype) {
    at::Tensor ids = at::zeros({1 + below(5)}, at::kLong);
    for (std::int64_t i = 0; i < ids.numel(); ++i) {
      ids[i] = below(count);
    }
    return ids.to(idtype);
  }

  /// The same with one that is out of range, or of another dtype or shape.
  [[nodiscard]] at::Tensor ids(std::int64_t count, at::ScalarType idtype) {
    at::Tensor ids = good_ids(count, idtype);
    switch (below(5)) {
      case 0:
      case 1:
        ids[below(ids.numel())] = id(count);
        return ids;
      case 2:
        return ids.to(other_dtype(idtype));
      case 3:
        return ids.unsqueeze(below(2));
      default:
        return ids[0];  // no dimension
    }
  }

  /// int64 or int32 ids `[n]`, one of them out of range.
  [[nodiscard]] at::Tensor ids_out_of_range(std::int64_t count) {
    at::Tensor ids = good_ids(count, below(2) == 0 ? at::kLong : at::kInt);
    ids[below(ids.numel())] = id(count);
    return ids;
  }

  /// A dtype that ids of a graph cannot have.
  [[nodiscard]] at::ScalarType other_dtype(at::ScalarType idtype) {
    constexpr std::array kOthers = {at::kFloat, at::kDouble, at::kShort, at::kByte, at::kHalf};
    const std::int64_t choice = below(kOthers.size() + 1);
    return choice == static_cast<std::int64_t>(kOthers.size())
               ? (idtype == at::kLong ? at::kInt : at::kLong)
               : kOthers[static_cast<std::size_t>(choice)];
  }

  /// A feature that does not have `rows` rows.
  [[nodiscard]] at::Tensor feature(std::int64_t rows) {
    switch (below(4)) {
      case 0:
        return {};
      case 1:
        return at::rand({});
      case 2:
        return at::rand({rows + 1 + below(4), 2});
      default:
        return at::rand({below(rows)});
    }
  }

  /// Below `least`.
  [[nodiscard]] std::int64_t size_below(std::int64_t least) {
    return below(4) == 0 ? std::numeric_limits<std::int64_t>::min() : least - 1 - below(100);
  }

  /// Not a probability.
  [[nodiscard]] double probability() {
    constexpr std::array kOthers = {-0.1, 1.5, std::numeric_limits<double>::quiet_NaN(),
                                    std::numeric_limits<double>::infinity()};
    return kOthers[static_cast<std::size_t>(below(kOthers.size()))];
  }

 private:
  RandomStream stream_;
};

}  // namespace grapevine::testing_support
