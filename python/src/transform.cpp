#include "bindings.h"
#include "grapevine/graph/graph.h"
#include "grapevine/graph/transform/add_reverse_edges.h"
#include "grapevine/graph/transform/batch.h"
#include "grapevine/graph/transform/compact_graphs.h"
#include "grapevine/graph/transform/edge_subgraph.h"
#include "grapevine/graph/transform/in_subgraph.h"
#include "grapevine/graph/transform/khop_subgraph.h"
#include "grapevine/graph/transform/laplacian_lambda_max.h"
#include "grapevine/graph/transform/line_graph.h"
#include "grapevine/graph/transform/metapath_reachable_graph.h"
#include "grapevine/graph/transform/metis_partition_assignment.h"
#include "grapevine/graph/transform/node_subgraph.h"
#include "grapevine/graph/transform/out_subgraph.h"
#include "grapevine/graph/transform/reorder_graph.h"
#include "grapevine/graph/transform/reverse.h"
#include "grapevine/graph/transform/self_loop.h"
#include "grapevine/graph/transform/slice_batch.h"
#include "grapevine/graph/transform/sort_by_tag.h"
#include "grapevine/graph/transform/to_bidirected.h"
#include "grapevine/graph/transform/to_block.h"
#include "grapevine/graph/transform/to_heterogeneous.h"
#include "grapevine/graph/transform/to_homogeneous.h"
#include "grapevine/graph/transform/to_simple.h"
#include "grapevine/graph/transform/unbatch.h"
#include "grapevine/util/error.h"

