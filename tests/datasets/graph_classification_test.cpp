#include "grapevine/datasets/graph_classification.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::datasets {
namespace {

using testing_support::TemporaryFolder;

/// One graph of one node, in the text format.
constexpr const char* kText = "1\n1 1\n0 0\n";

TEST(LoadGraphClassification, FindsEitherForm) {
  const TemporaryFolder folder;
  folder.write("tu/SMALL.txt", kText);
  folder.write("gin/GIN/GIN.txt", kText);
  folder.write("DS/DS_A.txt", "1, 1\n");
  folder.write("DS/DS_graph_indicator.txt", "1\n");
  folder.write("DS/DS_graph_labels.txt", "1\n");
  const LoadOptions options{.root = folder.path().string()};
  EXPECT_EQ(load_graph_classification("tu/SMALL", options).name, "SMALL");
  EXPECT_EQ(load_graph_classification("tu/SMALL.txt", options).name, "SMALL");
  EXPECT_EQ(load_graph_classification("gin/GIN", options).name, "GIN");
  EXPECT_EQ(load_graph_classification("gin/GIN/", options).name, "GIN");
  EXPECT_EQ(load_graph_classification("DS", options).name, "DS");
  EXPECT_EQ(load_graph_classification("mini-gc", options).num_classes, 8);
  for (const char* missing : {"nothing", "tu", "", "DS/DS"}) {
    EXPECT_ERROR(load_graph_classification(missing, options), folder.path().string(), "NAME_A.txt",
                 "mini-gc");
  }
}

}  // namespace
}  // namespace grapevine::datasets
