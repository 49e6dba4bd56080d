#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>

#include "grapevine/util/error.h"

namespace grapevine::dataloading {

/// One pass over a loader's batches, which each loader has a kind of its own of.
template <typename Batch>
class BatchEpoch {
 public:
  virtual ~BatchEpoch() = default;
  /// Goes to the next batch, the first at first; returns whether there is one.
  virtual bool advance() = 0;
  /// The batch; valid until the next `advance`.
  virtual Batch& current() = 0;
};

/// Reads batches once, in order; the iterator of every loader. Copies share the epoch; when the
/// last of them goes, the workers stop.
template <typename Batch>
class BatchIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;
  using pointer = Batch*;
  using reference = Batch&;

  /// The end.
  BatchIterator() = default;
  /// Builds or awaits the first batch.
  explicit BatchIterator(std::shared_ptr<BatchEpoch<Batch>> epoch) : epoch_(std::move(epoch)) {
    ++*this;
  }

  /// The batch; valid until the next `++`. It is the caller's to change or to move from. Throws
  /// `Error` at the end, as `++` does.
  reference operator*() const {
    check_not_at_end();
    return epoch_->current();
  }
  pointer operator->() const { return &**this; }
  /// Builds or awaits the next batch. Throws what that throws; the iterator is at its end then.
  BatchIterator& operator++() {
    check_not_at_end();
    // Empty again before anything may throw: an epoch that failed is over.
    std::shared_ptr<BatchEpoch<Batch>> epoch = std::exchange(epoch_, nullptr);
    if (epoch->advance()) {
      epoch_ = std::move(epoch);
    }
    return *this;
  }
  void operator++(int) { ++*this; }
  bool operator==(const BatchIterator& other) const { return epoch_ == other.epoch_; }

 private:
  void check_not_at_end() const {
    check(epoch_ != nullptr, "the loader's iterator is at its end: there is no other batch");
  }

  std::shared_ptr<BatchEpoch<Batch>> epoch_;
};

}  // namespace grapevine::dataloading
