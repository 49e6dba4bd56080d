#pragma once

#include <functional>
#include <string_view>

#include "grapevine/graph/graph.h"

namespace grapevine {

/// The graph with the same nodes and relations whose edges are what `make` returns for each
/// relation, with empty frames; the common part of transforms that change edges only.
[[nodiscard]] Graph rebuild_relations(
    const Graph& graph, const std::function<AdjacencyPtr(const GraphData::Relation&)>& make);

/// Lets every node type of `to` share the feature columns of `from`, which has the same node types.
void share_node_features(const Graph& from, const Graph& to);

/// Throws `Error` that names `function` if the graph is a block.
void check_not_block(const Graph& graph, std::string_view function);

}  // namespace grapevine
