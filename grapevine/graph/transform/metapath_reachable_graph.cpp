#include "grapevine/graph/transform/metapath_reachable_graph.h"

#include <limits>

#include "grapevine/graph/detail/parallel_edges.h"
#include "grapevine/graph/detail/row_edges.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

std::vector<CanonicalEtype> checked_path(const Graph& graph,
                                         const std::vector<EtypeKey>& metapath) {
  check_not_block(graph, "metapath_reachable_graph");
  check(!metapath.empty(), "metapath_reachable_graph: metapath: expected at least one relation");
  std::vector<CanonicalEtype> path;
  for (const EtypeKey& key : metapath) {
    path.push_back(graph.to_canonical_etype(key));
    const std::size_t i = path.size() - 1;
    check(i == 0 || path[i].src == path[i - 1].dst,
          "metapath_reachable_graph: metapath: relation {} ends at \"{}\", but {} starts at \"{}\"",
          i == 0 ? "" : to_string(path[i - 1]), i == 0 ? "" : path[i - 1].dst, to_string(path[i]),
          path[i].src);
  }
  return path;
}

EdgePair distinct(const EdgePair& pairs) {
  const at::Tensor first = detail::group_parallel_edges(pairs).first;
  return {pairs.src.index_select(0, first), pairs.dst.index_select(0, first)};
}

}  // namespace

Graph metapath_reachable_graph(const Graph& graph, const std::vector<EtypeKey>& metapath) {
  const std::vector<CanonicalEtype> path = checked_path(graph, metapath);
  const GraphData& data = graph.graph_data();
  EdgePair pairs;
  for (const CanonicalEtype& step : path) {
    if (!pairs.src.defined()) {
      const ops::Coo& coo = graph.adjacency(step)->coo();
      pairs = distinct({coo.src, coo.dst});
      continue;
    }
    const detail::RowEdges next = detail::edges_of_rows(graph.adjacency(step)->csr(), pairs.dst);
    pairs = distinct({pairs.src.index_select(0, next.query), next.others});
  }
  check(data.idtype != at::kInt || pairs.src.numel() <= std::numeric_limits<std::int32_t>::max(),
        "metapath_reachable_graph: metapath: {} edges do not fit int32 ids", pairs.src.numel());
  const std::string& start = path.front().src;
  const std::string& end = path.back().dst;
  const NodeCounts counts = {{start, graph.num_nodes(start)}, {end, graph.num_nodes(end)}};
  Graph result(make_graph_data(
      counts,
      {{{start, kDefaultEtype, end},
        Adjacency::from_coo_unchecked(counts.at(start), counts.at(end), {pairs.src, pairs.dst})}},
      data.idtype, data.device));
  for (const auto& [type, count] : counts) {
    result.nodes(type).data.frame()->set_columns(graph.nodes(type).data.frame()->columns());
  }
  return result;
}

}  // namespace grapevine
