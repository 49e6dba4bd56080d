#include "grapevine/io/planetoid.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "grapevine/io/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/ids.h"
#include "tests/support/pickled.h"
#include "tests/support/small_planetoid.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

namespace fs = std::filesystem;
using testing_support::list;
using testing_support::pickled_array;
using testing_support::pickled_csr;
using testing_support::pickled_graph;
using testing_support::TemporaryFolder;
using Ids = std::vector<std::int64_t>;

/// Nodes 0 and 1 train, 2 and 3 validate, 4 and 6 to 8 test; 5 is in no part.
class Planetoid : public ::testing::Test {
 protected:
  Planetoid() { write_small_planetoid(folder_, "small", 0); }

  [[nodiscard]] NodeClassificationDataset read() const {
    return read_planetoid(folder_.path(), {.num_valid = 2});
  }

  void put(const std::string& part, const std::string& bytes) const {
    folder_.write("ind.small." + part, bytes);
  }

  /// Expects words when a part of the data set is something else.
  void expect_refused(const std::string& part, const std::string& bytes,
                      const std::string& words) const {
    const std::string good = read_file(folder_ / ("ind.small." + part));
    put(part, bytes);
    EXPECT_ERROR(read(), "ind.small." + part, words);
    put(part, good);
  }

  TemporaryFolder folder_;
};

TEST_F(Planetoid, HasEveryEdgeInBothDirectionsOnceInDglsOrder) {
  const NodeClassificationDataset dataset = read();
  EXPECT_EQ(dataset.name, "small");
  EXPECT_EQ(dataset.graph.num_nodes(), 9);
  // Lists of the file: 8: 0 7 0; 0: 1; 1: 2; 2: 3 2; 3: 4; ... 7: 8.
  const EdgePair edges = dataset.graph.edges().uv();
  EXPECT_EQ(list(edges.src), (Ids{8, 8, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7}));
  EXPECT_EQ(list(edges.dst), (Ids{0, 7, 8, 1, 0, 2, 1, 3, 2, 2, 4, 3, 5, 4, 6, 5, 7, 8, 6}));
}

