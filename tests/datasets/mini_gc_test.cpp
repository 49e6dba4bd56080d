#include "grapevine/datasets/mini_gc.h"

#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/support/expect_error.h"

namespace grapevine::datasets {
namespace {

TEST(MiniGc, HasAnEighthOfEachShape) {
  const GraphClassificationDataset dataset = mini_gc({.num_graphs = 19});
  EXPECT_EQ(dataset.name, "mini-gc");
  EXPECT_EQ(dataset.num_classes, 8);
  ASSERT_EQ(dataset.graphs.size(), 19U);
  const auto* labels = dataset.labels.const_data_ptr<std::int64_t>();
  EXPECT_EQ((std::vector<std::int64_t>(labels, labels + 19)),
            (std::vector<std::int64_t>{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 7, 7, 7}));
}

TEST(MiniGc, HasTheEdgesOfEachShape) {
  const GraphClassificationDataset dataset =
      mini_gc({.num_graphs = 400, .min_num_v = 6, .max_num_v = 33});
  for (std::size_t i = 0; i < dataset.graphs.size(); ++i) {
    const Graph& g = dataset.graphs[i];
    const std::int64_t n = g.num_nodes();
    EXPECT_TRUE(n >= 4 && n < 33) << n;
    const std::int64_t edges = (g.num_edges() - n) / 2;
    const at::Tensor degrees = g.adjacency()->in_degrees() - 1;
    EXPECT_TRUE(degrees.equal(g.adjacency()->out_degrees() - 1));
    const auto lowest = degrees.min().item<std::int64_t>();
    const auto highest = degrees.max().item<std::int64_t>();
    switch (dataset.labels[static_cast<std::int64_t>(i)].item<std::int64_t>()) {
      case 0:
        EXPECT_TRUE(edges == n && lowest == 2 && highest == 2);
        break;
      case 1:
        EXPECT_TRUE(edges == n - 1 && lowest == 1 && highest == n - 1);
        break;
      case 2:
        EXPECT_TRUE(edges == 2 * (n - 1) && lowest == 3 && highest == n - 1);
        break;
      case 3: {
        const std::int64_t head = highest;  // the clique's last node has the path, too
        EXPECT_TRUE(lowest == 1 && edges == head * (head - 1) / 2 + n - head);
        break;
      }
      case 4:
        EXPECT_TRUE((n & (n - 1)) == 0 && lowest == highest && (std::int64_t{1} << lowest) == n);
        break;
      case 5:
        EXPECT_TRUE(lowest == 2 && highest <= 4);
        break;
      case 6:
        EXPECT_TRUE(edges == n * (n - 1) / 2);
        break;
      default:
        EXPECT_TRUE(edges == 3 * n / 2 && lowest == 3 && highest == 3);
    }
  }
}

TEST(MiniGc, EncodesInDegrees) {
  const GraphClassificationDataset dataset = mini_gc({.num_graphs = 16});
  for (const Graph& g : dataset.graphs) {
    const at::Tensor feat = g.ndata()["feat"];
    EXPECT_EQ(feat.size(0), g.num_nodes());
    EXPECT_TRUE(feat.sum(1).eq(1).all().item<bool>());
  }
}

TEST(MiniGc, IsTheSameForTheSameSeed) {
  const auto sizes = [](std::uint64_t seed) {
    std::vector<std::int64_t> result;
    for (const Graph& g : mini_gc({.num_graphs = 80, .seed = seed}).graphs) {
      result.push_back(g.num_edges());
    }
    return result;
  };
  EXPECT_EQ(sizes(1), sizes(1));
  EXPECT_NE(sizes(1), sizes(2));
}

TEST(MiniGc, RejectsOptionsOutOfRange) {
  EXPECT_ERROR(mini_gc({.num_graphs = 7}), "num_graphs", "8", "7");
  EXPECT_ERROR(mini_gc({.min_num_v = 5}), "min_num_v", "6", "5");
  EXPECT_ERROR(mini_gc({.min_num_v = 20, .max_num_v = 20}), "max_num_v", "20");
  EXPECT_ERROR(mini_gc({.max_num_v = 1001}), "max_num_v", "1000", "1001");
}

}  // namespace
}  // namespace grapevine::datasets
