#include "grapevine/datasets/arxiv_like.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "tests/support/expect_error.h"
#include "tests/support/small_dataset.h"

namespace grapevine::datasets {
namespace {

using testing_support::expect_same_dataset;

constexpr ArxivLikeOptions kSmall = {
    .num_nodes = 2000, .num_edges = 14000, .num_features = 17, .num_classes = 5};

double share(const at::Tensor& mask) { return mask.to(at::kDouble).mean().item<double>(); }

/// The part of the edges whose ends have the same label.
double homophily(const NodeClassificationDataset& dataset) {
  const EdgePair edges = dataset.graph.edges().uv();
  return share(
      dataset.labels.index_select(0, edges.src).eq(dataset.labels.index_select(0, edges.dst)));
}

TEST(ArxivLike, HasTheShapeOfOgbnArxiv) {
  const NodeClassificationDataset dataset = arxiv_like();
  EXPECT_EQ(dataset.graph.num_nodes(), 169343);
  EXPECT_EQ(dataset.graph.num_edges(), 1166243);
  EXPECT_EQ(dataset.graph.ndata()["feat"]->sizes(), (std::vector<std::int64_t>{169343, 128}));
  EXPECT_EQ(dataset.graph.ndata()["feat"]->scalar_type(), at::kFloat);
  EXPECT_EQ(dataset.num_classes, 40);
  EXPECT_EQ(dataset.split.train.numel(), 90941);
  EXPECT_EQ(dataset.split.valid.numel(), 29799);
  EXPECT_EQ(dataset.split.test.numel(), 48603);
  const at::Tensor sizes = dataset.labels.bincount();
  EXPECT_EQ(sizes.numel(), 40);
  EXPECT_GT(sizes.max().item<double>(), 20 * sizes.min().item<double>());
  EXPECT_GT(homophily(dataset), 0.6);
  EXPECT_LT(homophily(dataset), 0.7);
  const at::Tensor year = dataset.graph.ndata()["year"];
  EXPECT_EQ(year.min().item<std::int64_t>(), 1971);
  EXPECT_EQ(year.max().item<std::int64_t>(), 2020);
}

TEST(ArxivLike, InDegreesHaveAPowerLawTail) {
  const at::Tensor degrees = arxiv_like({.num_features = 1}).graph.in_degrees();
  EXPECT_LE(degrees.median().item<std::int64_t>(), 4);
  EXPECT_GT(degrees.max().item<std::int64_t>(), 500);
  // In a power law, each doubling of the degree leaves about the same part.
  double previous = share(degrees.ge(8));
  for (const int degree : {16, 32, 64, 128}) {
    const double tail = share(degrees.ge(degree));
    EXPECT_GT(tail, 0.2 * previous) << degree;
    EXPECT_LT(tail, 0.7 * previous) << degree;
    previous = tail;
  }
}

TEST(ArxivLike, CitesOlderPapersOnceAndNeverItself) {
  const NodeClassificationDataset dataset = arxiv_like(kSmall);
  const EdgePair edges = dataset.graph.edges().uv();
  const at::Tensor year = dataset.graph.ndata()["year"];
  EXPECT_TRUE(
      year.index_select(0, edges.src).ge(year.index_select(0, edges.dst)).all().item<bool>());
  EXPECT_FALSE(edges.src.eq(edges.dst).any().item<bool>());
  const std::int64_t* src = edges.src.const_data_ptr<std::int64_t>();
  const std::int64_t* dst = edges.dst.const_data_ptr<std::int64_t>();
  std::set<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::int64_t i = 0; i < 14000; ++i) {
    EXPECT_FALSE(pairs.contains({dst[i], src[i]}));
    pairs.emplace(src[i], dst[i]);
  }
  EXPECT_EQ(pairs.size(), 14000);
}

TEST(ArxivLike, SplitsByYearInTheSameProportions) {
  const NodeClassificationDataset dataset = arxiv_like(kSmall);
  const at::Tensor year = dataset.graph.ndata()["year"];
  EXPECT_EQ(dataset.split.valid.numel(), 352);
  EXPECT_EQ(dataset.split.test.numel(), 574);
  EXPECT_EQ(dataset.split.train.numel(), 2000 - 352 - 574);
  EXPECT_LE(year.index_select(0, dataset.split.train).max().item<std::int64_t>(), 2017);
  EXPECT_TRUE(year.index_select(0, dataset.split.valid).eq(2018).all().item<bool>());
  EXPECT_GE(year.index_select(0, dataset.split.test).min().item<std::int64_t>(), 2019);
}

TEST(ArxivLike, TheSameSeedGivesTheSameData) {
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const NodeClassificationDataset one = arxiv_like(kSmall);
  at::set_num_threads(4);
  const NodeClassificationDataset four = arxiv_like(kSmall);
  at::set_num_threads(threads);
  expect_same_dataset(four, one);
  ArxivLikeOptions other = kSmall;
  other.seed = 1;
  const NodeClassificationDataset different = arxiv_like(other);
  EXPECT_FALSE(different.labels.equal(one.labels));
  EXPECT_FALSE(different.graph.edges().uv().dst.equal(one.graph.edges().uv().dst));
  EXPECT_FALSE(different.graph.ndata()["feat"]->equal(one.graph.ndata()["feat"]));
}

TEST(ArxivLike, FeaturesAreCentredNoiseAroundTheMeanOfTheClass) {
  const NodeClassificationDataset dataset =
      arxiv_like({.num_nodes = 20000, .num_edges = 0, .num_classes = 2});
  const at::Tensor features = dataset.graph.ndata()["feat"];
  const auto of_class = [&](std::int64_t label) {
    return features.index_select(0, dataset.labels.eq(label).nonzero().squeeze(1));
  };
  const at::Tensor first = of_class(0);
  EXPECT_NEAR(first.std(0).mean().item<double>(), 1.0, 0.02);
  const at::Tensor second = of_class(1);
  EXPECT_GT((first.mean(0) - second.mean(0)).norm().item<double>(), 1.5);
}

TEST(ArxivLike, NeighboursTellMoreThanFeatures) {
  // The nearest class mean, of a node's features alone and of the mean over the papers that it
  // cites.
  const NodeClassificationDataset dataset = arxiv_like({.num_nodes = 20000, .num_edges = 140000});
  const at::Tensor features = dataset.graph.ndata()["feat"];
  const EdgePair edges = dataset.graph.edges().uv();
  const at::Tensor sums = features.new_zeros({20000, 128})
                              .index_add_(0, edges.src, features.index_select(0, edges.dst));
  const at::Tensor counts =
      features.new_zeros({40}).index_add_(0, dataset.labels, features.new_ones({20000}));
  const at::Tensor means =
      features.new_zeros({40, 128}).index_add_(0, dataset.labels, features) / counts.unsqueeze(1);
  const auto accuracy = [&](const at::Tensor& inputs, double scale) {
    const at::Tensor scores = inputs.matmul(means.t()) - scale * 0.5 * means.square().sum(1);
    return share(scores.argmax(1).eq(dataset.labels));
  };
  const double own = accuracy(features, 1.0);
  EXPECT_GT(own, 0.15);
  EXPECT_LT(own, 0.6);
  EXPECT_GT(accuracy(features + sums, 7.0), own + 0.1);
}

TEST(ArxivLike, MeetsExtremeRequests) {
  const NodeClassificationDataset dense =
      arxiv_like({.num_nodes = 40, .num_edges = 780, .num_features = 1, .num_classes = 40});
  EXPECT_EQ(dense.graph.num_edges(), 780);
  EXPECT_EQ(dense.labels.bincount().max().item<std::int64_t>(), 1);
  EXPECT_EQ(dense.graph.out_degrees().max().item<std::int64_t>(), 39);
  const NodeClassificationDataset tiny =
      arxiv_like({.num_nodes = 10, .num_edges = 0, .num_features = 3, .num_classes = 2});
  EXPECT_EQ(tiny.split.train.numel() + tiny.split.valid.numel() + tiny.split.test.numel(), 10);
}

TEST(ArxivLike, RefusesRequestsThatCannotBeMet) {
  EXPECT_ERROR(arxiv_like({.num_nodes = 9}), "num_nodes", "got 9");
  EXPECT_ERROR(arxiv_like({.num_nodes = -1}), "num_nodes", "got -1");
  EXPECT_ERROR(arxiv_like({.num_nodes = 1000, .num_edges = 499501}), "num_edges", "499500",
               "got 499501");
  EXPECT_ERROR(arxiv_like({.num_edges = -1}), "num_edges", "got -1");
  EXPECT_ERROR(arxiv_like({.num_features = 0}), "num_features", "got 0");
  EXPECT_ERROR(arxiv_like({.num_classes = 1}), "num_classes", "got 1");
  EXPECT_ERROR(arxiv_like({.num_nodes = 10, .num_edges = 5, .num_classes = 11}), "num_classes",
               "got 11");
}

}  // namespace
}  // namespace grapevine::datasets
