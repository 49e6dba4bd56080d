#include "grapevine/io/tu.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "grapevine/io/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/ids.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

namespace fs = std::filesystem;
using testing_support::list;
using testing_support::TemporaryFolder;
using Ids = std::vector<std::int64_t>;

std::vector<float> floats(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.contiguous();
  return {flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel()};
}

/// Reads a file with each byte replaced by others, and cut off there: what comes is a data set or
/// `Error` of one line. Returns how often it was an error.
template <typename Read>
int damage(const fs::path& file, const Read& read) {
  const std::string good = read_file(file);
  int errors = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char replacement : {'9', '-', ' ', '\n', '\0', '\xff', 'c'}) {
      std::string bad = good;
      bad[i] = replacement;
      bad.resize(replacement == 'c' ? i : bad.size());
      // Not write_file, which waits for the disk.
      std::ofstream(file, std::ios::binary) << bad;
      try {
        read();
      } catch (const Error& error) {
        ++errors;
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
      }
    }
  }
  std::ofstream(file, std::ios::binary) << good;
  return errors;
}

// ---- the text format

/// A triangle, an edge with a node apart, and a graph without nodes; labels 7, 3 and 7.
constexpr const char* kText =
    "3\n"
    "3 7\n"
    "5 2 1 2\n"
    "2 2 0 2\n"
    "5 2 0 1\n"
    "3 3\n"
    "2 1 1\n"
    "2 1 0\n"
    "9 0\n"
    "0 7\n";

class TuText : public ::testing::Test {
 protected:
  [[nodiscard]] GraphClassificationDataset read(const std::string& text,
                                                const TuTextOptions& options = {}) const {
    return read_tu_text(folder_.write("SMALL.txt", text), options);
  }

  TemporaryFolder folder_;
};

TEST_F(TuText, HasEachNodesEdgesInTheFilesOrder) {
  const GraphClassificationDataset dataset = read(kText);
  EXPECT_EQ(dataset.name, "SMALL");
  ASSERT_EQ(dataset.graphs.size(), 3U);
  EXPECT_EQ(dataset.num_classes, 2);
  EXPECT_EQ(list(dataset.labels), (Ids{0, 1, 0}));
  EXPECT_EQ(dataset.graphs[0].num_nodes(), 3);
  EXPECT_EQ(dataset.graphs[1].num_nodes(), 3);
  EXPECT_EQ(dataset.graphs[2].num_nodes(), 0);
  const EdgePair edges = dataset.graphs[0].edges().uv();
  EXPECT_EQ(list(edges.src), (Ids{0, 0, 1, 1, 2, 2}));
  EXPECT_EQ(list(edges.dst), (Ids{1, 2, 0, 2, 0, 1}));
  EXPECT_EQ(dataset.graphs[1].num_edges(), 2);
}

TEST_F(TuText, EncodesLabelsInTheOrderOfTheirAppearance) {
  const GraphClassificationDataset dataset = read(kText);
  EXPECT_EQ(list(dataset.graphs[0].ndata()["label"]), (Ids{0, 1, 0}));
  EXPECT_EQ(list(dataset.graphs[1].ndata()["label"]), (Ids{1, 1, 2}));
  for (const char* name : {"attr", "feat"}) {
    const at::Tensor feat = dataset.graphs[1].ndata()[name];
    EXPECT_EQ(feat.sizes(), (Ids{3, 3}));
    EXPECT_EQ(floats(feat), (std::vector<float>{0, 1, 0, 0, 1, 0, 0, 0, 1}));
    EXPECT_EQ(dataset.graphs[2].ndata()[name]->sizes(), (Ids{0, 3}));
  }
}

TEST_F(TuText, AddsSelfLoopsWhenAsked) {
  const EdgePair edges = read(kText, {.self_loop = true}).graphs[0].edges().uv();
  EXPECT_EQ(list(edges.src), (Ids{0, 0, 0, 1, 1, 1, 2, 2, 2}));
  EXPECT_EQ(list(edges.dst), (Ids{1, 2, 0, 0, 2, 1, 0, 1, 2}));
}

