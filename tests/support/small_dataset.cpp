#include "tests/support/small_dataset.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/ids.h"

namespace grapevine::testing_support {
void expect_same_frame(const FrameView& got, const FrameView& expected, const std::string& what) {
  EXPECT_EQ(got.keys(), expected.keys()) << what;
  for (const std::string& name : expected.keys()) {
    ASSERT_TRUE(got.contains(name)) << what << name;
    EXPECT_EQ(got[name]->scalar_type(), expected[name]->scalar_type()) << what << name;
    EXPECT_TRUE(got[name]->equal(expected[name])) << what << name;
  }
}

io::NodeClassificationDataset small_dataset() {
  constexpr std::int64_t kNodes = 12;
  const at::Tensor edge = at::arange(30);
  io::NodeClassificationDataset dataset = {
      .name = "small", .ntype = kDefaultNtype, .graph = {}, .labels = {}, .split = {}};
  dataset.graph =
      graph(edge.remainder(kNodes), (edge * 7 + 3).remainder(kNodes), {.num_nodes = kNodes});
  dataset.labels = at::arange(kNodes).remainder(3);
  dataset.labels[5] = -1;
  dataset.graph.ndata()["feat"] = at::arange(kNodes * 3, at::kFloat).reshape({kNodes, 3}) / 7;
  dataset.graph.ndata()["label"] = dataset.labels;
  dataset.graph.ndata()["year"] = at::arange(kNodes) + 2000;
  dataset.graph.edata()["weight"] = at::arange(30, at::kFloat) / 3;
  dataset.split = {.train = ids({0, 2, 4, 6}), .valid = ids({1, 3}), .test = ids({7, 8, 11})};
  dataset.num_classes = 3;
  return dataset;
}

io::NodeClassificationDataset typed_dataset() {
  io::NodeClassificationDataset dataset = {
      .name = "typed", .ntype = "paper", .graph = {}, .labels = {}, .split = {}};
  dataset.graph =
      heterograph({{{"author", "writes", "paper"}, {ids({0, 1, 2, 2}), ids({0, 0, 3, 4})}},
                   {{"paper", "cites", "paper"}, {ids({1, 2, 3}), ids({0, 1, 1})}}},
                  {{"author", 3}, {"paper", 5}});
  dataset.labels = ids({0, 1, 1, 0, 1});
  dataset.graph.nodes("paper").data["feat"] = at::arange(20, at::kFloat).reshape({5, 4});
  dataset.graph.nodes("paper").data["label"] = dataset.labels;
  dataset.graph.nodes("author").data["feat"] = at::arange(6, at::kDouble).reshape({3, 2});
  dataset.graph.edges("writes").data["position"] = at::arange(4);
  dataset.split = {.train = ids({0, 1}), .valid = ids({2}), .test = ids({4, 3})};
  dataset.num_classes = 2;
  return dataset;
}

void expect_same_dataset(const io::NodeClassificationDataset& got,
                         const io::NodeClassificationDataset& expected) {
  EXPECT_EQ(got.ntype, expected.ntype);
  EXPECT_EQ(got.num_classes, expected.num_classes);
  EXPECT_TRUE(got.labels.equal(expected.labels));
  EXPECT_TRUE(got.split.train.equal(expected.split.train));
  EXPECT_TRUE(got.split.valid.equal(expected.split.valid));
  EXPECT_TRUE(got.split.test.equal(expected.split.test));
  ASSERT_EQ(got.graph.ntypes(), expected.graph.ntypes());
  ASSERT_EQ(got.graph.canonical_etypes(), expected.graph.canonical_etypes());
  for (const std::string& ntype : expected.graph.ntypes()) {
    EXPECT_EQ(got.graph.num_nodes(ntype), expected.graph.num_nodes(ntype));
    expect_same_frame(got.graph.nodes(ntype).data, expected.graph.nodes(ntype).data, ntype + ": ");
  }
  for (const CanonicalEtype& etype : expected.graph.canonical_etypes()) {
    EXPECT_TRUE(got.graph.edges(etype).uv().src.equal(expected.graph.edges(etype).uv().src));
    EXPECT_TRUE(got.graph.edges(etype).uv().dst.equal(expected.graph.edges(etype).uv().dst));
    expect_same_frame(got.graph.edges(etype).data, expected.graph.edges(etype).data,
                      etype.name + ": ");
  }
}

}  // namespace grapevine::testing_support
