#include "grapevine/ops/cpu/contract_kernel.h"

#include "grapevine/ops/cpu/map_edges.h"
#include "grapevine/ops/cpu/message_kind.h"
#include "grapevine/ops/cpu/sum_rows.h"
#include "grapevine/util/vec.h"

namespace grapevine::ops::detail {
namespace {

/// Sums `kVectors` vectors of features over the edges, with the sums in registers.
template <typename K, std::int64_t kVectors>
[[gnu::always_inline]] inline void reduce_tile(const Edges<typename K::T>& edges,
                                               std::int64_t feature, bool overwrite,
                                               typename K::T* out) {
  using T = typename K::T;
  Vec<T> sums[kVectors];
  for (std::int64_t i = 0; i < kVectors; ++i) {
    sums[i] = overwrite ? Vec<T>(T{0}) : load(out + feature + i * kLanes<T>);
  }
  for (std::int64_t edge = 0; edge < edges.count; ++edge) {
    const T* lhs = edges.lhs + edges.lhs_offsets[edge];
    const T* rhs = K::kOp == KernelOp::kCopy ? nullptr : edges.rhs + edges.rhs_offsets[edge];
    for (std::int64_t i = 0; i < kVectors; ++i) {
      sums[i] += K::value(lhs, rhs, feature + i * kLanes<T>);
    }
  }
  for (std::int64_t i = 0; i < kVectors; ++i) {
    store<T>(sums[i], out + feature + i * kLanes<T>);
  }
}

template <typename K>
[[gnu::always_inline]] inline void reduce_tail(const Edges<typename K::T>& edges,
                                               std::int64_t feature, std::int64_t count,
                                               bool overwrite, typename K::T* out) {
  using T = typename K::T;
  const auto mask = first_lanes<T>(count);
  Vec<T> sums = overwrite ? Vec<T>(T{0}) : load(out + feature, mask);
  for (std::int64_t edge = 0; edge < edges.count; ++edge) {
    const T* lhs = edges.lhs + edges.lhs_offsets[edge];
    const T* rhs = K::kOp == KernelOp::kCopy ? nullptr : edges.rhs + edges.rhs_offsets[edge];
    sums += K::value(lhs, rhs, feature, mask);
  }
  store<T>(sums, out + feature, mask);
}

template <typename K>
void reduce_block(const Edges<typename K::T>& edges, std::int64_t width, bool overwrite,
                  typename K::T* out) {
  using T = typename K::T;
  constexpr std::int64_t kTile = 8;
  if constexpr (K::kOutStep == 0) {
    T sum = overwrite ? T{0} : *out;
    for (std::int64_t edge = 0; edge < edges.count; ++edge) {
      const T* rhs = K::kOp == KernelOp::kCopy ? nullptr : edges.rhs + edges.rhs_offsets[edge];
      sum += K::total(edges.lhs + edges.lhs_offsets[edge], rhs, width);
    }
    *out = sum;
  } else {
    std::int64_t feature = 0;
    for (; feature + kTile * kLanes<T> <= width; feature += kTile * kLanes<T>) {
      reduce_tile<K, kTile>(edges, feature, overwrite, out);
    }
    for (; feature + 4 * kLanes<T> <= width; feature += 4 * kLanes<T>) {
      reduce_tile<K, 4>(edges, feature, overwrite, out);
    }
    for (; feature + 2 * kLanes<T> <= width; feature += 2 * kLanes<T>) {
      reduce_tile<K, 2>(edges, feature, overwrite, out);
    }
    for (; feature + kLanes<T> <= width; feature += kLanes<T>) {
      reduce_tile<K, 1>(edges, feature, overwrite, out);
    }
    if (feature < width) {
      reduce_tail<K>(edges, feature, width - feature, overwrite, out);
    }
  }
}

template <typename K>
struct ReduceRows {
  using T = typename K::T;
  static void run(const ContractTask& task, std::int64_t begin, std::int64_t end) {
    std::int64_t lhs_offsets[kChunk];
    std::int64_t rhs_offsets[kChunk];
    for (std::int64_t row = begin; row < end; ++row) {
      T* out = static_cast<T*>(task.out_data) + row * task.out.row_size;
      const std::int64_t last = task.indptr[row + 1];
      std::int64_t position = task.indptr[row];
      bool overwrite = task.overwrite;
      do {
        const std::int64_t count = last - position < kChunk ? last - position : kChunk;
        find_offsets(task.lhs, row, position, count, lhs_offsets);
        if constexpr (K::kOp != KernelOp::kCopy) {
          find_offsets(task.rhs, row, position, count, rhs_offsets);
        }
        run_blocks(task, {nullptr, nullptr, lhs_offsets, rhs_offsets, count}, overwrite, out);
        overwrite = false;
        position += count;
      } while (position < last);
      if (task.mean) {
        divide(out, task.out.row_size, last - task.indptr[row]);
      }
    }
  }

