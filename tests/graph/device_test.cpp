// Graphs on every device, and on the CPU with the operators that other devices use.
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "grapevine/graph/graph.h"
#include "grapevine/graph/graph_from_formats.h"
#include "grapevine/graph/transform/node_subgraph.h"
#include "tests/support/backend.h"
#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using testing_support::append;
using testing_support::backends;
using testing_support::BackendScope;
using testing_support::ids;
using testing_support::NamedTensors;
using testing_support::other_devices;
using testing_support::parts_of;
using testing_support::random_graph;
using testing_support::social;

using DeviceGraph = testing_support::BackendTest;
INSTANTIATE_TEST_SUITE_P(Backends, DeviceGraph, testing::ValuesIn(backends()),
                         testing::PrintToStringParamName());

constexpr at::ScalarType kIdTypes[] = {at::kLong, at::kInt};

/// Graphs of one type: random, without edges, without nodes, one node, and one whose edges are
/// sorted.
std::vector<Graph> plain_graphs(at::ScalarType idtype) {
  return {random_graph(1, 9, 30, idtype),
          random_graph(2, 50, 400, idtype),
          graph(ids({}, idtype), ids({}, idtype), {.num_nodes = 4}),
          graph(ids({}, idtype), ids({}, idtype)),
          graph(ids({0, 0}, idtype), ids({0, 0}, idtype)),
          graph(ids({0, 1, 1, 2}, idtype), ids({0, 0, 1, 2}, idtype))};
}

void add_formats(NamedTensors& result, const std::string& name, const Adjacency& edges) {
  for (const auto& [format, rows] : {std::pair("csr", edges.csr()), {"csc", edges.csc()}}) {
    const std::string prefix = name + " " + format;
    result.emplace_back(prefix + " indptr", rows.indptr);
    result.emplace_back(prefix + " indices", rows.indices);
    result.emplace_back(prefix + " edge ids", rows.edge_ids);
  }
  result.emplace_back(name + " in-degrees", edges.in_degrees());
  result.emplace_back(name + " out-degrees", edges.out_degrees());
}

TEST_P(DeviceGraph, HasEveryFormat) {
  expect_equal([](at::Device device) {
    NamedTensors result;
    for (const at::ScalarType idtype : kIdTypes) {
      std::vector<Graph> graphs = plain_graphs(idtype);
      graphs.push_back(social(idtype)["likes"]);
      for (const Graph& here : graphs) {
        const Graph g = here.to(device);
        EXPECT_EQ(g.device(), device);
        EXPECT_EQ(g.idtype(), idtype);
        append(result, "graph", parts_of(g));
        add_formats(result, "graph", *g.adjacency());
        add_formats(result, "from csc", *g.formats({"csc"}).formats({"csr", "csc"}).adjacency());
        add_formats(result, "reverse", *g.adjacency()->reverse());
      }
    }
    return result;
  });
}

void with_more_edges(NamedTensors& result, const std::string& name, const EdgeList& edges) {
  append(result, name, {{"src", edges.src}, {"dst", edges.dst}, {"eid", edges.eid}});
}

TEST_P(DeviceGraph, AnswersQuestionsAboutItsStructure) {
  expect_equal([](at::Device device) {
    NamedTensors result;
    for (const at::ScalarType idtype : kIdTypes) {
      const Graph g = random_graph(3, 20, 150, idtype).to(device);
      const at::Tensor nodes = ids({3, 19, 0, 3}, idtype).to(device);
      with_more_edges(result, "in_edges", g.in_edges(nodes));
      with_more_edges(result, "out_edges", g.out_edges(nodes));
      with_more_edges(result, "by endpoints", g.edges().all(EdgeOrder::kSrcDst));
      const EdgePair found = g.find_edges(ids({149, 0, 7}, idtype).to(device));
      append(result, "find_edges", {{"src", found.src}, {"dst", found.dst}});
      result.emplace_back("has_nodes", g.has_nodes(ids({-1, 0, 19, 20}, idtype).to(device)));
      result.emplace_back("in_degrees", g.in_degrees(nodes));
      result.emplace_back("predecessors", g.predecessors(4));
      result.emplace_back("successors", g.successors(4));
      result.emplace_back("ids", g.nodes().ids());
    }
    return result;
  });
}

