#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "grapevine/graph/graph.h"

namespace grapevine::io {

/// Tensors of any shape that belong to all graphs of a file, by name: for example "label", one for
/// each graph.
using GraphLabels = std::map<std::string, at::Tensor>;

/// What a graph file holds.
struct GraphFile {
  std::vector<Graph> graphs;
  GraphLabels labels;
};

/// How a graph file is read.
struct LoadGraphsOptions {
  /// Page features and structure in when they are touched instead of reading them now. Writes into
  /// such tensors stay in this process; the file must not be changed while they live. Bool tensors
  /// are read all the same. Structure is checked, and so paged in once; features are not.
  bool memory_map = false;
};

/// Writes graphs, homogeneous or not, with the formats of their edges that exist and all features,
/// and labels, as one file, whole. Lazy features are gathered; tensors on other devices are copied
/// to the CPU; a tensor that occurs several times is written once. All dtypes of fixed size are
/// possible. The format is ours, versioned and little-endian: a header, a table of contents in JSON
/// with each tensor's dtype, shape, place and checksum, and the tensors, each at a multiple of 64
/// bytes. Throws `Error` for a block, and for names that are not UTF-8, quantized or sparse
/// features and a path that cannot be written. O(size). Source: `dgl.save_graphs`.
///
///     io::save_graphs("graphs.gv", {g1, g2}, {{"label", torch::tensor({0, 1})}});
void save_graphs(const std::filesystem::path& path, const std::vector<Graph>& graphs,
                 const GraphLabels& labels = {});

/// Reads the graphs at `indices`, in that order, all of them if it is empty, and all labels. The
/// edges have the formats that were written, without a conversion; graphs are on the CPU and allow
/// every format. A tensor written once for several places is shared by them. Nothing in the file is
/// trusted: `Error` names it and what is wrong (missing, cut short, damaged, of a newer version,
/// sizes that do not fit, ids out of range, formats that disagree), and nothing is allocated by a
/// claim that the file's size does not bear out. Throws `Error`, too, for an index out of range.
/// O(size of what is read); with `memory_map` O(nodes + edges). Source: `dgl.load_graphs`.
///
///     auto [graphs, labels] = io::load_graphs("graphs.gv", {}, {.memory_map = true});
[[nodiscard]] GraphFile load_graphs(const std::filesystem::path& path,
                                    const std::vector<std::int64_t>& indices = {},
                                    const LoadGraphsOptions& options = {});

/// The labels alone. Source: `dgl.data.utils.load_labels`.
[[nodiscard]] GraphLabels load_labels(const std::filesystem::path& path);

/// The bytes that `save_graphs` would write, to be sent elsewhere or kept.
[[nodiscard]] std::string graphs_to_bytes(const std::vector<Graph>& graphs,
                                          const GraphLabels& labels = {});

/// The graphs in such bytes, which are copied; with the errors of `load_graphs`, which begin with
/// "bytes".
[[nodiscard]] GraphFile graphs_from_bytes(std::string_view bytes,
                                          const std::vector<std::int64_t>& indices = {});

}  // namespace grapevine::io
