#include "grapevine/datasets/mini_gc.h"

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "grapevine/io/detail/graph_columns.h"
#include "grapevine/util/error.h"
#include "grapevine/util/random.h"

namespace grapevine::datasets {
namespace {

/// UndirectedEdges that are collected, in both directions.
struct UndirectedEdges {
  std::vector<std::int64_t> src;
  std::vector<std::int64_t> dst;

  void add(std::int64_t a, std::int64_t b) {
    src.insert(src.end(), {a, b});
    dst.insert(dst.end(), {b, a});
  }
  /// A cycle of the `count` nodes from `first` on.
  void add_cycle(std::int64_t first, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      add(first + i, first + (i + 1) % count);
    }
  }
  /// Node 0 with each of the others.
  void add_star(std::int64_t count) {
    for (std::int64_t i = 1; i < count; ++i) {
      add(0, i);
    }
  }
  /// Each of the first `count` nodes with each.
  void add_clique(std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::int64_t j = i + 1; j < count; ++j) {
        add(i, j);
      }
    }
  }
};

/// A number in `[low, high)`.
std::int64_t draw(RandomStream& stream, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(high - low)));
}

// Each shape adds its edges for `n` nodes, and returns how many it has.
using Shape = std::int64_t (*)(UndirectedEdges& edges, std::int64_t n, RandomStream& stream);

std::int64_t cycle(UndirectedEdges& edges, std::int64_t n, RandomStream&) {
  edges.add_cycle(0, n);
  return n;
}

std::int64_t star(UndirectedEdges& edges, std::int64_t n, RandomStream&) {
  edges.add_star(n);
  return n;
}

std::int64_t wheel(UndirectedEdges& edges, std::int64_t n, RandomStream&) {
  edges.add_star(n);
  edges.add_cycle(1, n - 1);
  return n;
}

std::int64_t lollipop(UndirectedEdges& edges, std::int64_t n, RandomStream& stream) {
  const std::int64_t head = n - draw(stream, 2, n / 2);
  edges.add_clique(head);
  for (std::int64_t i = head; i < n; ++i) {
    edges.add(i - 1, i);
  }
  return n;
}

std::int64_t hypercube(UndirectedEdges& edges, std::int64_t n, RandomStream&) {
  const auto size = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(n)));
  for (std::int64_t i = 0; i < size; ++i) {
    for (std::int64_t bit = 1; bit < size; bit *= 2) {
      if ((i & bit) == 0) {
        edges.add(i, i | bit);
      }
    }
  }
  return size;
}

std::int64_t grid(UndirectedEdges& edges, std::int64_t n, RandomStream& stream) {
  const std::int64_t rows = draw(stream, 2, n / 2);
  const std::int64_t columns = n / rows;
  for (std::int64_t i = 0; i < rows * columns; ++i) {
    if ((i + 1) % columns != 0) {
      edges.add(i, i + 1);
    }
    if (i + columns < rows * columns) {
      edges.add(i, i + columns);
    }
  }
  return rows * columns;
}

std::int64_t clique(UndirectedEdges& edges, std::int64_t n, RandomStream&) {
  edges.add_clique(n);
  return n;
}

std::int64_t circular_ladder(UndirectedEdges& edges, std::int64_t n, RandomStream&) {
  const std::int64_t half = n / 2;
  edges.add_cycle(0, half);
  edges.add_cycle(half, half);
  for (std::int64_t i = 0; i < half; ++i) {
    edges.add(i, half + i);
  }
  return 2 * half;
}

constexpr std::array<Shape, 8> kShapes = {cycle,     star, wheel,  lollipop,
                                          hypercube, grid, clique, circular_ladder};

[[maybe_unused]] const bool kMiniGCRegistered = graph_classification_datasets().add(
    "mini-gc", [](const LoadOptions& options) { return mini_gc({.seed = options.seed}); });

}  // namespace

GraphClassificationDataset mini_gc(const MiniGcOptions& options) {
  constexpr auto kNumShapes = static_cast<std::int64_t>(kShapes.size());
  check(options.num_graphs >= kNumShapes, "num_graphs: expected {} or more, got {}", kNumShapes,
        options.num_graphs);
  check(options.min_num_v >= 6, "min_num_v: expected 6 or more, got {}", options.min_num_v);
  check(options.max_num_v > options.min_num_v && options.max_num_v <= 1000,
        "max_num_v: expected more than min_num_v, {}, and 1000 or less, got {}", options.min_num_v,
        options.max_num_v);
  const RandomKey key(options.seed);
  GraphClassificationDataset dataset{
      .name = "mini-gc", .graphs = {}, .labels = {}, .num_classes = kNumShapes};
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < options.num_graphs; ++i) {
    const std::int64_t shape = std::min(i / (options.num_graphs / kNumShapes), kNumShapes - 1);
    RandomStream stream = key.stream(static_cast<std::uint64_t>(i));
    UndirectedEdges edges;
    const std::int64_t size = kShapes[static_cast<std::size_t>(shape)](
        edges, draw(stream, options.min_num_v, options.max_num_v), stream);
    for (std::int64_t node = 0; node < size; ++node) {
      edges.src.push_back(node);
      edges.dst.push_back(node);
    }
    dataset.graphs.push_back(graph(edges.src, edges.dst, {.num_nodes = size}));
    labels.push_back(shape);
  }
  dataset.labels = at::tensor(labels, at::kLong);
  io::set_node_column(dataset.graphs, "feat",
                      io::one_hot(io::in_degrees_of_all(dataset.graphs), "in-degrees"));
  return dataset;
}

}  // namespace grapevine::datasets
