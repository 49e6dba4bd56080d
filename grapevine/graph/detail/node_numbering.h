#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace grapevine::detail {

/// Numbers the nodes of a block in the order in which they come: an open-addressing hash map from a
/// parent's node id to the row of the block. Its size follows the nodes that are numbered, never
/// the parent's.
template <typename Id>
class NodeNumbering {
 public:
  NodeNumbering() { reserve(0); }

  /// Makes room for `count` different nodes in all. Must be called before that many are added.
  void reserve(std::int64_t count) {
    const std::uint64_t capacity = std::bit_ceil(static_cast<std::uint64_t>(count) * 2 + 2);
    if (capacity <= slots_.size()) {
      return;
    }
    std::vector<Slot> old(capacity);
    old.swap(slots_);
    shift_ = 64 - std::countr_zero(capacity);
    for (const Slot& slot : old) {
      if (slot.node != kEmpty) {
        *locate(slot.node) = slot;
      }
    }
  }

  /// Adds a row for `node` even if it has one, which stays its number. Returns whether it had none.
  bool append(Id node) {
    Slot* slot = locate(node);
    const bool is_new = slot->node == kEmpty;
    if (is_new) {
      *slot = {node, static_cast<Id>(nodes_.size())};
    }
    nodes_.push_back(node);
    return is_new;
  }

  /// The number of `node`, which gets the next one if it has none.
  Id number(Id node) {
    Slot* slot = locate(node);
    if (slot->node == kEmpty) {
      *slot = {node, static_cast<Id>(nodes_.size())};
      nodes_.push_back(node);
    }
    return slot->number;
  }

  /// The number of `node`, or -1.
  [[nodiscard]] Id find(Id node) {
    const Slot* slot = locate(node);
    return slot->node == kEmpty ? Id{-1} : slot->number;
  }

  /// Brings the place of `node` into the cache.
  void prefetch(Id node) const { __builtin_prefetch(&slots_[home(node)], 1); }

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(nodes_.size()); }

  /// The nodes by row `[size]`.
  [[nodiscard]] at::Tensor nodes() const {
    at::Tensor result = at::empty({size()}, c10::CppTypeToScalarType<Id>::value);
    std::copy(nodes_.begin(), nodes_.end(), result.template mutable_data_ptr<Id>());
    return result;
  }

 private:
  static constexpr Id kEmpty = -1;
  struct Slot {
    Id node = kEmpty;
    Id number = 0;
  };

  // Fibonacci hashing: the high bits of a product with 2^64 / golden ratio.
  [[nodiscard]] std::uint64_t home(Id node) const {
    return (static_cast<std::uint64_t>(node) * 0x9E3779B97F4A7C15U) >> shift_;
  }

  Slot* locate(Id node) {
    const std::uint64_t mask = slots_.size() - 1;
    std::uint64_t i = home(node);
    while (slots_[i].node != node && slots_[i].node != kEmpty) {
      i = (i + 1) & mask;
    }
    return &slots_[i];
  }

  std::vector<Slot> slots_;
  std::vector<Id> nodes_;
  int shift_ = 63;
};

}  // namespace grapevine::detail
