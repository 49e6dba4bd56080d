#include "grapevine/graph/transform/to_bidirected.h"

#include "grapevine/graph/transform/add_reverse_edges.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/graph/transform/to_simple.h"
#include "grapevine/util/error.h"

namespace grapevine {

Graph to_bidirected(const Graph& graph, const ToBidirectedOptions& options) {
  check_not_block(graph, "to_bidirected");
  for (const CanonicalEtype& type : graph.canonical_etypes()) {
    check(type.src == type.dst,
          "to_bidirected: relation {} joins two node types, so its edges cannot be reversed in it",
          to_string(type));
  }
  return to_simple(
      add_reverse_edges(graph, {.copy_ndata = options.copy_ndata, .copy_edata = false}),
      {.return_counts = std::nullopt, .copy_ndata = options.copy_ndata, .copy_edata = false});
}

}  // namespace grapevine
