#include "grapevine/ops/cpu/extremum_kernel.h"

namespace grapevine::ops::detail {
namespace {

/// Features whose best values stand on the stack while the edges of a row pass by.
constexpr std::int64_t kTile = 64;

template <KernelOp kOp, typename T>
[[gnu::always_inline]] inline T combine(T lhs, T rhs) {
  if constexpr (kOp == KernelOp::kAdd) {
    return lhs + rhs;
  } else if constexpr (kOp == KernelOp::kMul) {
    return lhs * rhs;
  } else {
    return lhs;
  }
}

/// A NaN wins and stays; of equal values the one with the lower edge id wins.
template <bool kTrack, typename T>
[[gnu::always_inline]] inline void offer(T value, std::int64_t edge, T& best,
                                         std::int64_t& winner) {
  bool better = !(value <= best) & (best == best);
  if constexpr (kTrack) {
    better |= (value == best) & (edge < winner);
    winner = better ? edge : winner;
  }
  best = better ? value : best;
}

/// Up to `kChunk` edges of one row.
struct Chunk {
  std::int64_t lhs[kChunk];
  std::int64_t rhs[kChunk];
  std::int64_t edge[kChunk];
  std::int64_t count;
  bool first;
};

/// The best values of a tile of features so far.
template <typename T>
struct Tile {
  T best[kTile];
  std::int64_t winner[kTile];
  std::int64_t size;

  /// From what earlier chunks of the row left in `out` and `winners`, or from what loses against
  /// everything.
  void start(bool first, T sign, const T* out, const std::int64_t* winners) {
    for (std::int64_t i = 0; i < size; ++i) {
      best[i] = first ? -static_cast<T>(__builtin_inf()) : sign * out[i];
    }
    for (std::int64_t i = 0; i < size; ++i) {
      winner[i] = first ? INT64_MAX : (winners == nullptr ? 0 : winners[i]);
    }
  }

  void finish(T sign, T* out, std::int64_t* winners) const {
    for (std::int64_t i = 0; i < size; ++i) {
      out[i] = sign * best[i];
    }
    if (winners != nullptr) {
      for (std::int64_t i = 0; i < size; ++i) {
        winners[i] = winner[i];
      }
    }
  }
};

template <bool kTrack, typename T, KernelOp kOp, int kLhsStep, int kRhsStep, int kOutStep>
struct ExtremumRows {
  static void run_tile(const ExtremumTask& task, const Chunk& chunk, std::int64_t block,
                       std::int64_t feature, Tile<T>& tile) {
    const FeatureBlocks& blocks = task.blocks;
    const T sign = static_cast<T>(task.sign);
    const T* lhs_block =
        static_cast<const T*>(task.lhs.data) + blocks.lhs_offsets[block] + kLhsStep * feature;
    const T* rhs_block = nullptr;
    if constexpr (kOp != KernelOp::kCopy) {
      rhs_block =
          static_cast<const T*>(task.rhs.data) + blocks.rhs_offsets[block] + kRhsStep * feature;
    }
    for (std::int64_t edge = 0; edge < chunk.count; ++edge) {
      const T* lhs = lhs_block + chunk.lhs[edge];
      const T* rhs = kOp == KernelOp::kCopy ? lhs : rhs_block + chunk.rhs[edge];
      if constexpr (kOutStep == 0) {
        T sum = 0;
        for (std::int64_t i = 0; i < blocks.width; ++i) {
          sum += combine<kOp>(lhs[kLhsStep * i], rhs[kRhsStep * i]);
        }
        offer<kTrack>(sign * sum, chunk.edge[edge], tile.best[0], tile.winner[0]);
      } else {
        for (std::int64_t i = 0; i < tile.size; ++i) {
          offer<kTrack>(sign * combine<kOp>(lhs[kLhsStep * i], rhs[kRhsStep * i]), chunk.edge[edge],
                        tile.best[i], tile.winner[i]);
        }
      }
    }
  }

