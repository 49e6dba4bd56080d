#include "grapevine/io/ondisk.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <string>

#include "grapevine/io/csv.h"
#include "grapevine/io/file.h"
#include "grapevine/io/npy.h"
#include "tests/support/expect_error.h"
#include "tests/support/small_dataset.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

namespace fs = std::filesystem;
using testing_support::expect_same_dataset;
using testing_support::small_dataset;
using testing_support::TemporaryFolder;
using testing_support::typed_dataset;

/// A good folder, in which a test then breaks something.
class OnDiskFolder : public ::testing::Test {
 protected:
  OnDiskFolder() {
    write_ondisk(small_dataset(), folder_.path());
    metadata_ = read_file(folder_ / "metadata.yaml");
  }

  /// The metadata with its first `from` replaced.
  void edit(const std::string& from, const std::string& to) {
    std::string text = metadata_;
    const std::size_t position = text.find(from);
    ASSERT_NE(position, std::string::npos) << from << " in\n" << text;
    folder_.write("metadata.yaml", text.replace(position, from.size(), to));
  }

  void expect_edit_fails(const std::string& from, const std::string& to,
                         const std::vector<std::string>& words) {
    edit(from, to);
    testing_support::expect_error(
        __FILE__, __LINE__, [&] { static_cast<void>(read_ondisk(folder_.path())); }, words);
  }

  TemporaryFolder folder_;
  std::string metadata_;
};

TEST_F(OnDiskFolder, RoundTripsInMemoryAndMapped) {
  EXPECT_TRUE(is_ondisk(folder_.path()));
  for (const bool memory_map : {false, true}) {
    const NodeClassificationDataset dataset =
        read_ondisk(folder_.path(), {.memory_map = memory_map});
    expect_same_dataset(dataset, small_dataset());
    EXPECT_EQ(dataset.name, "small");
    EXPECT_TRUE(dataset.graph.is_homogeneous());
  }
}

TEST_F(OnDiskFolder, FeaturesMayStayOnDisk) {
  edit("in_memory: true", "in_memory: false");
  expect_same_dataset(read_ondisk(folder_.path()), small_dataset());
}

TEST(ReadOnDisk, RoundTripsTypes) {
  const TemporaryFolder folder;
  write_ondisk(typed_dataset(), folder.path());
  expect_same_dataset(read_ondisk(folder.path()), typed_dataset());
}

TEST(ReadOnDisk, ReadsCsvOlderNamesAndLabelsFromTheSets) {
  const TemporaryFolder folder;
  folder.write("edges/e.csv", "0,1\n1,2\n3,0\n");
  folder.write("f.csv", "1,2\n3,4\n5,6\n7,8\n");
  folder.write("train.csv", "0\n2\n");
  folder.write("train_labels.csv", "1\n0\n");
  write_npy(folder / "test.npy", at::tensor({3}, at::kInt).reshape({1, 1}));
  write_npy(folder / "test_labels.npy", at::tensor({2.0F}));
  folder.write("metadata.yaml", R"(
graph:
  nodes: [{num: 4, type: user}]
  edges: [{type: "user:follows:user", format: csv, path: edges/e.csv}]
feature_data:
  - {domain: node, type: user, name: feat, format: csv, path: f.csv}
tasks:
  - name: link_prediction
    train_set: [{data: [{name: nonsense}]}]
  - name: node_classification
    extra_number: 5
    train_set:
      - type: user
        data:
          - {name: node_ids, format: csv, path: train.csv}
          - {name: labels, format: csv, path: train_labels.csv}
    test_set:
      - data:
          - {name: items, format: numpy, path: test.npy}
          - {name: labels, format: numpy, path: test_labels.npy}
)");
  const NodeClassificationDataset dataset = read_ondisk(folder.path());
  EXPECT_EQ(dataset.name, folder.path().filename());
  EXPECT_EQ(dataset.ntype, "user");
  EXPECT_EQ(dataset.num_classes, 3);
  EXPECT_TRUE(dataset.labels.equal(at::tensor({1, -1, 0, 2}, at::kLong)));
  EXPECT_TRUE(dataset.graph.edges("follows").uv().dst.equal(at::tensor({1, 2, 0}, at::kLong)));
  EXPECT_EQ(dataset.graph.ndata()["feat"]->sizes(), (std::vector<std::int64_t>{4, 2}));
  EXPECT_EQ(dataset.split.valid.numel(), 0);
  EXPECT_EQ(dataset.split.test.item<std::int64_t>(), 3);
  EXPECT_EQ(dataset.split.test.scalar_type(), at::kLong);
}

