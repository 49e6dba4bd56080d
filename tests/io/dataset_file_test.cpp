#include "grapevine/io/dataset_file.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "grapevine/datasets/node_classification.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

using testing_support::TemporaryFolder;

NodeClassificationDataset small(at::ScalarType idtype) {
  const auto ids = [idtype](std::initializer_list<std::int64_t> values) {
    return at::tensor(at::ArrayRef<std::int64_t>(values)).to(idtype);
  };
  NodeClassificationDataset dataset;
  dataset.name = "kleine Daten \u00e4";
  dataset.ntype = "paper";
  dataset.graph = heterograph({{{"paper", "cites", "paper"}, {ids({0, 1, 3}), ids({1, 2, 0})}},
                               {{"author", "writes", "paper"}, {ids({0, 1}), ids({3, 3})}}});
  dataset.graph.nodes("paper").data["feat"] = at::randn({4, 3});
  dataset.labels = at::tensor({0L, 2L, -1L, 1L});
  dataset.split = {ids({0, 3}), ids({1}), ids({})};
  dataset.num_classes = 3;
  return dataset;
}

TEST(DatasetFile, GivesBackTheDataSet) {
  const TemporaryFolder folder;
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    for (const bool memory_map : {false, true}) {
      const NodeClassificationDataset expected = small(idtype);
      write_dataset_file(expected, folder / "data.gv");
      EXPECT_TRUE(is_graph_file(folder / "data.gv"));
      const auto got = datasets::load_node_classification((folder / "data.gv").string(),
                                                          {.memory_map = memory_map});
      EXPECT_EQ(got.name, expected.name);
      EXPECT_EQ(got.ntype, "paper");
      EXPECT_EQ(got.num_classes, 3);
      EXPECT_TRUE(at::equal(got.labels, expected.labels));
      EXPECT_TRUE(at::equal(got.split.train, expected.split.train));
      EXPECT_TRUE(at::equal(got.split.valid, expected.split.valid));
      EXPECT_EQ(got.split.test.numel(), 0);
      EXPECT_EQ(got.graph.idtype(), idtype);
      EXPECT_TRUE(at::equal(got.graph.nodes("paper").data["feat"].tensor(),
                            expected.graph.nodes("paper").data["feat"].tensor()));
      EXPECT_EQ(got.graph.num_edges("writes"), 2);
    }
  }
}

TEST(DatasetFile, RefusesGraphFilesThatAreNone) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "data.gv";
  const auto with = [&](const std::string& name, const at::Tensor& value) {
    const NodeClassificationDataset dataset = small(at::kLong);
    write_dataset_file(dataset, path);
    GraphFile file = load_graphs(path);
    if (value.defined()) {
      file.labels[name] = value;
    } else {
      file.labels.erase(name);
    }
    save_graphs(path, file.graphs, file.labels);
    return path;
  };
  EXPECT_ERROR(read_dataset_file(with("train", {})), "data.gv", "no data set", "\"train\"");
  EXPECT_ERROR(read_dataset_file(with("train", at::tensor({4L}))), "\"train\"", "[0, 4)", "4");
  EXPECT_ERROR(read_dataset_file(with("test", at::tensor({-1L}))), "\"test\"", "-1");
  EXPECT_ERROR(read_dataset_file(with("valid", at::randn({2}))), "\"valid\"", "Long", "Float");
  EXPECT_ERROR(read_dataset_file(with("labels", at::arange(3))), "\"labels\"", "4", "3");
  EXPECT_ERROR(read_dataset_file(with("num_classes", at::full({1}, -1, at::kLong))),
               "\"num_classes\"");
  EXPECT_ERROR(read_dataset_file(with("ntype", at::full({2}, 0x61, at::kByte))), "\"ntype\"",
               "paper", "aa");
  EXPECT_ERROR(read_dataset_file(with("name", at::full({2}, 0xff, at::kByte))), "\"name\"",
               "UTF-8");
  save_graphs(path, {}, {});
  EXPECT_ERROR(read_dataset_file(path), "expected one graph, got 0");
  EXPECT_FALSE(is_graph_file(folder.write("other.gv", "not one")));
  EXPECT_FALSE(is_graph_file(folder / "missing.gv"));
}

}  // namespace
}  // namespace grapevine::io