TEST_P(DeviceGraph, FindsEdgesByTheirEnds) {
  expect_equal([](at::Device device) {
    NamedTensors result;
    for (const at::ScalarType idtype : kIdTypes) {
      const Graph g = random_graph(4, 6, 40, idtype).to(device);
      const at::Tensor src = at::arange(6).to(idtype).repeat_interleave(6).to(device);
      const at::Tensor dst = at::arange(6).to(idtype).repeat(6).to(device);
      const EdgePair edges = g.edges().uv();
      for (const std::vector<std::string>& formats : std::vector<std::vector<std::string>>{
               {"coo", "csr", "csc"}, {"csr"}, {"csc"}, {"coo"}}) {
        const Graph some = g.formats(formats);
        result.emplace_back("has_edges_between", some.has_edges_between(src, dst));
        result.emplace_back("edge_ids", some.edge_ids(edges.src, edges.dst));
        with_more_edges(result, "edges_between", some.edges_between(src, dst));
      }
      EXPECT_TRUE(g.has_edges_between(edges.src[0].item<std::int64_t>(),
                                      edges.dst[0].item<std::int64_t>()));
    }
    return result;
  });
}

TEST_P(DeviceGraph, IsMadeWhereItsEndpointsAre) {
  expect_equal([](at::Device device) {
    NamedTensors result;
    for (const at::ScalarType idtype : kIdTypes) {
      const auto there = [&](const std::vector<std::int64_t>& values) {
        return ids(values, idtype).to(device);
      };
      const Graph plain = graph(there({0, 2, 1}), there({1, 1, 0}));
      EXPECT_EQ(plain.device(), device);
      append(result, "graph", parts_of(plain));
      append(result, "csr",
             parts_of(graph_from_csr(there({0, 1, 3, 3}), there({2, 0, 1}), there({1, 2, 0}))));
      append(result, "csc", parts_of(graph_from_csc(there({0, 1, 3, 3}), there({2, 0, 1}))));
      append(result, "typed",
             parts_of(heterograph({{{"a", "x", "b"}, {there({0, 3}), there({1, 0})}},
                                   {{"b", "y", "a"}, {there({}), there({})}}})));
      append(result, "block", parts_of(create_block(there({2, 0, 1}), there({0, 1, 1}), 3, 2)));
      const ops::Csr rows = plain.adjacency()->csr();
      const ops::Coo edges = plain.adjacency()->coo();
      append(result, "formats",
             parts_of(heterograph_from_formats({{{"a", "x", "a"}, {.coo = edges, .csr = rows}}})));
    }
    return result;
  });
}

TEST_P(DeviceGraph, RefusesBadStructureOnItsDevice) {
  const BackendScope scope(GetParam());
  const auto there = [&](const std::vector<std::int64_t>& values) {
    return ids(values).to(scope.device());
  };
  EXPECT_ERROR(graph(there({0, -1}), there({0, 0})), "src", "-1");
  EXPECT_ERROR(graph(there({0, 5}), there({0, 0}), {.num_nodes = 3}), "num_nodes", "5");
  EXPECT_ERROR(graph_from_csr(there({0, 2, 1}), there({0})), "csr", "indptr");
  EXPECT_ERROR(graph_from_csr(there({0, 1, 2}), there({0, 1}), there({1, 1})), "edge_ids", "once");
  const ops::Coo edges{there({0, 1}), there({1, 0})};
  EXPECT_ERROR(heterograph_from_formats(
                   {{{"a", "x", "a"},
                     {.coo = edges, .csr = ops::Csr{there({0, 1, 2}), there({0, 1}), {}}}}}),
               "coo and csr");
  const Graph g = graph(there({0, 1}), there({1, 0}));
  EXPECT_ERROR(g.find_edges(there({2})), "find_edges", "2");
  EXPECT_ERROR(g.edge_ids(there({0}), there({0})), "no edge from node 0 to node 0");
}

TEST(GraphOnADevice, RefusesTensorsOfAnotherDevice) {
  for (const at::Device device : other_devices()) {
    const std::string name = device.str();
    const Graph g = random_graph(5, 9, 30).to(device);
    const at::Tensor here = ids({0, 1});
    EXPECT_ERROR(g.in_edges(here), "in_edges", name, "cpu");
    EXPECT_ERROR(g.find_edges(here), "find_edges", name, "cpu");
    EXPECT_ERROR(g.has_edges_between(here, here), "has_edges_between", name, "cpu");
    EXPECT_ERROR(g.ndata()["x"] = at::zeros({9}), "x", name, "cpu");
    EXPECT_ERROR(graph(here, here.to(device)), "device", name, "cpu");
    EXPECT_ERROR(node_subgraph(g, here), "node_subgraph", name, "cpu");
  }
}

