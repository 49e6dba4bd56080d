#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "grapevine/util/error.h"

namespace grapevine::detail {

/// The memory of a `NodeNumbering`: places of a hash map, which are free unless they carry its
/// present stamp, so that it is emptied without being touched. Kept for the next numbering of any
/// thread, the last one first, so there are no more of them than were in use at once.
template <typename Id>
class NumberingTable {
 public:
  struct Slot {
    Id node = 0;
    std::uint32_t number = 0;
    std::uint32_t stamp = 0;
  };

  /// What tables wait on for whoever comes next.
  struct Shelf {
    std::mutex mutex;
    std::vector<std::unique_ptr<NumberingTable>> tables;
  };
  struct GiveBack {
    std::shared_ptr<Shelf> shelf;
    void operator()(NumberingTable* table) const {
      std::unique_ptr<NumberingTable> owned(table);
      if (owned->slots.size() <= kMostKept) {
        const std::lock_guard lock(shelf->mutex);
        shelf->tables.push_back(std::move(owned));
      }
    }
  };
  using Lease = std::unique_ptr<NumberingTable, GiveBack>;

  /// An empty table.
  static Lease borrow() {
    static const auto shelf = std::make_shared<Shelf>();
    std::unique_ptr<NumberingTable> table = take(*shelf);
    table->clear();
    return {table.release(), GiveBack{shelf}};
  }

  void clear() {
    ++stamp;
    if (stamp == 0) {
      std::fill(slots.begin(), slots.end(), Slot{});
      stamp = 1;
    }
  }

  std::vector<Slot> slots;
  std::uint32_t stamp = 0;

 private:
  static constexpr std::size_t kMostKept = std::size_t{1} << 22;

  static std::unique_ptr<NumberingTable> take(Shelf& shelf) {
    const std::lock_guard lock(shelf.mutex);
    if (shelf.tables.empty()) {
      return std::make_unique<NumberingTable>();
    }
    std::unique_ptr<NumberingTable> last = std::move(shelf.tables.back());
    shelf.tables.pop_back();
    return last;
  }
};

/// Numbers the nodes of a block in the order in which they come: an open-addressing hash map from a
/// parent's node id to the row of the block. Its size follows the nodes that are numbered, never
/// the parent's.
template <typename Id>
class NodeNumbering {
 public:
  NodeNumbering() { reserve(0); }

  /// Makes room for `count` different nodes in all, fewer than 2^32. Must be called before that
  /// many are added.
  void reserve(std::int64_t count) {
    check(count < std::int64_t{1} << 32, "nodes: expected fewer than 2^32 in a block, got {}",
          count);
    const std::uint64_t capacity = std::bit_ceil(static_cast<std::uint64_t>(count) * 2 + 2);
    if (capacity <= mask_ + 1) {
      return;
    }
    std::vector<Slot> old;
    for (std::uint64_t i = 0; size() > 0 && i <= mask_; ++i) {
      if (table_->slots[i].stamp == table_->stamp) {
        old.push_back(table_->slots[i]);
      }
    }
    table_->clear();
    if (table_->slots.size() < capacity) {
      table_->slots.resize(capacity);
    }
    mask_ = capacity - 1;
    shift_ = 64 - std::countr_zero(capacity);
    for (const Slot& slot : old) {
      occupy(*locate(slot.node), slot.node, slot.number);
    }
    nodes_.reserve(static_cast<std::size_t>(count));
  }

  /// Adds a row for `node` even if it has one, which stays its number. Returns whether it had none.
  bool append(Id node) {
    Slot& slot = *locate(node);
    const bool is_new = is_free(slot);
    if (is_new) {
      occupy(slot, node, static_cast<std::uint32_t>(nodes_.size()));
    }
    nodes_.push_back(node);
    return is_new;
  }

  /// The number of `node`, which gets the next one if it has none.
  Id number(Id node) {
    Slot& slot = *locate(node);
    if (is_free(slot)) {
      occupy(slot, node, static_cast<std::uint32_t>(nodes_.size()));
      nodes_.push_back(node);
    }
    return static_cast<Id>(slot.number);
  }

  /// The number of `node`, or -1.
  [[nodiscard]] Id find(Id node) {
    const Slot& slot = *locate(node);
    return is_free(slot) ? Id{-1} : static_cast<Id>(slot.number);
  }

  /// Brings the place of `node` into the cache.
  void prefetch(Id node) const { __builtin_prefetch(&table_->slots[home(node)], 1); }

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(nodes_.size()); }

  /// The nodes by row `[size]`.
  [[nodiscard]] at::Tensor nodes() const {
    at::Tensor result = at::empty({size()}, c10::CppTypeToScalarType<Id>::value);
    std::copy(nodes_.begin(), nodes_.end(), result.template mutable_data_ptr<Id>());
    return result;
  }

 private:
  using Table = NumberingTable<Id>;
  using Slot = typename Table::Slot;

  [[nodiscard]] bool is_free(const Slot& slot) const { return slot.stamp != table_->stamp; }
  void occupy(Slot& slot, Id node, std::uint32_t number) { slot = {node, number, table_->stamp}; }

  // Fibonacci hashing: the high bits of a product with 2^64 / golden ratio.
  [[nodiscard]] std::uint64_t home(Id node) const {
    return (static_cast<std::uint64_t>(node) * 0x9E3779B97F4A7C15U) >> shift_;
  }

  Slot* locate(Id node) {
    Slot* slots = table_->slots.data();
    const std::uint32_t stamp = table_->stamp;
    std::uint64_t i = home(node);
    while (slots[i].stamp == stamp && slots[i].node != node) {
      i = (i + 1) & mask_;
    }
    return &slots[i];
  }

  typename Table::Lease table_ = Table::borrow();
  std::vector<Id> nodes_;
  std::uint64_t mask_ = 0;
  int shift_ = 63;
};

}  // namespace grapevine::detail
