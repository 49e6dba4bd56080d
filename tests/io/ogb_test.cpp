#include "grapevine/io/ogb.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "grapevine/io/csv.h"
#include "grapevine/io/file.h"
#include "grapevine/io/gzip.h"
#include "tests/support/expect_error.h"
#include "tests/support/small_dataset.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

namespace fs = std::filesystem;
using testing_support::expect_same_dataset;
using testing_support::small_dataset;
using testing_support::TemporaryFolder;

/// A good folder, in which a test then breaks something.
class OgbFolder : public ::testing::Test {
 protected:
  OgbFolder() { write_ogb(small_dataset(), folder_.path()); }

  void put(const std::string& name, const std::string& text) {
    folder_.write(name + ".csv.gz", gzip_compress(text));
  }

  TemporaryFolder folder_;
};

TEST_F(OgbFolder, RoundTripsWithAndWithoutTheCache) {
  EXPECT_TRUE(is_ogb(folder_.path()));
  expect_same_dataset(read_ogb(folder_.path(), {.cache = false}), small_dataset());
  EXPECT_FALSE(fs::exists(folder_ / "processed"));
  expect_same_dataset(read_ogb(folder_.path()), small_dataset());
  EXPECT_TRUE(fs::exists(folder_ / "processed/grapevine-node-feat.bin"));
  expect_same_dataset(read_ogb(folder_.path()), small_dataset());
}

TEST_F(OgbFolder, UsesTheCacheWhileTheRawFileStays) {
  static_cast<void>(read_ogb(folder_.path()));
  const fs::path raw = folder_ / "raw/node-feat.csv.gz";
  const auto size = fs::file_size(raw);
  const auto time = fs::last_write_time(raw);
  folder_.write("raw/node-feat.csv.gz", std::string(size, 'x'));
  fs::last_write_time(raw, time);
  expect_same_dataset(read_ogb(folder_.path()), small_dataset());
  fs::last_write_time(raw, time + std::chrono::seconds(1));
  EXPECT_ERROR(read_ogb(folder_.path()), "node-feat.csv.gz", "corrupt");
}

TEST_F(OgbFolder, ReplacesABrokenCache) {
  static_cast<void>(read_ogb(folder_.path()));
  const fs::path cache = folder_ / "processed/grapevine-node-feat.bin";
  const std::string good = read_file(cache);
  std::string flipped = good;
  flipped[70] ^= 4;
  for (const std::string& bad : {std::string(), good.substr(0, 50), good.substr(0, good.size() - 1),
                                 good + "x", flipped, std::string(good.size(), '\xFF')}) {
    write_file(cache, {bad});
    expect_same_dataset(read_ogb(folder_.path()), small_dataset());
    EXPECT_EQ(read_file(cache), good);
  }
}

TEST_F(OgbFolder, ReadsAFolderInWhichNoCacheCanBeWritten) {
  folder_.write("processed", "a file where the folder should be");
  expect_same_dataset(read_ogb(folder_.path()), small_dataset());
}

TEST_F(OgbFolder, TakesEmptyAndNanLabelsAsUnknown) {
  put("raw/node-label", "0.0\n\"\"\nnan\n1\n2\n0\n0\n0\n0\n0\n0\n0\n");
  const NodeClassificationDataset dataset = read_ogb(folder_.path());
  EXPECT_TRUE(dataset.labels.equal(at::tensor({0, -1, -1, 1, 2, 0, 0, 0, 0, 0, 0, 0}, at::kLong)));
  EXPECT_EQ(dataset.num_classes, 3);
}

TEST_F(OgbFolder, ChoosesTheSplit) {
  for (const char* part : {"train", "valid", "test"}) {
    put(std::string("split/random/") + part, "9\n");
  }
  EXPECT_ERROR(read_ogb(folder_.path()), "split", "random, time");
  EXPECT_ERROR(read_ogb(folder_.path(), {.split = "sales"}), "sales", "random, time");
  EXPECT_EQ(read_ogb(folder_.path(), {.split = "random"}).split.test.item<std::int64_t>(), 9);
}

TEST_F(OgbFolder, NamesEachMissingFile) {
  for (const char* name :
       {"raw/edge.csv.gz", "raw/node-feat.csv.gz", "raw/node-label.csv.gz",
        "raw/num-node-list.csv.gz", "raw/num-edge-list.csv.gz", "split/time/valid.csv.gz"}) {
    fs::rename(folder_ / name, folder_ / "away");
    EXPECT_ERROR(read_ogb(folder_.path()), name, "No such file");
    fs::rename(folder_ / "away", folder_ / name);
  }
  fs::remove_all(folder_ / "split");
  EXPECT_FALSE(is_ogb(folder_.path()));
  EXPECT_ERROR(read_ogb(folder_.path()), folder_.path().string(), "raw/ and split/");
}