namespace grapevine::python {
namespace {

using Names = std::optional<std::vector<std::string>>;

/// The value that `names` gives to `text`; throws `Error` that names the argument.
template <typename Enum>
Enum choose(const std::map<std::string, Enum>& names, const std::string& text, const char* what) {
  const auto found = names.find(text);
  check(found != names.end(), "{}: unknown name \"{}\"", what, text);
  return found->second;
}

void bind_subgraphs(py::module_& module) {
  module.def(
      "node_subgraph",
      [](const Graph& graph, const NodeIds& nodes, bool relabel_nodes, bool store_ids) {
        return node_subgraph(graph, nodes,
                             {.relabel_nodes = relabel_nodes, .store_ids = store_ids});
      },
      py::arg("graph"), py::arg("nodes"), py::arg("relabel_nodes"), py::arg("store_ids"),
      ReleaseGil());
  module.def(
      "edge_subgraph",
      [](const Graph& graph, const EdgeIds& edges, bool relabel_nodes, bool store_ids) {
        return edge_subgraph(graph, edges,
                             {.relabel_nodes = relabel_nodes, .store_ids = store_ids});
      },
      py::arg("graph"), py::arg("edges"), py::arg("relabel_nodes"), py::arg("store_ids"),
      ReleaseGil());
  module.def(
      "incident_subgraph",
      [](const Graph& graph, const NodeIds& nodes, bool in, bool relabel_nodes, bool store_ids) {
        const IncidentSubgraphOptions options = {.relabel_nodes = relabel_nodes,
                                                 .store_ids = store_ids};
        return in ? in_subgraph(graph, nodes, options) : out_subgraph(graph, nodes, options);
      },
      py::arg("graph"), py::arg("nodes"), py::arg("incoming"), py::arg("relabel_nodes"),
      py::arg("store_ids"), ReleaseGil());
  module.def(
      "khop_subgraph",
      [](const Graph& graph, const NodeIds& nodes, std::int64_t k, bool in, bool relabel_nodes,
         bool store_ids) {
        const SubgraphOptions options = {.relabel_nodes = relabel_nodes, .store_ids = store_ids};
        KhopSubgraph result = in ? khop_in_subgraph(graph, nodes, k, options)
                                 : khop_out_subgraph(graph, nodes, k, options);
        return std::pair(std::move(result.graph), std::move(result.seed_positions));
      },
      py::arg("graph"), py::arg("nodes"), py::arg("k"), py::arg("incoming"),
      py::arg("relabel_nodes"), py::arg("store_ids"), ReleaseGil());
  module.def(
      "to_block",
      [](const Graph& graph, const std::optional<NodeIds>& dst_nodes, bool include_dst_in_src) {
        return to_block(graph, dst_nodes, {.include_dst_in_src = include_dst_in_src});
      },
      py::arg("graph"), py::arg("dst_nodes") = py::none(), py::arg("include_dst_in_src") = true,
      ReleaseGil());
  module.def(
      "compact_graphs",
      [](const std::vector<Graph>& graphs, const std::optional<NodeIds>& always_preserve,
         bool copy_ndata, bool copy_edata) {
        return compact_graphs(graphs, {.always_preserve = always_preserve.value_or(NodeIds()),
                                       .copy_ndata = copy_ndata,
                                       .copy_edata = copy_edata});
      },
      py::arg("graphs"), py::arg("always_preserve"), py::arg("copy_ndata"), py::arg("copy_edata"),
      ReleaseGil());
}

void bind_edge_transforms(py::module_& module) {
  module.def(
      "add_reverse_edges",
      [](const Graph& graph, bool copy_ndata, bool copy_edata, bool exclude_self,
         bool ignore_bipartite) {
        return add_reverse_edges(graph, {.copy_ndata = copy_ndata,
                                         .copy_edata = copy_edata,
                                         .exclude_self = exclude_self,
                                         .ignore_bipartite = ignore_bipartite});
      },
      py::arg("graph"), py::arg("copy_ndata"), py::arg("copy_edata"), py::arg("exclude_self"),
      py::arg("ignore_bipartite"), ReleaseGil());
  module.def(
      "reverse",
      [](const Graph& graph, bool copy_ndata, bool copy_edata) {
        return reverse(graph, {.copy_ndata = copy_ndata, .copy_edata = copy_edata});
      },
      py::arg("graph"), py::arg("copy_ndata"), py::arg("copy_edata"), ReleaseGil());
  module.def(
      "add_self_loop",
      [](const Graph& graph, const std::variant<double, std::string>& fill, const EtypeKey& etype) {
        AddSelfLoopOptions options = {.etype = etype};
        if (const auto* name = std::get_if<std::string>(&fill)) {
          using enum EdgeFill;
          options.fill_data = choose<EdgeFill>(
              {{"sum", kSum}, {"mean", kMean}, {"max", kMax}, {"min", kMin}}, *name, "fill_data");
        } else {
          options.fill_data = std::get<double>(fill);
        }
        return add_self_loop(graph, options);
      },
      py::arg("graph"), py::arg("fill_data"), py::arg("etype"), ReleaseGil());
  module.def("remove_self_loop", &remove_self_loop, py::arg("graph"), py::arg("etype"),
             ReleaseGil());
  module.def(
      "to_bidirected",
      [](const Graph& graph, bool copy_ndata) {
        return to_bidirected(graph, {.copy_ndata = copy_ndata});
      },
      py::arg("graph"), py::arg("copy_ndata"), ReleaseGil());
  module.def(
      "to_simple",
      [](const Graph& graph, const std::optional<std::string>& return_counts, bool copy_ndata,
         bool copy_edata, const std::string& aggregator) {
        using enum EdgeAggregator;
        SimpleGraph result = to_simple_with_mapping(
            graph, {.return_counts = return_counts,
                    .copy_ndata = copy_ndata,
                    .copy_edata = copy_edata,
                    .aggregator = choose<EdgeAggregator>(
                        {{"arbitrary", kArbitrary}, {"sum", kSum}, {"mean", kMean}}, aggregator,
                        "aggregator")});
        return std::pair(std::move(result.graph), std::move(result.edge_maps));
      },
      py::arg("graph"), py::arg("return_counts"), py::arg("copy_ndata"), py::arg("copy_edata"),
      py::arg("aggregator"), ReleaseGil());
  module.def(
      "line_graph",
      [](const Graph& graph, bool backtracking, bool shared) {
        return line_graph(graph, {.backtracking = backtracking, .shared = shared});
      },
      py::arg("graph"), py::arg("backtracking"), py::arg("shared"), ReleaseGil());
  module.def("metapath_reachable_graph", &metapath_reachable_graph, py::arg("graph"),
             py::arg("metapath"), ReleaseGil());
}

void bind_orders(py::module_& module) {
  module.def(
      "reorder_graph",
      [](const Graph& graph, const std::string& nodes, const std::string& edges, bool store_ids,
         const std::optional<at::Tensor>& nodes_perm, const std::optional<at::Tensor>& edges_perm,
         std::int64_t k) {
        using Node = NodePermutation;
        using Edge = EdgePermutation;
        return reorder_graph(graph, {.node_permute = choose<Node>({{"none", Node::kNone},
                                                                   {"rcmk", Node::kRcmk},
                                                                   {"metis", Node::kMetis},
                                                                   {"custom", Node::kCustom}},
                                                                  nodes, "node_permute_algo"),
                                     .edge_permute = choose<Edge>({{"none", Edge::kNone},
                                                                   {"src", Edge::kSrc},
                                                                   {"dst", Edge::kDst},
                                                                   {"custom", Edge::kCustom}},
                                                                  edges, "edge_permute_algo"),
                                     .store_ids = store_ids,
                                     .nodes_perm = tensor_or_none(nodes_perm),
                                     .edges_perm = tensor_or_none(edges_perm),
                                     .k = k});
      },
      py::arg("graph"), py::arg("node_permute"), py::arg("edge_permute"), py::arg("store_ids"),
      py::arg("nodes_perm"), py::arg("edges_perm"), py::arg("k"), ReleaseGil());
  module.def(
      "sort_by_tag",
      [](const Graph& graph, const at::Tensor& tag, bool csr, const std::string& offset_name,
         const std::string& tag_type) {
        const SortByTagOptions options = {
            .tag_offset_name = offset_name,
            .tag_type = choose<TagType>({{"node", TagType::kNode}, {"edge", TagType::kEdge}},
                                        tag_type, "tag_type")};
        return csr ? sort_csr_by_tag(graph, tag, options) : sort_csc_by_tag(graph, tag, options);
      },
      py::arg("graph"), py::arg("tag"), py::arg("csr"), py::arg("offset_name"), py::arg("tag_type"),
      ReleaseGil());
  module.def(
      "metis_partition_assignment",
      [](const Graph& graph, std::int64_t k, const std::optional<at::Tensor>& balance_ntypes,
         bool balance_edges, const std::string& mode, const std::string& objective) {
        using enum PartitionMode;
        using enum PartitionObjective;
        return metis_partition_assignment(
            graph, k,
            {.balance_ntypes = tensor_or_none(balance_ntypes),
             .balance_edges = balance_edges,
             .mode =
                 choose<PartitionMode>({{"k-way", kKWay}, {"recursive", kRecursive}}, mode, "mode"),
             .objective = choose<PartitionObjective>({{"cut", kCut}, {"vol", kVolume}}, objective,
                                                     "objtype")});
      },
      py::arg("graph"), py::arg("k"), py::arg("balance_ntypes"), py::arg("balance_edges"),
      py::arg("mode"), py::arg("objective"), ReleaseGil());
  module.def("laplacian_lambda_max", &laplacian_lambda_max, py::arg("graph"), ReleaseGil());
}

void bind_batches(py::module_& module) {
  module.def(
      "batch",
      [](const std::vector<Graph>& graphs, const Names& ndata, const Names& edata) {
        return batch(graphs, {.ndata = ndata, .edata = edata});
      },
      py::arg("graphs"), py::arg("ndata"), py::arg("edata"), ReleaseGil());
  module.def(
      "unbatch",
      [](const Graph& graph, const std::map<std::string, at::Tensor>& node_split,
         const std::map<CanonicalEtype, at::Tensor>& edge_split) {
        return unbatch(graph, node_split, edge_split);
      },
      py::arg("graph"), py::arg("node_split"), py::arg("edge_split"), ReleaseGil());
  module.def("slice_batch", &slice_batch, py::arg("graph"), py::arg("index"), py::arg("store_ids"),
             ReleaseGil());
  module.def(
      "to_homogeneous",
      [](const Graph& graph, const std::vector<std::string>& ndata,
         const std::vector<std::string>& edata, bool store_type) {
        return to_homogeneous(graph, {.ndata = ndata, .edata = edata, .store_type = store_type});
      },
      py::arg("graph"), py::arg("ndata"), py::arg("edata"), py::arg("store_type"), ReleaseGil());
  module.def(
      "to_heterogeneous",
      [](const Graph& graph, const std::vector<std::string>& ntypes,
         const std::vector<std::string>& etypes, const std::string& ntype_field,
         const std::string& etype_field, const std::vector<CanonicalEtype>& metagraph) {
        return to_heterogeneous(
            graph, ntypes, etypes,
            {.ntype_field = ntype_field, .etype_field = etype_field, .metagraph = metagraph});
      },
      py::arg("graph"), py::arg("ntypes"), py::arg("etypes"), py::arg("ntype_field"),
      py::arg("etype_field"), py::arg("metagraph"), ReleaseGil());
}

const Room transform_room(40, [](py::module_& module) {
  bind_subgraphs(module);
  bind_edge_transforms(module);
  bind_orders(module);
  bind_batches(module);
});

}  // namespace
}  // namespace grapevine::python