TEST_P(DeviceGraph, MovesThereAndBack) {
  const BackendScope scope(GetParam());
  for (const at::ScalarType idtype : kIdTypes) {
    for (const Graph& here : {social(idtype), random_graph(6, 9, 30, idtype)}) {
      const Graph there = here.to(scope.device());
      const NamedTensors expected = parts_of(here);
      const NamedTensors actual = parts_of(there.to(at::kCPU));
      ASSERT_EQ(actual.size(), expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(actual[i].first, expected[i].first);
        EXPECT_TRUE(at::equal(actual[i].second, expected[i].second)) << expected[i].first;
      }
      EXPECT_EQ(&there.to(scope.device()).graph_data(), &there.graph_data());
      EXPECT_EQ(there.to_int32().to_int64().device(), scope.device());
    }
  }
}

TEST_P(DeviceGraph, TakesADeviceWithoutItsNumber) {
  const BackendScope scope(GetParam());
  Graph g = random_graph(7, 9, 30).to(at::Device(scope.device().type()));
  EXPECT_EQ(g.device(), scope.device());
  g.ndata()["x"] = at::zeros({9}, at::TensorOptions().device(scope.device().type()));
  EXPECT_EQ(&g.to(scope.device()).graph_data(), &g.graph_data());
}

TEST_P(DeviceGraph, KeepsOnlyTheFormatsThatThereAre) {
  const BackendScope scope(GetParam());
  const Graph g = random_graph(8, 9, 30);
  static_cast<void>(g.adjacency()->csc());
  const FormatStatus there = g.to(scope.device()).formats();
  EXPECT_EQ(there.created, (std::vector<std::string>{"coo", "csc"}));
  const Graph restricted = g.formats({"csc"}).to(scope.device());
  EXPECT_ERROR(restricted.adjacency()->coo(), "coo", "csc");
}

TEST(GraphOnADevice, CopiesAsItsCallerWants) {
  for (const at::Device device : other_devices()) {
    const Graph g = random_graph(9, 9, 30);
    int copies = 0;
    const Graph there = g.to(device, [&](const at::Tensor& tensor) {
      ++copies;
      return tensor.to(device);
    });
    EXPECT_EQ(copies, 4);  // two columns of endpoints and two features
    EXPECT_EQ(there.ndata()["h"]->device(), device);
  }
}

TEST_P(DeviceGraph, HasFeaturesOfItsOwn) {
  expect_equal([](at::Device device) {
    const Graph here = social();
    const Graph g = here.clone().to(device);
    const at::Tensor ones = at::ones({4, 2}, at::TensorOptions().device(device));
    g.nodes("user").data["new"] = ones;
    EXPECT_FALSE(here.nodes("user").data.contains("new"));
    {
      const LocalScope scope = g.local_scope();
      g.nodes("user").data["h"] = ones;
      g.edges("likes").data["gone"] = ones;
      g.nodes("item").data.erase("h");
    }
    EXPECT_FALSE(g.edges("likes").data.contains("gone"));
    NamedTensors result = parts_of(g);
    result.emplace_back("popped", g.edges("follows").data.pop("w"));
    append(result, "relation", parts_of(g["likes"]));
    append(result, "clone", parts_of(g.clone()));
    return result;
  });
}

TEST_P(DeviceGraph, FetchesFeaturesWhenTheyAreRead) {
  expect_equal([](at::Device device) {
    const Graph g = random_graph(10, 9, 30);
    // Picked here and moved, picked there, and picked again from what is lazy still.
    const Graph moved = node_subgraph(g, ids({5, 2, 7})).to(device);
    const Graph picked = node_subgraph(g.to(device), ids({5, 2, 7}).to(device));
    const Graph again = node_subgraph(moved, ids({1, 0}).to(device));
    for (const Graph& part : {moved, picked, again}) {
      EXPECT_TRUE(part.ndata().frame()->columns().at("h")->is_lazy());
      EXPECT_TRUE(part.edata().frame()->columns().at("w")->is_lazy());
    }
    NamedTensors result;
    append(result, "again", parts_of(again));
    append(result, "moved", parts_of(moved));
    append(result, "picked", parts_of(picked));
    return result;
  });
}

}  // namespace
}  // namespace grapevine
