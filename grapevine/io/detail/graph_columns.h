#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "grapevine/graph/graph.h"

// Features of many graphs as one table, whose rows are those of the first graph, then those of the
// second, and so on.
namespace grapevine::io {

/// Gives each graph its rows of a node table as feature `name`. The rows are views of the table.
void set_node_column(std::vector<Graph>& graphs, const std::string& name, const at::Tensor& table);

/// The same for edges.
void set_edge_column(std::vector<Graph>& graphs, const std::string& name, const at::Tensor& table);

/// In-degrees of all nodes `[num_nodes]` int64.
[[nodiscard]] at::Tensor in_degrees_of_all(const std::vector<Graph>& graphs);

/// A column of float32 for each of the different values of `labels` `[n]` int64, in their order,
/// with 1 where the row has that value. Throws `Error` that begins with `what` for more than 1,000
/// of them.
[[nodiscard]] at::Tensor one_hot(const at::Tensor& labels, const std::string& what);

}  // namespace grapevine::io
