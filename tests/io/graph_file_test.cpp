#include "grapevine/io/graph_file.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "grapevine/graph/transform/in_subgraph.h"
#include "grapevine/io/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/graphs.h"
#include "tests/support/ids.h"
#include "tests/support/small_dataset.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

using testing_support::edge_cases;
using testing_support::expect_same_frame;
using testing_support::small_dataset;
using testing_support::TemporaryFolder;
using testing_support::typed_dataset;

using testing_support::ids;

void expect_same_graph(const Graph& got, const Graph& expected) {
  EXPECT_EQ(got.idtype(), expected.idtype());
  EXPECT_EQ(got.ntypes(), expected.ntypes());
  EXPECT_EQ(got.canonical_etypes(), expected.canonical_etypes());
  EXPECT_EQ(got.is_homogeneous(), expected.is_homogeneous());
  for (const std::string& ntype : expected.ntypes()) {
    EXPECT_EQ(got.num_nodes(ntype), expected.num_nodes(ntype)) << ntype;
    expect_same_frame(got.nodes(ntype).data, expected.nodes(ntype).data, ntype);
  }
  for (const CanonicalEtype& etype : expected.canonical_etypes()) {
    const std::string what = to_string(etype);
    const Adjacency& one = *got.adjacency(etype);
    const Adjacency& other = *expected.adjacency(etype);
    EXPECT_TRUE(at::equal(one.coo().src, other.coo().src)) << what;
    EXPECT_TRUE(at::equal(one.coo().dst, other.coo().dst)) << what;
    EXPECT_TRUE(at::equal(one.csc().indices, other.csc().indices)) << what;
    expect_same_frame(got.edges(etype).data, expected.edges(etype).data, what);
  }
}

/// Which formats each relation of each graph has.
std::vector<FormatSet> created(const std::vector<Graph>& graphs) {
  std::vector<FormatSet> formats;
  for (const Graph& graph : graphs) {
    for (const CanonicalEtype& etype : graph.canonical_etypes()) {
      formats.push_back(graph.adjacency(etype)->created());
    }
  }
  return formats;
}

/// Expects the same graphs through a file, read and mapped, and through bytes.
void expect_round_trip(const std::vector<Graph>& graphs, const GraphLabels& labels = {}) {
  const TemporaryFolder folder;
  const std::vector<FormatSet> formats = created(graphs);
  save_graphs(folder / "graphs.gv", graphs, labels);
  EXPECT_EQ(read_file(folder / "graphs.gv"), graphs_to_bytes(graphs, labels));
  std::vector<GraphFile> files;
  files.push_back(load_graphs(folder / "graphs.gv"));
  files.push_back(load_graphs(folder / "graphs.gv", {}, {.memory_map = true}));
  files.push_back(graphs_from_bytes(graphs_to_bytes(graphs, labels)));
  for (const GraphFile& file : files) {
    ASSERT_EQ(file.graphs.size(), graphs.size());
    EXPECT_EQ(created(file.graphs), formats);
    for (std::size_t i = 0; i < graphs.size(); ++i) {
      expect_same_graph(file.graphs[i], graphs[i]);
    }
    ASSERT_EQ(file.labels.size(), labels.size());
    for (const auto& [name, label] : labels) {
      EXPECT_EQ(file.labels.at(name).scalar_type(), label.scalar_type()) << name;
      EXPECT_TRUE(file.labels.at(name).equal(label)) << name;
    }
  }
}

TEST(GraphFile, KeepsGraphsFeaturesAndLabels) {
  expect_round_trip({small_dataset().graph, typed_dataset().graph},
                    {{"glabel", ids({1, 0})}, {"weights", at::arange(6.0).reshape({3, 2})}});
}

