// Every transform gives on every device what it gives on the CPU.
#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/graph/transform/add_edges.h"
#include "grapevine/graph/transform/add_nodes.h"
#include "grapevine/graph/transform/add_reverse_edges.h"
#include "grapevine/graph/transform/batch.h"
#include "grapevine/graph/transform/compact_graphs.h"
#include "grapevine/graph/transform/edge_subgraph.h"
#include "grapevine/graph/transform/in_subgraph.h"
#include "grapevine/graph/transform/khop_subgraph.h"
#include "grapevine/graph/transform/line_graph.h"
#include "grapevine/graph/transform/metapath_reachable_graph.h"
#include "grapevine/graph/transform/metis_partition_assignment.h"
#include "grapevine/graph/transform/node_subgraph.h"
#include "grapevine/graph/transform/out_subgraph.h"
#include "grapevine/graph/transform/remove_edges.h"
#include "grapevine/graph/transform/remove_nodes.h"
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
#include "tests/support/backend.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using testing_support::append;
using testing_support::backends;
using testing_support::ids;
using testing_support::NamedTensors;
using testing_support::parts_of;
using testing_support::random_graph;
using testing_support::social;

/// A transform by name, with its arguments on the graph's device.
struct Transform {
  std::string name;
  std::function<NamedTensors(const Graph&)> apply;
};

Transform of_graph(const std::string& name, const std::function<Graph(const Graph&)>& apply) {
  return {name, [apply](const Graph& g) { return parts_of(apply(g)); }};
}

NamedTensors parts_of_all(const std::vector<Graph>& graphs) {
  NamedTensors result;
  for (const Graph& each : graphs) {
    append(result, std::to_string(result.size()), parts_of(each));
  }
  return result;
}

at::Tensor there(const Graph& g, const std::vector<std::int64_t>& values) {
  return ids(values, g.idtype()).to(g.device());
}

/// Every `step`th of `count` ids, the last one first.
at::Tensor every(const Graph& g, std::int64_t step, std::int64_t count) {
  return at::arange(count, at::TensorOptions(g.idtype()).device(g.device()))
      .flip(0)
      .slice(0, 0, std::nullopt, step);
}
at::Tensor some_nodes(const Graph& g) { return every(g, 2, g.num_nodes()); }
at::Tensor some_edges(const Graph& g) { return every(g, 3, g.num_edges()); }

NamedTensors khop_parts(const KhopSubgraph& part) {
  NamedTensors result = parts_of(part.graph);
  for (const auto& [type, positions] : part.seed_positions.map()) {
    result.emplace_back("seeds " + type, positions);
  }
  return result;
}

NamedTensors simple_parts(const SimpleGraph& simple) {
  NamedTensors result = parts_of(simple.graph);
  for (const auto& [type, map] : simple.edge_maps) {
    result.emplace_back("map " + to_string(type), map);
  }
  return result;
}

std::vector<Transform> subgraphs() {
  return {
      of_graph("node_subgraph", [](const Graph& g) { return node_subgraph(g, some_nodes(g)); }),
      of_graph("node_subgraph by mask",
               [](const Graph& g) { return node_subgraph(g, g.in_degrees().gt(2)); }),
      of_graph(
          "node_subgraph, all nodes",
          [](const Graph& g) { return node_subgraph(g, some_nodes(g), {.relabel_nodes = false}); }),
      of_graph("edge_subgraph", [](const Graph& g) { return edge_subgraph(g, some_edges(g)); }),
      of_graph(
          "in_subgraph",
          [](const Graph& g) { return in_subgraph(g, some_nodes(g), {.relabel_nodes = true}); }),
      of_graph("out_subgraph", [](const Graph& g) { return out_subgraph(g, some_nodes(g)); }),
      {"khop_in_subgraph",
       [](const Graph& g) {
         return khop_parts(khop_in_subgraph(g, every(g, 4, g.num_nodes()), 2));
       }},
      {"khop_out_subgraph",
       [](const Graph& g) { return khop_parts(khop_out_subgraph(g, there(g, {0}), 1)); }},
      of_graph("compact_graph", [](const Graph& g) { return compact_graph(g); }),
      of_graph("to_block", [](const Graph& g) { return to_block(g); }),
      of_graph(
          "to_block with destinations",
          [](const Graph& g) { return to_block(in_subgraph(g, some_nodes(g)), some_nodes(g)); }),
  };
}