TEST_F(OnDiskFolder, NamesMissingAndUnknownKeys) {
  expect_edit_fails("graph:", "graf:", {"metadata.yaml", "unknown key \"graf\""});
  expect_edit_fails("    - num: 12", "    - type: x",
                    {"line 4", "graph.nodes[0]", "missing key \"num\""});
  expect_edit_fails("  nodes:", "  vertices:", {"unknown key \"vertices\""});
  expect_edit_fails("    - format: numpy", "    - format: numpy\n      colour: red",
                    {"graph.edges[0]", "\"colour\""});
  expect_edit_fails("    path: \"feat.npy\"", "", {"feature_data[0]", "missing key \"path\""});
  expect_edit_fails("tasks:", "task:", {"unknown key \"task\""});
  expect_edit_fails(
      "    train_set:", "    training_set:", {"tasks[0]", "missing key \"train_set\""});
  expect_edit_fails("- name: seeds", "- name: seedlings",
                    {"expected \"seeds\" or \"labels\"", "seedlings"});
  expect_edit_fails(
      "dataset_name:", "dataset_name: x\ndataset_name:", {"line 2", "\"dataset_name\"", "twice"});
}

TEST_F(OnDiskFolder, NamesValuesOfTheWrongKind) {
  expect_edit_fails("num: 12", "num: many",
                    {"line 4", "graph.nodes[0].num", "expected an integer, got \"many\""});
  expect_edit_fails("num: 12", "num: -3", {"graph.nodes[0].num", "got -3"});
  expect_edit_fails("num: 12", "num: 9000000000000000000",
                    {"graph.nodes[0].num", "9000000000000000000"});
  expect_edit_fails("num: 12", "num: [12]", {"graph.nodes[0].num", "expected a text"});
  expect_edit_fails("in_memory: true", "in_memory: perhaps",
                    {"in_memory", "true or false, got \"perhaps\""});
  expect_edit_fails("domain: node", "domain: planet",
                    {"feature_data[0].domain", "node or edge, got \"planet\""});
  expect_edit_fails("format: numpy", "format: torch",
                    {"graph.edges[0].format", "numpy or csv, got \"torch\""});
  expect_edit_fails("num_classes: 3", "num_classes: 2", {"num_classes", "at least 3", "got 2"});
  folder_.write("metadata.yaml", "- a\n- b\n");
  EXPECT_ERROR(read_ondisk(folder_.path()), "metadata.yaml", "line 1", "expected a mapping");
  folder_.write("metadata.yaml", "");
  EXPECT_ERROR(read_ondisk(folder_.path()), "metadata.yaml", "expected a mapping");
}

TEST_F(OnDiskFolder, NamesTheLineOfMalformedYaml) {
  expect_edit_fails("  nodes:", "  nodes: [}", {"metadata.yaml", "line 3", "malformed yaml"});
  folder_.write("metadata.yaml", std::string(100000, '['));
  EXPECT_ERROR(read_ondisk(folder_.path()), "metadata.yaml", "malformed yaml");
}

TEST_F(OnDiskFolder, RefusesPathsThatLeaveTheFolder) {
  expect_edit_fails(
      "path: \"feat.npy\"", "path: ../feat.npy",
      {"metadata.yaml: line", "feature_data[0].path", "\"../feat.npy\" leaves the folder"});
  expect_edit_fails("path: \"edges.npy\"", "path: /etc/passwd",
                    {"\"/etc/passwd\" leaves the folder"});
  expect_edit_fails("path: \"train_seeds.npy\"", "path: a/../../b.npy", {"leaves the folder"});
  const TemporaryFolder other;
  other.write("feat.npy", read_file(folder_ / "feat.npy"));
  fs::create_symlink(other / "feat.npy", folder_ / "link.npy");
  expect_edit_fails("path: \"feat.npy\"", "path: link.npy", {"\"link.npy\" leaves the folder"});
}

TEST_F(OnDiskFolder, NamesTheFileThatDoesNotFit) {
  const auto expect = [&](const std::string& name, const at::Tensor& values,
                          const std::string& words) {
    const std::string good = read_file(folder_ / name);
    write_npy(folder_ / name, values);
    EXPECT_ERROR(read_ondisk(folder_.path()), name, words);
    folder_.write(name, good);
  };
  expect("edges.npy", at::zeros({3, 5}, at::kLong), "[2, number of edges], got [3, 5]");
  expect("edges.npy", at::zeros({10}, at::kLong), "got [10]");
  expect("edges.npy", at::zeros({2, 5}), "expected integer ids, got Float");
  expect("edges.npy", at::arange(26).reshape({2, 13}), "source: id 12 is out of range [0, 12)");
  expect("feat.npy", at::zeros({11, 3}), "\"feat\": expected 12 rows, one for each node, got 11");
  expect("edge-weight.npy", at::zeros({29}),
         "\"weight\": expected 30 rows, one for each edge, got 29");
  expect("test_seeds.npy", at::tensor({0, 1, -1}, at::kLong), "id -1 is out of range [0, 12)");
  expect("test_seeds.npy", at::zeros({3, 2}, at::kLong),
         "expected one value a row, got shape [3, 2]");
  write_npy(folder_ / "test_seeds.npy", at::arange(2));
  EXPECT_ERROR(read_ondisk(folder_.path()), "test_set", "as many labels as seeds (2), got 3");
  fs::remove(folder_ / "test_seeds.npy");
  EXPECT_ERROR(read_ondisk(folder_.path()), "test_seeds.npy", "No such file");
}