  static void run_blocks(const ContractTask& task, Edges<T> edges, bool overwrite, T* out) {
    const FeatureBlocks& blocks = task.blocks;
    for (std::int64_t block = 0; block < blocks.num_blocks; ++block) {
      edges.lhs = static_cast<const T*>(task.lhs.data) + blocks.lhs_offsets[block];
      if constexpr (K::kOp != KernelOp::kCopy) {
        edges.rhs = static_cast<const T*>(task.rhs.data) + blocks.rhs_offsets[block];
      }
      reduce_block<K>(edges, blocks.width, overwrite, out + blocks.out_offsets[block]);
    }
  }

  static void divide(T* out, std::int64_t size, std::int64_t count) {
    if (count > 1) {
      const T scale = T{1} / static_cast<T>(count);
      for (std::int64_t i = 0; i < size; ++i) {
        out[i] *= scale;
      }
    }
  }
};

constexpr int key(KernelOp op, int lhs_step, int rhs_step, int out_step) {
  return static_cast<int>(op) * 8 + lhs_step * 4 + rhs_step * 2 + out_step;
}

/// Picks the loop for the task's operation and steps. The caller has brought the task into one of
/// these forms.
template <template <typename> class Loop, typename T>
void run(const ContractTask& task, std::int64_t begin, std::int64_t end) {
  using enum KernelOp;
  const FeatureBlocks& blocks = task.blocks;
  switch (key(task.op, blocks.lhs_step, blocks.rhs_step, blocks.out_step)) {
    case key(kCopy, 1, 0, 1):
      return Loop<Kind<T, kCopy, 1, 0, 1>>::run(task, begin, end);
    case key(kCopy, 0, 0, 1):
      return Loop<Kind<T, kCopy, 0, 0, 1>>::run(task, begin, end);
    case key(kCopy, 1, 0, 0):
      return Loop<Kind<T, kCopy, 1, 0, 0>>::run(task, begin, end);
    case key(kAdd, 1, 1, 1):
      return Loop<Kind<T, kAdd, 1, 1, 1>>::run(task, begin, end);
    case key(kAdd, 1, 0, 1):
      return Loop<Kind<T, kAdd, 1, 0, 1>>::run(task, begin, end);
    case key(kAdd, 1, 1, 0):
      return Loop<Kind<T, kAdd, 1, 1, 0>>::run(task, begin, end);
    case key(kMul, 1, 1, 1):
      return Loop<Kind<T, kMul, 1, 1, 1>>::run(task, begin, end);
    case key(kMul, 1, 0, 1):
      return Loop<Kind<T, kMul, 1, 0, 1>>::run(task, begin, end);
    case key(kMul, 0, 0, 1):
      return Loop<Kind<T, kMul, 0, 0, 1>>::run(task, begin, end);
    case key(kMul, 1, 1, 0):
      return Loop<Kind<T, kMul, 1, 1, 0>>::run(task, begin, end);
    case key(kMul, 1, 0, 0):
      return Loop<Kind<T, kMul, 1, 0, 0>>::run(task, begin, end);
    default:
      __builtin_trap();
  }
}

template <typename T>
void reduce(const ContractTask& task, std::int64_t begin, std::int64_t end) {
  return sums_in_registers(task) ? sum_rows<T>(task, begin, end)
                                 : run<ReduceRows, T>(task, begin, end);
}

}  // namespace

#define GRAPEVINE_JOIN(name, isa) name##_##isa
#define GRAPEVINE_SYMBOL(name, isa) GRAPEVINE_JOIN(name, isa)
constinit const ContractKernels GRAPEVINE_SYMBOL(contract_kernels, GRAPEVINE_ISA) = {
    reduce<float>,        reduce<double>,        sum_rows<BFloat16>,
    run<MapEdges, float>, run<MapEdges, double>, run<MapEdges, BFloat16>};

}  // namespace grapevine::ops::detail