TEST_F(OgbFolder, NamesTheFileThatDoesNotFit) {
  const auto expect = [&](const std::string& name, const std::string& text,
                          const std::string& words) {
    const std::string good = read_file(folder_ / (name + ".csv.gz"));
    put(name, text);
    EXPECT_ERROR(read_ogb(folder_.path(), {.cache = false}), name, words);
    folder_.write(name + ".csv.gz", good);
  };
  expect("raw/num-node-list", "12\n13\n", "expected one graph, got 2");
  expect("raw/num-node-list", "-1\n", "got -1");
  expect("raw/edge", "0,1\n", "expected 30 rows, got 1");
  expect("raw/edge", "0,1,2\n", "line 1: expected 2 values, got 3");
  expect("raw/node-feat", "1,2\n1,2\n", "expected 12 rows, got 2");
  expect("raw/node-feat", "1,2\n1\n", "line 2: expected 2 values, got 1");
  expect("raw/node_year", "2000\n", "expected 12 rows, got 1");
  expect("raw/node-label", "1,2\n", "got 2 (several tasks)");
  expect("raw/node-label", "0\n0\n0\n0\n0\n0\n0\n1.5\n0\n0\n0\n0\n",
         "row 7: expected a class label, got 1.5");
  expect("raw/node-label", "0\n0\n0\n0\n0\n0\n0\n-3\n0\n0\n0\n0\n", "got -3");
  expect("raw/node-label", "0\n0\n0\n0\n0\n0\n0\n1e18\n0\n0\n0\n0\n", "too large");
  expect("raw/node-label", "0\n0\n0\n0\n0\n0\n0\ninf\n0\n0\n0\n0\n", "infinity");
  expect("split/time/test", "0\n12\n", "id 12 is out of range [0, 12)");
  expect("split/time/test", "-1\n", "id -1 is out of range");
}

TEST_F(OgbFolder, CountsAreCheckedAgainstTheTables) {
  put("raw/num-edge-list", "31\n");
  EXPECT_ERROR(read_ogb(folder_.path()), "edge.csv.gz", "expected 31 rows, got 30");
  put("raw/num-edge-list", "30\n");
  put("raw/num-node-list", "1000000000000\n");
  EXPECT_ERROR(read_ogb(folder_.path()), "node-feat.csv.gz", "expected 1000000000000 rows, got 12");
}

TEST_F(OgbFolder, NamesAnEdgeOutOfRange) {
  at::Tensor edges = at::zeros({30, 2}, at::kLong);
  edges[3][1] = 12;
  write_csv(folder_ / "raw/edge.csv.gz", edges);
  EXPECT_ERROR(read_ogb(folder_.path()), "edge.csv.gz", "column 2",
               "id 12 is out of range [0, 12)");
}

TEST_F(OgbFolder, NamesATruncatedTable) {
  const std::string whole = read_file(folder_ / "raw/node-feat.csv.gz");
  folder_.write("raw/node-feat.csv.gz", whole.substr(0, whole.size() / 2));
  EXPECT_ERROR(read_ogb(folder_.path()), "node-feat.csv.gz", "truncated");
}

TEST_F(OgbFolder, RefusesTypedFolders) {
  put("raw/num-node-dict", "1\n");
  EXPECT_ERROR(read_ogb(folder_.path()), "num-node-dict", "heterogeneous");
}

TEST(WriteOgb, RefusesWhatTheFormatCannotHold) {
  const TemporaryFolder folder;
  EXPECT_ERROR(write_ogb(testing_support::typed_dataset(), folder.path()), "graph",
               "one node type");
  NodeClassificationDataset dataset = small_dataset();
  dataset.graph.ndata()["../evil"] = at::zeros({12});
  EXPECT_ERROR(write_ogb(dataset, folder.path()), "../evil");
  dataset.graph.ndata().erase("../evil");
  dataset.graph.ndata().erase("feat");
  EXPECT_ERROR(write_ogb(dataset, folder.path()), "\"feat\"");
}

TEST(ReadOgb, ReadsTheLabelsYearsAndSplitOfOgbnArxiv) {
  const fs::path real = fs::path(GRAPEVINE_SOURCE_DIR) / "../shared/data/ogbn_arxiv";
  if (!fs::exists(real / "raw/node-label.csv.gz")) {
    GTEST_SKIP() << "ogbn-arxiv's labels are not on this machine";
  }
  constexpr std::int64_t kNodes = 169343;
  constexpr std::int64_t kEdges = 1166243;
  const TemporaryFolder folder;
  fs::copy(real, folder.path(), fs::copy_options::recursive);
  fs::permissions(folder / "raw", fs::perms::owner_all);
  fs::permissions(folder.path(), fs::perms::owner_all);
  const at::Tensor edge = at::arange(kEdges);
  write_csv(folder / "raw/edge.csv.gz",
            at::stack({edge.remainder(kNodes), (edge * 31 + 7).remainder(kNodes)}, 1));
  write_csv(folder / "raw/node-feat.csv.gz",
            at::arange(kNodes * 2, at::kFloat).reshape({kNodes, 2}));
  const NodeClassificationDataset dataset = read_ogb(folder.path());
  EXPECT_EQ(dataset.graph.num_nodes(), kNodes);
  EXPECT_EQ(dataset.graph.num_edges(), kEdges);
  EXPECT_EQ(dataset.num_classes, 40);
  EXPECT_EQ(dataset.labels.bincount().max().item<std::int64_t>(), 27321);
  EXPECT_EQ(dataset.graph.ndata()["year"]->min().item<std::int64_t>(), 1971);
  EXPECT_EQ(dataset.split.train.numel(), 90941);
  EXPECT_EQ(dataset.split.valid.numel(), 29799);
  EXPECT_EQ(dataset.split.test.numel(), 48603);
  EXPECT_EQ(
      dataset.graph.ndata()["year"]->index_select(0, dataset.split.test).min().item<std::int64_t>(),
      2019);
}

}  // namespace
}  // namespace grapevine::io
