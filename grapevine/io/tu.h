#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "grapevine/io/graph_classification.h"

// The two forms in which the data sets of TU Dortmund (Morris et al., 2020) are passed on. Both
// give every graph `ndata()` "feat" `[num_nodes, width]` float32 as an input for models: node
// labels one-hot if there is more than one, else the node attributes, else in-degrees one-hot.
// More than 1,000 labels or degrees are not encoded but refused. `Error` names the file, the line
// and what is wrong with it.
namespace grapevine::io {

/// How a folder of TU Dortmund's is read.
struct TuFolderOptions {
  std::string name;    ///< which of a folder's data sets; empty: the only one
  bool encode = true;  ///< make "feat", for which labels and degrees are encoded
};

/// Names of the data sets in a folder, sorted: NAME for each file `NAME_A.txt`. None if it cannot
/// be listed.
[[nodiscard]] std::vector<std::string> tu_names(const std::filesystem::path& folder);

/// Reads a data set as TU Dortmund publishes it, in files of a folder:
///
///     NAME_A.txt                a line for each edge: two nodes, numbered from 1 through all
///     graphs NAME_graph_indicator.txt  a line for each node: its graph, numbered from 1
///     NAME_graph_labels.txt     a line for each graph: its label
///     NAME_node_labels.txt, NAME_node_attributes.txt    a line for each node; may be missing
///     NAME_edge_labels.txt, NAME_edge_attributes.txt    a line for each edge; may be missing
///
/// Graph labels become 0, 1, ... in their order. Nodes and edges of a graph keep the files' order;
/// no edge is added or left out. `ndata()`: "feat"; "node_labels" `[num_nodes, columns]` int64,
/// less the smallest of the data set; "node_attr" `[num_nodes, columns]` float32. `edata()`:
/// "edge_labels" and "edge_attr" likewise. Source: DGL's `TUDataset`.
[[nodiscard]] GraphClassificationDataset read_tu_folder(const std::filesystem::path& folder,
                                                        const TuFolderOptions& options = {});

/// How the text format is read.
struct TuTextOptions {
  bool self_loop = false;        ///< add an edge from each node to itself, after the node's others
  bool degree_as_label = false;  ///< "label" is the in-degree, unless there are attributes
  bool encode = true;            ///< make "feat", and "attr" where the file has no attributes
};

/// Reads a data set in the text format of the GIN paper (Xu et al., 2019), one file:
///
///     the number of graphs; then for each of them
///         its number of nodes and its label; then for each node
///             its label, its number of neighbours, these, from 0, and its attributes, if any
///
/// Labels of graphs become 0, 1, ... in the order in which they first appear, and so do those of
/// nodes. An edge goes from the node to each neighbour that its line lists. `ndata()`: "feat";
/// "label" `[num_nodes]` int64; "attr" `[num_nodes, width]` float32, the attributes or, without
/// any, "label" one-hot. The data set is named as the file is, without its ending. Source: DGL's
/// `GINDataset`, which orders the columns of "attr" otherwise for some data sets.
[[nodiscard]] GraphClassificationDataset read_tu_text(const std::filesystem::path& file,
                                                      const TuTextOptions& options = {});

}  // namespace grapevine::io