std::vector<Transform> structures() {
  return {
      of_graph("reverse", [](const Graph& g) { return reverse(g, {.copy_edata = true}); }),
      of_graph("add_reverse_edges",
               [](const Graph& g) { return add_reverse_edges(g, {.copy_edata = true}); }),
      of_graph("to_bidirected",
               [](const Graph& g) { return to_bidirected(g, {.copy_ndata = true}); }),
      {"to_simple",
       [](const Graph& g) {
         return simple_parts(
             to_simple_with_mapping(g, {.copy_edata = true, .aggregator = EdgeAggregator::kSum}));
       }},
      of_graph("remove_self_loop", [](const Graph& g) { return remove_self_loop(g); }),
      of_graph("add_self_loop", [](const Graph& g) { return add_self_loop(g); }),
      of_graph("add_self_loop with sums",
               [](const Graph& g) { return add_self_loop(g, {.fill_data = EdgeFill::kSum}); }),
      of_graph("add_self_loop with maxima",
               [](const Graph& g) { return add_self_loop(g, {.fill_data = EdgeFill::kMax}); }),
      of_graph(
          "line_graph",
          [](const Graph& g) { return line_graph(g, {.backtracking = false, .shared = true}); }),
      of_graph("sort_csr_by_tag",
               [](const Graph& g) { return sort_csr_by_tag(g, g.nodes().ids().remainder(3)); }),
      of_graph("sort_csc_by_tag",
               [](const Graph& g) {
                 return sort_csc_by_tag(g, g.edges().eid().remainder(2),
                                        {.tag_type = TagType::kEdge});
               }),
      of_graph("reorder_graph", [](const Graph& g) { return reorder_graph(g); }),
      of_graph("reorder_graph by rcmk",
               [](const Graph& g) {
                 return reorder_graph(g, {.node_permute = NodePermutation::kRcmk,
                                          .edge_permute = EdgePermutation::kDst});
               }),
      of_graph("reorder_graph by hand",
               [](const Graph& g) {
                 return reorder_graph(g, {.node_permute = NodePermutation::kCustom,
                                          .edge_permute = EdgePermutation::kCustom,
                                          .nodes_perm = every(g, 1, g.num_nodes()),
                                          .edges_perm = every(g, 1, g.num_edges())});
               }),
      {"metis_partition_assignment",
       [](const Graph& g) {
         return NamedTensors{
             {"parts", metis_partition_assignment(g, std::min<std::int64_t>(2, g.num_nodes()))}};
       }},
  };
}

std::vector<Transform> changes() {
  return {
      of_graph("add_nodes", [](const Graph& g) { return add_nodes(g, 3); }),
      of_graph("add_edges",
               [](const Graph& g) {
                 return add_edges(g, there(g, {0, 0}), there(g, {0, g.num_nodes()}));
               }),
      of_graph("remove_nodes",
               [](const Graph& g) { return remove_nodes(g, some_nodes(g), {}, true); }),
      of_graph("remove_edges",
               [](const Graph& g) { return remove_edges(g, some_edges(g), {}, true); }),
      {"batch",
       [](const Graph& g) {
         const Graph both = batch({g, reverse(g, {.copy_edata = true}), g});
         NamedTensors result = parts_of(both);
         result.emplace_back("nodes", both.batch_num_nodes());
         result.emplace_back("edges", both.batch_num_edges());
         append(result, "unbatch", parts_of_all(unbatch(both)));
         append(result, "slice", parts_of(slice_batch(both, 1)));
         append(result, "fewer",
                {{"edges", remove_edges(both, some_edges(both)).batch_num_edges()}});
         return result;
       }},
  };
}