TEST(GraphFile, KeepsEdgeIdsInEveryFormatAndIdType) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    for (const auto& [name, edges] : edge_cases(idtype)) {
      std::vector<Graph> graphs;
      for (const FormatSet& formats :
           {FormatSet{.coo = true}, FormatSet{.csr = true}, FormatSet{.csc = true},
            FormatSet{.csr = true, .csc = true}, FormatSet{true, true, true}}) {
        const AdjacencyPtr adjacency = edges->restrict_to(formats);
        if (formats.csc) {
          static_cast<void>(adjacency->csc());
        }
        if (formats.csr) {
          static_cast<void>(adjacency->csr());
        }
        graphs.emplace_back(make_graph_data({{"a", edges->num_src()}, {"b", edges->num_dst()}},
                                            {{{"a", "r", "b"}, adjacency}}, idtype, at::kCPU));
      }
      const GraphFile file = graphs_from_bytes(graphs_to_bytes(graphs));
      for (std::size_t i = 0; i < graphs.size(); ++i) {
        const Adjacency& got = *file.graphs[i].adjacency();
        EXPECT_EQ(got.created(), graphs[i].adjacency()->created()) << name;
        EXPECT_EQ(got.idtype(), idtype);
        EXPECT_TRUE(at::equal(got.coo().src, edges->coo().src)) << name;
        EXPECT_TRUE(at::equal(got.coo().dst, edges->coo().dst)) << name;
      }
    }
  }
}

TEST(GraphFile, KeepsEveryDtypeAndShape) {
  for (const at::ScalarType dtype :
       {at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kHalf, at::kBFloat16, at::kFloat,
        at::kDouble, at::kBool, at::kComplexFloat, at::kComplexDouble}) {
    const Graph g = graph({0, 1}, {1, 2});
    g.ndata()["flat"] = at::arange(3).to(dtype);
    g.ndata()["deep"] = at::arange(12).reshape({3, 2, 2}).to(dtype);
    g.ndata()["turned"] = at::arange(6).reshape({2, 3}).to(dtype).t();
    g.ndata()["none"] = at::empty({3, 0}, dtype);
    g.edata()["w"] = at::arange(4).to(dtype).slice(0, 0, 4, 2);
    expect_round_trip({g}, {{"scalar", at::scalar_tensor(1).to(dtype)}});
  }
}

TEST(GraphFile, KeepsUnsignedTypes) {
  for (const at::ScalarType dtype : {at::kUInt16, at::kUInt32, at::kUInt64}) {
    const at::Tensor numbers = ids({1, 2, -1}).to(dtype);
    const GraphFile file = graphs_from_bytes(graphs_to_bytes({}, {{"x", numbers}}));
    EXPECT_EQ(file.labels.at("x").scalar_type(), dtype);
    EXPECT_EQ(std::memcmp(file.labels.at("x").const_data_ptr(), numbers.const_data_ptr(),
                          numbers.nbytes()),
              0);
  }
}

TEST(GraphFile, KeepsEmptyGraphs) {
  const Graph without_edges = graph(std::vector<std::int64_t>{}, {}, {.num_nodes = 3});
  without_edges.ndata()["h"] = at::ones({3, 1});
  without_edges.edata()["w"] = at::ones({0, 2});
  expect_round_trip({Graph(), without_edges, without_edges.to_int32(),
                     heterograph({}, {{"alone", 2}, {"more", 0}})});
  expect_round_trip({});
}

TEST(GraphFile, GathersLazyColumns) {
  const Graph part = in_subgraph(small_dataset().graph, ids({3, 4}));
  expect_round_trip({part});
}

TEST(GraphFile, KeepsNamesOfAnyKind) {
  const Graph g = heterograph({{{"used \"er", "vi\nsits", "Straße"}, {ids({0}), ids({0})}}});
  g.nodes("Straße").data["a/b"] = at::ones({1});
  g.nodes("Straße").data[""] = at::ones({1});
  expect_round_trip({g}, {{"", ids({3})}});
}

TEST(GraphFile, ReadsTheGraphsThatAreAskedFor) {
  const TemporaryFolder folder;
  save_graphs(folder / "g.gv", {graph({0}, {1}), graph({0}, {2}), graph({0}, {3})},
              {{"y", ids({5, 6, 7})}});
  const GraphFile file = load_graphs(folder / "g.gv", {2, 0, 2});
  ASSERT_EQ(file.graphs.size(), 3);
  EXPECT_EQ(file.graphs[0].num_nodes(), 4);
  EXPECT_EQ(file.graphs[1].num_nodes(), 2);
  EXPECT_EQ(file.graphs[2].num_nodes(), 4);
  EXPECT_TRUE(file.labels.at("y").equal(ids({5, 6, 7})));
  EXPECT_TRUE(load_labels(folder / "g.gv").at("y").equal(ids({5, 6, 7})));
  EXPECT_ERROR(load_graphs(folder / "g.gv", {3}), "g.gv", "graph 3 does not exist", "3 graphs");
  EXPECT_ERROR(load_graphs(folder / "g.gv", {-1}), "g.gv", "graph -1");
}