TEST_F(Planetoid, PutsTestNodesWhereTheIndexSays) {
  const NodeClassificationDataset dataset = read();
  // test.index: 7 4 8 6
  EXPECT_EQ(list(dataset.labels), (Ids{0, 1, 0, 1, 0, 0, 0, 1, 1}));
  EXPECT_EQ(dataset.num_classes, 2);
  EXPECT_EQ(list(dataset.split.train), (Ids{0, 1}));
  EXPECT_EQ(list(dataset.split.valid), (Ids{2, 3}));
  EXPECT_EQ(list(dataset.split.test), (Ids{4, 6, 7, 8}));
  const FrameView columns = dataset.graph.ndata();
  EXPECT_TRUE(columns["label"]->equal(dataset.labels));
  EXPECT_EQ(list(columns["train_mask"]), (Ids{1, 1, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(list(columns["val_mask"]), (Ids{0, 0, 1, 1, 0, 0, 0, 0, 0}));
  EXPECT_EQ(list(columns["test_mask"]), (Ids{0, 0, 0, 0, 1, 0, 1, 1, 1}));
  EXPECT_EQ(columns["test_mask"]->scalar_type(), at::kBool);
}

TEST_F(Planetoid, NormalisesRowsUnlessToldOtherwise) {
  const at::Tensor plain = at::tensor({1., 0., 0., 1., 0., 1., 1., 0., 2., 1., 0., 0., 0., 2.,
                                       2., 0., 0., 0., 1., 1., 2., 0., 1., 0., 0., 0., 0.},
                                      at::kFloat)
                               .reshape({9, 3});
  EXPECT_TRUE(read_planetoid(folder_.path(), {.row_normalize = false, .num_valid = 2})
                  .graph.ndata()["feat"]
                  ->equal(plain));
  const at::Tensor normalised = read().graph.ndata()["feat"];
  EXPECT_EQ(normalised.scalar_type(), at::kFloat);
  EXPECT_TRUE(normalised.equal(plain / plain.sum(1, true).clamp_min(1)));
}

TEST_F(Planetoid, ChoosesTheDataSetByName) {
  EXPECT_EQ(planetoid_names(folder_.path()), std::vector<std::string>{"small"});
  EXPECT_TRUE(planetoid_names(folder_ / "away").empty());
  write_small_planetoid(folder_, "other", 493);
  EXPECT_EQ(planetoid_names(folder_.path()), (std::vector<std::string>{"other", "small"}));
  EXPECT_ERROR(read(), folder_.path().string(), "several", "other, small");
  EXPECT_ERROR(read_planetoid(folder_.path(), {.name = "cora"}), "ind.cora.*", "other, small");
  EXPECT_EQ(read_planetoid(folder_.path(), {.name = "other"}).split.valid.numel(), 500);
  EXPECT_ERROR(read_planetoid(folder_ / "away"), "away", "ind.NAME.graph");
}

TEST_F(Planetoid, NamesEachMissingFile) {
  for (const char* part : {"x", "y", "tx", "ty", "allx", "ally", "test.index"}) {
    const fs::path file = folder_ / (std::string("ind.small.") + part);
    fs::rename(file, folder_ / "away");
    EXPECT_ERROR(read(), file.string(), "No such file");
    fs::rename(folder_ / "away", file);
  }
}

TEST_F(Planetoid, RefusesAGraphThatIsNone) {
  expect_refused("graph", pickled_array(at::arange(3)), "expected a dict");
  expect_refused("graph", "(dI0\nI1\ns.", "node 0: expected a list");
  expect_refused("graph", "(dS'a'\n]s.", "expected a node's id");
  expect_refused("graph", "(dI0\n]Nas.", "expected a node's id");
  expect_refused("graph", pickled_graph({{0, {1}}, {2, {}}}), "node 2 is out of range: 2 nodes");
  expect_refused("graph", pickled_graph({{0, {}}, {1, {-1}}}), "node -1 is out of range");
  expect_refused("graph", pickled_graph({{0, {}}, {0, {}}}), "node 0 occurs twice");
  expect_refused("graph", "cposix\nsystem\n.", "\"posix system\" is refused");
}

TEST_F(Planetoid, RefusesMoreEdgesThanTheFileHasBytes) {
  // The list of node 0 is also that of all others.
  std::string list = "]q\x01(";
  std::string others;
  for (char node = 0; node < 100; ++node) {
    list += std::string("K") + node;
    others += node == 0 ? "" : std::string("K") + node + "h\x01";
  }
  expect_refused("graph", "}(K" + std::string(1, '\0') + list + "e" + others + "u.",
                 "its neighbours are also another node's");
}

TEST_F(Planetoid, ChecksTheSizesAgainstEachOther) {
  const at::Tensor one_hot = at::eye(2, at::kInt);
  expect_refused("x", pickled_csr(at::eye(2)), "expected 3 features");
  expect_refused("tx", pickled_csr(at::eye(4)), "expected 3 features");
  expect_refused("x", pickled_csr(at::eye(3).repeat({2, 1})), "6 training nodes");
  expect_refused("tx", pickled_csr(at::eye(3)), "rows, got 4");
  expect_refused("y", pickled_array(one_hot[0]), "got shape [2]");
  expect_refused("y", pickled_array(at::eye(3, at::kInt)), "got shape [3, 3]");
  expect_refused("y", pickled_array(at::eye(3, at::kInt).narrow(0, 0, 2)), "expected 2 classes");
  expect_refused("ally", pickled_array(one_hot), "of 4 nodes");
  expect_refused("ally", pickled_array(at::zeros({4, 0}, at::kInt)), "at least one class");
  expect_refused("ty", pickled_array(at::eye(4, at::kInt)), "expected 2 classes");
  expect_refused("ty", pickled_csr(at::eye(2)), "expected an array");
  EXPECT_ERROR(read_planetoid(folder_.path()), "9 nodes: expected 2 training and 500 validation");
  EXPECT_ERROR(read_planetoid(folder_.path(), {.num_valid = -1}), "num_valid", "-1");
}

TEST_F(Planetoid, ChecksTheTestIds) {
  expect_refused("test.index", "", "");
  expect_refused("test.index", "7\n4\n8\n", "expected 4 test nodes");
  expect_refused("test.index", "7\n4\n8\n9\n", "id 9 is out of range [0, 9)");
  expect_refused("test.index", "7\n4\n8\n-1\n", "id -1 is out of range");
  expect_refused("test.index", "7\n4\n8\n3\n", "expected ids from 4");
  expect_refused("test.index", "7\n5\n8\n6\n", "expected ids from 4");
  expect_refused("test.index", "7\n4\n5\n6\n", "to 8, the last node");
  expect_refused("test.index", "7\n4\n8\n7\n", "node 7 occurs twice");
  expect_refused("test.index", "7\n4\nx\n6\n", "line 3");
}

TEST_F(Planetoid, RefusesFeaturesThatAreLargerThanTheirFileCanMean) {
  for (const char* part : {"x", "allx", "tx"}) {
    put(part, pickled_csr({.rows = std::string(part) == "x" ? 2 : 4,
                           .columns = std::int64_t{1} << 40,
                           .indptr = at::arange(std::string(part) == "x" ? 3 : 5, at::kInt),
                           .indices = at::zeros({std::string(part) == "x" ? 2 : 4}, at::kInt),
                           .data = at::zeros({std::string(part) == "x" ? 2 : 4})}));
  }
  EXPECT_ERROR(read(), "ind.small.allx", "1099511627776 features of 9 nodes", "too sparse");
}

/// A number that another order or another value would change; DGL's below are from
///
///     g = dgl.data.CoraGraphDataset()[0]     # DGL 2.1.0; also CiteseerGraphDataset
///     def fingerprint(t):
///         t = t.flatten().to(torch.int64)
///         return int((t * (torch.arange(t.numel()) + 1)).sum())
///     [fingerprint(t) for t in (*g.edges(), g.ndata["label"], g.ndata["train_mask"],
///      g.ndata["val_mask"], g.ndata["test_mask"], g.ndata["feat"].view(torch.int32))]
///
/// with NPY_DISABLE_CPU_FEATURES="AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL":
/// numpy 1.26 takes float32 reciprocals with AVX-512 that are wrong in the last bit.
std::int64_t fingerprint(const at::Tensor& tensor) {
  const at::Tensor values = tensor.flatten().to(at::kLong);
  return (values * (at::arange(values.numel()) + 1)).sum().item<std::int64_t>();
}

struct Published {
  std::string name;
  std::int64_t num_nodes;
  std::int64_t num_edges;
  std::int64_t num_features;
  std::int64_t num_classes;
  std::int64_t num_train;
  Ids fingerprints;
};

class PublishedPlanetoid : public ::testing::TestWithParam<Published> {};

TEST_P(PublishedPlanetoid, IsWhatDglMakesOfTheFiles) {
  const fs::path folder = fs::path(GRAPEVINE_SOURCE_DIR) / "../shared/data/planetoid";
  const Published& expected = GetParam();
  if (!fs::exists(folder / ("ind." + expected.name + ".graph"))) {
    GTEST_SKIP() << "the planetoid files of " << expected.name << " are not on this machine";
  }
  const NodeClassificationDataset dataset = read_planetoid(folder, {.name = expected.name});
  const FrameView columns = dataset.graph.ndata();
  const EdgePair edges = dataset.graph.edges().uv();
  EXPECT_EQ(dataset.graph.num_nodes(), expected.num_nodes);
  EXPECT_EQ(dataset.graph.num_edges(), expected.num_edges);
  EXPECT_EQ(columns["feat"]->size(1), expected.num_features);
  EXPECT_EQ(dataset.num_classes, expected.num_classes);
  EXPECT_EQ(dataset.split.train.numel(), expected.num_train);
  EXPECT_EQ(dataset.split.valid.numel(), 500);
  EXPECT_EQ(dataset.split.test.numel(), 1000);
  Ids fingerprints = {fingerprint(edges.src), fingerprint(edges.dst), fingerprint(dataset.labels)};
  for (const char* mask : {"train_mask", "val_mask", "test_mask"}) {
    fingerprints.push_back(fingerprint(columns[mask]));
  }
  fingerprints.push_back(fingerprint(columns["feat"]->view(at::kInt)));
  EXPECT_EQ(fingerprints, expected.fingerprints);
}

INSTANTIATE_TEST_SUITE_P(
    Files, PublishedPlanetoid,
    ::testing::Values(Published{.name = "cora",
                                .num_nodes = 2708,
                                .num_edges = 10556,
                                .num_features = 1433,
                                .num_classes = 7,
                                .num_train = 140,
                                .fingerprints = {97019508369, 73028193198, 10514174, 9870, 195250,
                                                 2208500, 5426449882919355973}},
                      Published{.name = "citeseer",
                                .num_nodes = 3327,
                                .num_edges = 9228,
                                .num_features = 3703,
                                .num_classes = 6,
                                .num_train = 120,
                                .fingerprints = {92615725344, 69019052795, 14899555, 7260, 185250,
                                                 2817427, -2158421026747125366}}),
    [](const auto& parameters) { return parameters.param.name; });

}  // namespace
}  // namespace grapevine::io