std::vector<Transform> typed_transforms() {
  return {
      of_graph("node_subgraph",
               [](const Graph& g) {
                 return node_subgraph(g, {{"user", there(g, {3, 1})}, {"item", there(g, {2, 0})}});
               }),
      of_graph("edge_subgraph",
               [](const Graph& g) {
                 return edge_subgraph(g, {{"likes", there(g, {3, 1})}});
               }),
      of_graph("in_subgraph",
               [](const Graph& g) {
                 return in_subgraph(g, {{"item", there(g, {2})}}, {.relabel_nodes = true});
               }),
      of_graph("out_subgraph",
               [](const Graph& g) {
                 return out_subgraph(g, {{"user", there(g, {1})}});
               }),
      {"khop_in_subgraph",
       [](const Graph& g) {
         return khop_parts(khop_in_subgraph(g, {{"item", there(g, {2})}}, 2));
       }},
      {"compact_graphs",
       [](const Graph& g) {
         return parts_of_all(
             compact_graphs({g, g}, {.always_preserve = {{"item", there(g, {1})}}}));
       }},
      of_graph("to_block", [](const Graph& g) { return to_block(g); }),
      of_graph("reverse", [](const Graph& g) { return reverse(g); }),
      of_graph("add_reverse_edges",
               [](const Graph& g) {
                 return add_reverse_edges(g, {.copy_edata = true, .ignore_bipartite = true});
               }),
      {"to_simple", [](const Graph& g) { return simple_parts(to_simple_with_mapping(g)); }},
      of_graph("add_self_loop",
               [](const Graph& g) { return add_self_loop(g, {.etype = "follows"}); }),
      of_graph("sort_csc_by_tag",
               [](const Graph& g) {
                 return sort_csc_by_tag(g["likes"], there(g, {1, 0, 1, 0}));
               }),
      of_graph("metapath_reachable_graph",
               [](const Graph& g) {
                 return metapath_reachable_graph(g, {"follows", "likes"});
               }),
      of_graph("to_homogeneous",
               [](const Graph& g) { return to_homogeneous(g, {.ndata = {"h"}, .edata = {"w"}}); }),
      of_graph("to_heterogeneous",
               [](const Graph& g) {
                 return to_heterogeneous(to_homogeneous(g, {.ndata = {"h"}}), {"item", "user"},
                                         {"follows", "likes"});
               }),
      of_graph(
          "add_edges",
          [](const Graph& g) { return add_edges(g, there(g, {1}), there(g, {5}), {}, "likes"); }),
      of_graph("remove_nodes",
               [](const Graph& g) {
                 return remove_nodes(g, there(g, {1, 2}), "user");
               }),
      of_graph("batch",
               [](const Graph& g) {
                 return batch({g, g});
               }),
      {"unbatch",
       [](const Graph& g) {
         return parts_of_all(unbatch(batch({g, g})));
       }},
  };
}

/// With features that transforms add up; whole numbers, so that every order of summing agrees.
Graph with_floats(Graph g) {
  g.ndata()["x"] = at::arange(2 * g.num_nodes(), at::kFloat).view({g.num_nodes(), 2});
  g.edata()["y"] = at::arange(g.num_edges(), at::kFloat);
  return g;
}

std::vector<Graph> plain_graphs(at::ScalarType idtype) {
  return {with_floats(random_graph(1, 9, 30, idtype)), with_floats(random_graph(2, 40, 30, idtype)),
          with_floats(random_graph(3, 4, 0, idtype)),
          with_floats(graph(ids({0, 0}, idtype), ids({0, 0}, idtype)))};
}

using DeviceTransforms = testing_support::BackendTest;
INSTANTIATE_TEST_SUITE_P(Backends, DeviceTransforms, testing::ValuesIn(backends()),
                         testing::PrintToStringParamName());

using MakeGraphs = std::function<std::vector<Graph>(at::ScalarType)>;

NamedTensors apply_all(const std::vector<Transform>& transforms, const MakeGraphs& make_graphs,
                       at::Device device) {
  NamedTensors result;
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    for (const Graph& here : make_graphs(idtype)) {
      for (const Transform& transform : transforms) {
        append(result, transform.name, transform.apply(here.to(device)));
      }
    }
  }
  return result;
}

TEST_P(DeviceTransforms, TakeSubgraphs) {
  expect_equal([](at::Device device) { return apply_all(subgraphs(), plain_graphs, device); });
}

TEST_P(DeviceTransforms, ChangeStructure) {
  expect_equal([](at::Device device) { return apply_all(structures(), plain_graphs, device); });
}

TEST_P(DeviceTransforms, AddRemoveAndBatch) {
  expect_equal([](at::Device device) { return apply_all(changes(), plain_graphs, device); });
}

TEST_P(DeviceTransforms, ChangeTypedGraphs) {
  expect_equal([](at::Device device) {
    return apply_all(
        typed_transforms(), [](at::ScalarType idtype) { return std::vector{social(idtype)}; },
        device);
  });
}

TEST_P(DeviceTransforms, MakeBlocksThatMove) {
  expect_equal([](at::Device device) {
    NamedTensors result;
    for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
      const Graph here = with_floats(random_graph(4, 20, 80, idtype));
      const Graph frontier = in_subgraph(here, some_nodes(here));
      const Graph moved = to_block(frontier, some_nodes(here)).to(device);
      EXPECT_EQ(moved.device(), device);
      EXPECT_TRUE(moved.srcdata().frame()->columns().at("x")->is_lazy());
      append(result, "moved", parts_of(moved));
      append(result, "typed", parts_of(to_block(social(idtype)).to(device)));
    }
    return result;
  });
}

}  // namespace
}  // namespace grapevine