TEST_F(TuText, TakesDegreesAsLabelsWhenAskedOrForWantOfLabels) {
  const GraphClassificationDataset asked = read(kText, {.degree_as_label = true});
  EXPECT_EQ(list(asked.graphs[1].ndata()["label"]), (Ids{1, 1, 0}));
  EXPECT_EQ(floats(asked.graphs[1].ndata()["attr"]),
            (std::vector<float>{0, 1, 0, 0, 1, 0, 1, 0, 0}));
  const GraphClassificationDataset alike = read("1\n3 1\n0 1 1\n0 2 0 2\n0 1 1\n");
  EXPECT_EQ(list(alike.graphs[0].ndata()["label"]), (Ids{0, 0, 0}));
  EXPECT_EQ(floats(alike.graphs[0].ndata()["attr"]), (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(floats(alike.graphs[0].ndata()["feat"]), (std::vector<float>{1, 0, 0, 1, 1, 0}));
}

TEST_F(TuText, ReadsAttributes) {
  const GraphClassificationDataset labelled = read("1\n2 1\n0 1 1 0.5 -2\n1 1 0 1e3 4\n");
  EXPECT_EQ(floats(labelled.graphs[0].ndata()["attr"]), (std::vector<float>{0.5F, -2, 1000, 4}));
  EXPECT_EQ(floats(labelled.graphs[0].ndata()["feat"]), (std::vector<float>{1, 0, 0, 1}));
  const GraphClassificationDataset alike = read("1\n2 1\n0 1 1 0.5\n0 1 0 3\n");
  EXPECT_EQ(floats(alike.graphs[0].ndata()["feat"]), (std::vector<float>{0.5F, 3}));
}

TEST_F(TuText, TakesOtherLineEndsAndSpaces) {
  const GraphClassificationDataset dataset = read("1\r\n2  1 \r\n 0 1 1\t\r\n1 1 0\r\n\r\n");
  EXPECT_EQ(dataset.graphs[0].num_edges(), 2);
  EXPECT_EQ(read("1\n1 1\n0 0").graphs[0].num_nodes(), 1);
}

TEST_F(TuText, NamesTheLineOfADefect) {
  EXPECT_ERROR(read(""), "SMALL.txt", "expected the number of graphs");
  EXPECT_ERROR(read("x\n"), "SMALL.txt: line 1", "number of graphs", "\"x\"");
  EXPECT_ERROR(read("0\n"), "line 1", "1 graph or more", "0");
  EXPECT_ERROR(read("1 2\n"), "line 1", "end", "\"2\"");
  EXPECT_ERROR(read("2\n1 1\n0 0\n"), "after line 3", "a graph");
  EXPECT_ERROR(read("1000000000000\n1 1\n0 0\n"), "after line 3", "a graph");
  EXPECT_ERROR(read("1\n1000000000000 1\n0 0\n"), "after line 3", "a node");
  EXPECT_ERROR(read("1\n-1 1\n"), "line 2", "0 nodes or more", "-1");
  EXPECT_ERROR(read("1\n1\n"), "line 2", "label", "line's end");
  EXPECT_ERROR(read("1\n1 1\n0 -1\n"), "line 3", "0 neighbours", "-1");
  EXPECT_ERROR(read("1\n1 1\n0 2 0\n"), "line 3", "a neighbour", "line's end");
  EXPECT_ERROR(read("1\n1 1\n0 1000000000000 0\n"), "line 3", "a neighbour", "line's end");
  EXPECT_ERROR(read("1\n1 1\n0 1 1\n"), "line 3", "[0, 1)", "1");
  EXPECT_ERROR(read("1\n1 1\n0 1 99999999999999999999\n"), "line 3", "a neighbour");
  EXPECT_ERROR(read("1\n2 1\n0 0 1.5\n0 0\n"), "line 4", "1 attributes", "0");
  EXPECT_ERROR(read("1\n2 1\n0 0\n0 0 2\n"), "line 4", "0 attributes", "1");
  EXPECT_ERROR(read("1\n1 1\n0 0 a\x01z\n"), "line 3", "attribute", "\"a?z\"");
  EXPECT_ERROR(read("1\n1 1\n0 0\n1 1\n"), "line 4", "end", "\"1\"");
  EXPECT_ERROR(read_tu_text(folder_ / "away.txt"), "away.txt", "No such file");
}

TEST_F(TuText, SurvivesDamage) {
  const fs::path file = folder_.write("SMALL.txt", kText);
  EXPECT_GT(damage(file, [&] { static_cast<void>(read_tu_text(file)); }), 100);
}

TEST_F(TuText, RefusesToEncodeTooManyLabels) {
  std::string text = "1\n1001 0\n";
  for (int i = 0; i <= 1000; ++i) {
    text += std::to_string(i) + " 0\n";
  }
  EXPECT_ERROR(read(text), "SMALL.txt", "node labels", "1000", "1001");
}

// ---- folders

/// Nodes 1, 3 and 4 in graph 1, node 2 and 5 in graph 3; graph 2 has none.
class TuFolder : public ::testing::Test {
 protected:
  TuFolder() {
    put("A", "1, 3\n2, 5\n3, 1\n5, 2\n4, 4\n5, 2\n");
    put("graph_indicator", "1\n3\n1\n1\n3\n");
    put("graph_labels", "4\n-1\n4\n");
  }

  void put(const std::string& part, const std::string& text) const {
    folder_.write("DS_" + part + ".txt", text);
  }

  [[nodiscard]] GraphClassificationDataset read() const { return read_tu_folder(folder_.path()); }

  /// Expects words when a file is something else.
  void expect_refused(const std::string& part, const std::string& text,
                      const std::vector<std::string>& words) const {
    const fs::path file = folder_ / ("DS_" + part + ".txt");
    const std::string good = fs::exists(file) ? read_file(file) : "";
    put(part, text);
    testing_support::expect_error(
        __FILE__, __LINE__, [&] { static_cast<void>(read()); }, words);
    good.empty() ? static_cast<void>(fs::remove(file)) : put(part, good);
  }

  TemporaryFolder folder_;
};

TEST_F(TuFolder, PartsNodesAndEdgesByGraph) {
  const GraphClassificationDataset dataset = read();
  EXPECT_EQ(dataset.name, "DS");
  ASSERT_EQ(dataset.graphs.size(), 3U);
  EXPECT_EQ(dataset.num_classes, 2);
  EXPECT_EQ(list(dataset.labels), (Ids{1, 0, 1}));
  EXPECT_EQ(dataset.graphs[0].num_nodes(), 3);
  EXPECT_EQ(dataset.graphs[1].num_nodes(), 0);
  EXPECT_EQ(dataset.graphs[2].num_nodes(), 2);
  EXPECT_EQ(list(dataset.graphs[0].edges().uv().src), (Ids{0, 1, 2}));
  EXPECT_EQ(list(dataset.graphs[0].edges().uv().dst), (Ids{1, 0, 2}));
  EXPECT_EQ(list(dataset.graphs[2].edges().uv().src), (Ids{0, 1, 1}));
  EXPECT_EQ(list(dataset.graphs[2].edges().uv().dst), (Ids{1, 0, 0}));
}

TEST_F(TuFolder, ReadsLabelsAndAttributesOfNodesAndEdges) {
  put("node_labels", "3\n5\n4\n3\n3\n");
  put("node_attributes", "1, 0.5\n2, 1\n3, 1.5\n4, 2\n5, 2.5\n");
  put("edge_labels", "1\n2\n1\n2\n3\n1\n");
  put("edge_attributes", "1\n2\n3\n4\n5\n6\n");
  const GraphClassificationDataset dataset = read();
  const Graph& first = dataset.graphs[0];
  EXPECT_EQ(first.ndata()["node_labels"]->sizes(), (Ids{3, 1}));
  EXPECT_EQ(list(first.ndata()["node_labels"]->flatten()), (Ids{0, 1, 0}));
  EXPECT_EQ(list(dataset.graphs[2].ndata()["node_labels"]->flatten()), (Ids{2, 0}));
  EXPECT_EQ(floats(first.ndata()["node_attr"]), (std::vector<float>{1, 0.5F, 3, 1.5F, 4, 2}));
  EXPECT_EQ(list(first.edata()["edge_labels"]->flatten()), (Ids{0, 0, 2}));
  EXPECT_EQ(floats(dataset.graphs[2].edata()["edge_attr"]), (std::vector<float>{2, 4, 6}));
  EXPECT_EQ(floats(first.ndata()["feat"]), (std::vector<float>{1, 0, 0, 0, 1, 0, 1, 0, 0}));
}

TEST_F(TuFolder, TakesAttributesOrDegreesAsInputForWantOfLabels) {
  // In-degrees: 1, 1, 1 and 2, 1.
  EXPECT_EQ(floats(read().graphs[2].ndata()["feat"]), (std::vector<float>{0, 1, 1, 0}));
  put("node_labels", "3\n3\n3\n3\n3\n");
  EXPECT_EQ(floats(read().graphs[2].ndata()["feat"]), (std::vector<float>{0, 1, 1, 0}));
  put("node_attributes", "1\n2\n3\n4\n5\n");
  EXPECT_EQ(floats(read().graphs[2].ndata()["feat"]), (std::vector<float>{2, 5}));
  put("node_labels", "3, 1\n3, 1\n3, 2\n3, 1\n3, 1\n");
  EXPECT_EQ(floats(read().graphs[2].ndata()["feat"]), (std::vector<float>{1, 1, 0, 1, 1, 0}));
}

TEST_F(TuFolder, TakesGraphsWithoutEdges) {
  put("A", "");
  const GraphClassificationDataset dataset = read();
  EXPECT_EQ(dataset.graphs[0].num_nodes(), 3);
  EXPECT_EQ(dataset.graphs[0].num_edges(), 0);
}

TEST_F(TuFolder, ChoosesTheDataSetByName) {
  EXPECT_EQ(tu_names(folder_.path()), std::vector<std::string>{"DS"});
  EXPECT_TRUE(tu_names(folder_ / "away").empty());
  folder_.write("OTHER_A.txt", "");
  EXPECT_ERROR(read(), "several", "DS, OTHER");
  EXPECT_EQ(read_tu_folder(folder_.path(), {.name = "DS"}).graphs.size(), 3U);
  EXPECT_ERROR(read_tu_folder(folder_.path(), {.name = "X"}), "X_*.txt", "DS, OTHER");
  EXPECT_ERROR(read_tu_folder(folder_ / "away"), "away", "NAME_A.txt");
}

TEST_F(TuFolder, NamesTheFileAndTheLineOfADefect) {
  expect_refused("A", "1, 3\n1, 6\n", {"DS_A.txt: line 2", "node from 1 to 5", "6"});
  expect_refused("A", "0, 1\n", {"DS_A.txt: line 1", "node from 1 to 5", "0"});
  expect_refused("A", "1, 3\n1, 2\n", {"DS_A.txt: line 2", "one graph", "graph 1", "graph 3"});
  expect_refused("A", "1\n", {"DS_A.txt: line 1", "2 values"});
  expect_refused("A", "1, x\n", {"DS_A.txt: line 1", "x"});
  expect_refused("graph_indicator", "1\n4\n1\n1\n3\n",
                 {"DS_graph_indicator.txt: line 2", "graph from 1 to 3", "4"});
  expect_refused("graph_indicator", "1\n-9223372036854775808\n",
                 {"DS_graph_indicator.txt: line 2", "graph from 1 to 3"});
  expect_refused("graph_labels", "", {"DS_graph_labels.txt", "none"});
  expect_refused("graph_labels", "1, 2\n", {"DS_graph_labels.txt: line 1", "1 values"});
  expect_refused("node_labels", "1\n", {"DS_node_labels.txt", "5 lines", "1"});
  expect_refused("node_labels", "1\n2\n3\n4\n-9223372036854775808\n",
                 {"DS_node_labels.txt", "32 bits"});
  expect_refused("edge_labels", "1\n", {"DS_edge_labels.txt", "6 lines", "1"});
  expect_refused("node_attributes", "1\n2\n", {"DS_node_attributes.txt", "5 lines", "2"});
  for (const char* part : {"graph_indicator", "graph_labels"}) {
    const fs::path file = folder_ / (std::string("DS_") + part + ".txt");
    fs::rename(file, folder_ / "away");
    EXPECT_ERROR(read(), file.string(), "No such file");
    fs::rename(folder_ / "away", file);
  }
}

TEST_F(TuFolder, SurvivesDamage) {
  put("node_labels", "3\n5\n4\n3\n3\n");
  put("node_attributes", "1, 0.5\n2, 1\n3, 1.5\n4, 2\n5, 2.5\n");
  for (const char* part :
       {"A", "graph_indicator", "graph_labels", "node_labels", "node_attributes"}) {
    const fs::path file = folder_ / (std::string("DS_") + part + ".txt");
    EXPECT_GT(damage(file, [&] { static_cast<void>(read()); }), 10) << part;
  }
}

}  // namespace
}  // namespace grapevine::io
