#include "grapevine/datasets/node_classification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grapevine/io/ogb.h"
#include "grapevine/io/ondisk.h"
#include "tests/support/expect_error.h"
#include "tests/support/small_dataset.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::datasets {
namespace {

using testing_support::expect_same_dataset;
using testing_support::small_dataset;
using testing_support::TemporaryFolder;

TEST(LoadNodeClassification, RecognisesTheFormOfAFolder) {
  const TemporaryFolder folder;
  io::write_ogb(small_dataset(), folder / "ogb");
  io::write_ondisk(small_dataset(), folder / "ondisk");
  expect_same_dataset(load_node_classification((folder / "ogb").string()), small_dataset());
  expect_same_dataset(load_node_classification((folder / "ondisk").string()), small_dataset());
  expect_same_dataset(
      load_node_classification("ondisk", {.root = folder.path().string(), .memory_map = true}),
      small_dataset());
}

TEST(LoadNodeClassification, CanLeaveTheFolderAlone) {
  const TemporaryFolder folder;
  io::write_ogb(small_dataset(), folder.path());
  expect_same_dataset(load_node_classification(folder.path().string(), {.cache = false}),
                      small_dataset());
  EXPECT_FALSE(std::filesystem::exists(folder / "processed"));
}

TEST(LoadNodeClassification, KnowsTheGeneratorByName) {
  EXPECT_THAT(node_classification_datasets().names(), testing::Contains("arxiv-like"));
}

TEST(LoadNodeClassification, SaysWhatItLookedFor) {
  EXPECT_ERROR(load_node_classification("arxiv-lik"), "\"arxiv-lik\"", "known are:", "arxiv-like");
  EXPECT_ERROR(load_node_classification(""), "\"\"", "known are:");
  const TemporaryFolder folder;
  EXPECT_ERROR(load_node_classification(folder.path().string()), folder.path().string(),
               "metadata.yaml", "raw/");
}

}  // namespace
}  // namespace grapevine::datasets