TEST(ReadOnDisk, NamesUnknownTypes) {
  const TemporaryFolder folder;
  write_ondisk(typed_dataset(), folder.path());
  const std::string good = read_file(folder / "metadata.yaml");
  const auto expect = [&](const std::string& from, const std::string& to,
                          const std::string& words) {
    std::string text = good;
    folder.write("metadata.yaml", text.replace(text.find(from), from.size(), to));
    EXPECT_ERROR(read_ondisk(folder.path()), "metadata.yaml: line", words);
  };
  expect("type: \"author:writes:paper\"", "type: \"author:writes:book\"",
         "unknown node type \"book\"");
  expect("type: \"author:writes:paper\"", "type: writes",
         "\"source:relation:destination\", got \"writes\"");
  expect("type: \"author:writes:paper\"", "type: \"paper:cites:paper\"", "is given twice");
  expect("type: \"author\"", "type: \"paper\"", "node type \"paper\" is given twice");
  expect("feature_data:",
         "feature_data:\n  - {domain: node, type: book, name: x, format: numpy, path: x.npy}",
         "unknown node type \"book\"; known are: author, paper");
  expect("feature_data:",
         "feature_data:\n  - {domain: edge, type: \"a:b:c\", name: x, format: numpy, path: x.npy}",
         "unknown edge type");
  expect("feature_data:", "feature_data:\n  - {domain: node, name: x, format: numpy, path: x.npy}",
         "missing key \"type\"");
}

TEST(ReadOnDisk, NamesAMissingFolder) {
  EXPECT_FALSE(is_ondisk("/no/such/folder"));
  EXPECT_ERROR(read_ondisk("/no/such/folder"), "/no/such/folder/metadata.yaml", "No such file");
}

TEST(WriteOnDisk, RefusesNamesThatCannotBeFiles) {
  const TemporaryFolder folder;
  NodeClassificationDataset dataset = small_dataset();
  dataset.graph.ndata()["a/b"] = at::zeros({12});
  EXPECT_ERROR(write_ondisk(dataset, folder.path()), "feature \"a/b\"");
  dataset = small_dataset();
  dataset.graph.ndata()["train_seeds"] = at::zeros({12});
  EXPECT_ERROR(write_ondisk(dataset, folder.path()), "train_seeds", "needed for something else");
}

/// What the real folder `name` must hold.
struct RealCounts {
  std::string name;
  std::int64_t nodes, edges, features, classes, train, valid, test;
};

void expect_real(const RealCounts& real) {
  const fs::path folder = fs::path(GRAPEVINE_SOURCE_DIR) / "../shared/data/ondisk" / real.name;
  if (!is_ondisk(folder)) {
    GTEST_SKIP() << real.name << " is not on this machine";
  }
  for (const bool memory_map : {false, true}) {
    const NodeClassificationDataset dataset = read_ondisk(folder, {.memory_map = memory_map});
    EXPECT_EQ(dataset.name, real.name);
    EXPECT_EQ(dataset.graph.num_nodes(), real.nodes);
    EXPECT_EQ(dataset.graph.num_edges(), real.edges);
    EXPECT_EQ(dataset.graph.ndata()["feat"]->sizes(),
              (std::vector<std::int64_t>{real.nodes, real.features}));
    EXPECT_EQ(dataset.num_classes, real.classes);
    EXPECT_EQ(dataset.split.train.numel(), real.train);
    EXPECT_EQ(dataset.split.valid.numel(), real.valid);
    EXPECT_EQ(dataset.split.test.numel(), real.test);
    EXPECT_EQ(dataset.labels.numel(), real.nodes);
  }
}

TEST(ReadOnDisk, ReadsFacebook) {
  expect_real({"facebook", 22470, 341646, 128, 4, 13482, 4494, 4494});
}

TEST(ReadOnDisk, ReadsCora) { expect_real({"cora", 2708, 10556, 1433, 7, 140, 500, 1000}); }

}  // namespace
}  // namespace grapevine::io