TEST(GraphFile, WritesASharedTensorOnce) {
  const at::Tensor features = at::arange(1000.0).reshape({10, 100});
  std::vector<Graph> graphs;
  for (std::int64_t i = 0; i < 5; ++i) {
    graphs.push_back(graph({0}, {i}, {.num_nodes = 10}));
    graphs.back().ndata()["h"] = features;
  }
  const std::string bytes = graphs_to_bytes(graphs);
  EXPECT_LT(bytes.size(), 2 * features.nbytes());
  const GraphFile file = graphs_from_bytes(bytes);
  EXPECT_EQ(file.graphs[0].ndata()["h"]->data_ptr(), file.graphs[4].ndata()["h"]->data_ptr());
  EXPECT_TRUE(file.graphs[3].ndata()["h"]->equal(features));
}

TEST(GraphFile, MapsColumnsAndStructure) {
  const TemporaryFolder folder;
  const Graph g = small_dataset().graph;
  g.create_formats_();
  g.ndata()["mask"] = at::arange(12).gt(3);
  save_graphs(folder / "g.gv", {g});
  const std::string before = read_file(folder / "g.gv");
  {
    const Graph mapped = load_graphs(folder / "g.gv", {}, {.memory_map = true}).graphs[0];
    for (const at::Tensor& tensor :
         {at::Tensor(mapped.ndata()["feat"]), at::Tensor(mapped.edata()["weight"]),
          mapped.adjacency()->csr().indices, mapped.adjacency()->csc().indptr,
          mapped.adjacency()->coo().src}) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr()) % 64, 0);
    }
    // Of one mapping: as far apart in memory as in the file.
    const auto distance = [](const at::Tensor& a, const at::Tensor& b) {
      return std::abs(static_cast<const char*>(a.const_data_ptr()) -
                      static_cast<const char*>(b.const_data_ptr()));
    };
    EXPECT_LT(distance(mapped.ndata()["feat"], mapped.adjacency()->csc().indices),
              static_cast<std::ptrdiff_t>(before.size()));
    EXPECT_TRUE(mapped.ndata()["mask"]->equal(g.ndata()["mask"]));
    at::Tensor(mapped.ndata()["feat"]).fill_(-1);
    EXPECT_EQ(at::Tensor(mapped.ndata()["feat"]).sum().item<float>(), -36);
  }
  EXPECT_EQ(read_file(folder / "g.gv"), before);
}

TEST(GraphFile, NeedsNoConversion) {
  const Graph g = small_dataset().graph;
  const Graph compressed = g.formats({"csc"});
  EXPECT_EQ(graphs_from_bytes(graphs_to_bytes({compressed})).graphs[0].formats().created,
            std::vector<std::string>{"csc"});
  EXPECT_EQ(graphs_from_bytes(graphs_to_bytes({compressed})).graphs[0].formats().not_created,
            (std::vector<std::string>{"coo", "csr"}));
}

TEST(GraphFile, TakesGradientsAndOtherViewsAsTheirValues) {
  const Graph g = graph({0}, {1});
  g.ndata()["h"] = at::ones({2}).requires_grad_();
  const Graph got = graphs_from_bytes(graphs_to_bytes({g})).graphs[0];
  EXPECT_FALSE(got.ndata()["h"]->requires_grad());
  EXPECT_TRUE(got.ndata()["h"]->equal(at::ones({2})));
}

TEST(GraphFile, RefusesWhatItCannotHold) {
  const TemporaryFolder folder;
  const Graph block = create_block(ids({0}), ids({0}), 2, 1);
  EXPECT_ERROR(save_graphs(folder / "g.gv", {graph({0}, {1}), block}), "save_graphs", "graph 1",
               "block");
  EXPECT_ERROR(graphs_to_bytes({}, {{"y", at::Tensor()}}), "label \"y\"", "undefined");
  EXPECT_ERROR(graphs_to_bytes({}, {{"y", at::ones({2}).to_sparse()}}), "label \"y\"");
  EXPECT_ERROR(graphs_to_bytes({}, {{"\xFF", ids({1})}}), "UTF-8");
  EXPECT_ERROR(save_graphs(folder / "no" / "g.gv", {}), "no/g.gv", "cannot be written");
  EXPECT_ERROR(load_graphs(folder / "missing.gv"), "missing.gv", "No such file");
  EXPECT_FALSE(std::filesystem::exists(folder / "g.gv"));
}

}  // namespace
}  // namespace grapevine::io
