#include "grapevine/datasets/planetoid.h"

#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include "grapevine/io/ondisk.h"
#include "tests/support/expect_error.h"
#include "tests/support/small_dataset.h"
#include "tests/support/small_planetoid.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::datasets {
namespace {

using testing_support::expect_same_dataset;
using testing_support::small_dataset;
using testing_support::TemporaryFolder;
using testing_support::write_small_planetoid;

TEST(CitationGraphs, ReadTheFilesOfTheirName) {
  const TemporaryFolder folder;
  EXPECT_ERROR(CoraGraphDataset(folder.path()), folder.path().string(), "ind.cora.*");
  write_small_planetoid(folder, "cora_v2");
  EXPECT_EQ(CoraGraphDataset(folder.path()).name, "cora_v2");
  for (const char* name : {"cora", "citeseer", "pubmed"}) {
    write_small_planetoid(folder, name);
  }
  EXPECT_EQ(CoraGraphDataset(folder.path()).name, "cora");
  EXPECT_EQ(CiteseerGraphDataset(folder.path()).name, "citeseer");
  EXPECT_EQ(PubmedGraphDataset(folder.path()).name, "pubmed");
  const auto& [name, ntype, graph, labels, split, num_classes] = CoraGraphDataset(folder.path());
  EXPECT_EQ(graph.num_nodes(), 502);
  EXPECT_EQ(num_classes, 2);
  const CoraGraphDataset plain(folder.path(), {.row_normalize = false});
  EXPECT_EQ(plain.graph.ndata()["feat"]->sum(1).max().item<float>(), 4);
  EXPECT_NEAR(graph.ndata()["feat"]->sum(1).max().item<float>(), 1, 1e-6);
}

TEST(LoadNodeClassification, FindsPlanetoidFilesByFolderAndByName) {
  const TemporaryFolder folder;
  const std::string path = folder.path().string();
  write_small_planetoid(folder, "cora");
  const NodeClassificationDataset cora = io::read_planetoid(path);
  expect_same_dataset(load_node_classification(path), cora);
  expect_same_dataset(load_node_classification("cora", {.root = path}), cora);
  write_small_planetoid(folder, "citeseer");
  expect_same_dataset(load_node_classification(path + "/cora"), cora);
  EXPECT_EQ(load_node_classification(path + "/citeseer").name, "citeseer");
  EXPECT_ERROR(load_node_classification(path), path, "several data sets", "add one of",
               "citeseer, cora");
  EXPECT_ERROR(load_node_classification(path + "/pubmed"), path + "/pubmed", "ind.pubmed.*");
  // A folder of that name wins.
  io::write_ondisk(small_dataset(), folder / "cora");
  expect_same_dataset(load_node_classification(path + "/cora"), small_dataset());
}

}  // namespace
}  // namespace grapevine::datasets
