#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace serving {

/// Scores of some nodes, row after row.
struct Scores {
  std::vector<float> values;  ///< `num_classes` for each id
  std::size_t num_classes = 0;
  std::int64_t version = 0;  ///< of the graph
};

/// Nodes and edges to add.
struct Addition {
  std::vector<float> feat;  ///< row after row
  std::size_t num_nodes = 0;
  std::vector<std::int64_t> src;
  std::vector<std::int64_t> dst;
  std::vector<float> edge_feat;  ///< one number for each edge, if the model reads them
};

struct GraphSize {
  std::int64_t num_nodes = 0;
  std::int64_t num_edges = 0;
  std::int64_t version = 0;
};

/// What the service asks of a model and its graph, for any number of threads at
/// once. What throws `grapevine::Error` is the caller's mistake.
class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual Scores predict(const std::vector<std::int64_t>& ids) const = 0;
  [[nodiscard]] virtual GraphSize size() const = 0;
  virtual GraphSize append(const Addition& addition) = 0;
};

}  // namespace serving