  static void run_chunk(const ExtremumTask& task, const Chunk& chunk, std::int64_t row) {
    const FeatureBlocks& blocks = task.blocks;
    for (std::int64_t block = 0; block < blocks.num_blocks; ++block) {
      const std::int64_t offset = row * task.out_size + blocks.out_offsets[block];
      T* out = static_cast<T*>(task.out) + offset;
      std::int64_t* winners = task.winners == nullptr ? nullptr : task.winners + offset;
      const std::int64_t end = kOutStep == 0 ? 1 : blocks.width;
      Tile<T> tile;
      for (std::int64_t feature = 0; feature < end; feature += kTile) {
        std::int64_t* tile_winners = winners == nullptr ? nullptr : winners + feature;
        tile.size = end - feature < kTile ? end - feature : kTile;
        tile.start(chunk.first, static_cast<T>(task.sign), out + feature, tile_winners);
        run_tile(task, chunk, block, feature, tile);
        tile.finish(static_cast<T>(task.sign), out + feature, tile_winners);
      }
    }
  }

  static void clear(const ExtremumTask& task, std::int64_t row) {
    for (std::int64_t i = row * task.out_size; i < (row + 1) * task.out_size; ++i) {
      static_cast<T*>(task.out)[i] = 0;
      if (task.winners != nullptr) {
        task.winners[i] = -1;
      }
    }
  }

  static void run(const ExtremumTask& task, std::int64_t begin, std::int64_t end) {
    Chunk chunk;
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t first = task.indptr[row];
      const std::int64_t last = task.indptr[row + 1];
      if (first == last) {
        clear(task, row);
      }
      for (std::int64_t position = first; position < last; position += kChunk) {
        chunk.count = last - position < kChunk ? last - position : kChunk;
        chunk.first = position == first;
        find_offsets(task.lhs, row, position, chunk.count, chunk.lhs);
        if constexpr (kOp != KernelOp::kCopy) {
          find_offsets(task.rhs, row, position, chunk.count, chunk.rhs);
        }
        find_offsets(task.edge, row, position, chunk.count, chunk.edge);
        run_chunk(task, chunk, row);
      }
    }
  }
};

constexpr int key(KernelOp op, int lhs_step, int rhs_step, int out_step) {
  return static_cast<int>(op) * 8 + lhs_step * 4 + rhs_step * 2 + out_step;
}

/// Picks the loop for the task's operation and steps. The caller has brought the task into one of
/// these forms.
template <bool kTrack, typename T>
void pick(const ExtremumTask& task, std::int64_t begin, std::int64_t end) {
  using enum KernelOp;
  const FeatureBlocks& blocks = task.blocks;
  switch (key(task.op, blocks.lhs_step, blocks.rhs_step, blocks.out_step)) {
    case key(kCopy, 1, 0, 1):
      return ExtremumRows<kTrack, T, kCopy, 1, 0, 1>::run(task, begin, end);
    case key(kCopy, 1, 0, 0):
      return ExtremumRows<kTrack, T, kCopy, 1, 0, 0>::run(task, begin, end);
    case key(kAdd, 1, 1, 1):
      return ExtremumRows<kTrack, T, kAdd, 1, 1, 1>::run(task, begin, end);
    case key(kAdd, 1, 0, 1):
      return ExtremumRows<kTrack, T, kAdd, 1, 0, 1>::run(task, begin, end);
    case key(kAdd, 1, 1, 0):
      return ExtremumRows<kTrack, T, kAdd, 1, 1, 0>::run(task, begin, end);
    case key(kMul, 1, 1, 1):
      return ExtremumRows<kTrack, T, kMul, 1, 1, 1>::run(task, begin, end);
    case key(kMul, 1, 0, 1):
      return ExtremumRows<kTrack, T, kMul, 1, 0, 1>::run(task, begin, end);
    case key(kMul, 1, 1, 0):
      return ExtremumRows<kTrack, T, kMul, 1, 1, 0>::run(task, begin, end);
    default:
      __builtin_trap();
  }
}

template <typename T>
void run(const ExtremumTask& task, std::int64_t begin, std::int64_t end) {
  task.winners == nullptr ? pick<false, T>(task, begin, end) : pick<true, T>(task, begin, end);
}

}  // namespace

#define GRAPEVINE_JOIN(name, isa) name##_##isa
#define GRAPEVINE_SYMBOL(name, isa) GRAPEVINE_JOIN(name, isa)
constinit const ExtremumKernels GRAPEVINE_SYMBOL(extremum_kernels, GRAPEVINE_ISA) = {run<float>,
                                                                                     run<double>};

}  // namespace grapevine::ops::detail
