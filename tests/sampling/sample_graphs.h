#pragma once

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/sampling/sampler.h"
#include "grapevine/util/random.h"
#include "tests/support/ids.h"

namespace grapevine::testing_support {

/// Sizes of torch's thread pool to compare. The thread sanitizer knows nothing of libgomp's
/// barriers, so it sees one compute thread only.
inline std::vector<int> thread_counts() {
#if defined(__SANITIZE_THREAD__)
  return {1};
#else
  return {1, 2};
#endif
}

/// `count` integers in `[0, bound)`.
inline at::Tensor random_ids(std::int64_t count, std::int64_t bound, std::uint64_t seed) {
  RandomStream stream = RandomKey(seed).stream(0);
  at::Tensor result = at::empty({count}, at::kLong);
  for (std::int64_t i = 0; i < count; ++i) {
    result.data_ptr<std::int64_t>()[i] =
        static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(bound)));
  }
  return result;
}

/// A random multigraph whose last node has no edges, with node features "x" `[n, 2]` and "label"
/// `[n]` and edge features "weight" `[e]` (some are 0) and "mask" `[e]`.
inline Graph random_graph(std::int64_t num_nodes, std::int64_t num_edges) {
  Graph g = graph(random_ids(num_edges, num_nodes - 1, 1), random_ids(num_edges, num_nodes - 1, 2),
                  {.num_nodes = num_nodes});
  g.ndata()["x"] = at::arange(2 * num_nodes, at::kFloat).view({num_nodes, 2});
  g.ndata()["label"] = at::arange(num_nodes, at::kLong) * 7;
  g.edata()["weight"] = random_ids(num_edges, 4, 3).to(at::kFloat);
  g.edata()["mask"] = random_ids(num_edges, 2, 4).to(at::kBool);
  return g;
}

/// Users follow users and buy items, items are liked by users; "shop" has no relation.
inline Graph typed_graph() {
  Graph g = heterograph(
      {{{"user", "follows", "user"}, {random_ids(300, 60, 5), random_ids(300, 60, 6)}},
       {{"user", "buys", "item"}, {random_ids(200, 60, 7), random_ids(200, 40, 8)}},
       {{"item", "liked-by", "user"}, {random_ids(250, 40, 9), random_ids(250, 60, 10)}}},
      {{"user", 60}, {"item", 40}, {"shop", 3}});
  g.nodes("user").data["x"] = at::arange(60, at::kFloat);
  g.nodes("item").data["x"] = at::arange(40, at::kFloat) + 100;
  g.nodes("item").data["label"] = at::arange(40, at::kLong);
  g.edges("follows").data["weight"] = random_ids(300, 3, 11).to(at::kDouble);
  return g;
}

/// `num_nodes` nodes with the in-edges of sources 0 to `degree - 1` each, in this order, after the
/// sources.
inline Graph stars(std::int64_t num_nodes, std::int64_t degree) {
  return graph(at::arange(degree, at::kLong).repeat({num_nodes}),
               (at::arange(num_nodes, at::kLong) + degree).repeat_interleave(degree));
}

inline void expect_same_ids(const NodeIds& left, const NodeIds& right) {
  ASSERT_EQ(left.map().size(), right.map().size());
  for (const auto& [type, tensor] : left.map()) {
    EXPECT_TRUE(at::equal(tensor, right[type])) << type;
  }
}

inline void expect_same_frames(const Frame& left, const Frame& right) {
  ASSERT_EQ(left.names(), right.names());
  for (const std::string& name : left.names()) {
    EXPECT_TRUE(at::equal(left.get(name), right.get(name))) << left.entity() << " feature " << name;
  }
}

/// Structure and all features, bit for bit.
inline void expect_same_block(const Graph& left, const Graph& right) {
  const GraphData& a = left.graph_data();
  const GraphData& b = right.graph_data();
  ASSERT_EQ(a.src_nodes->types, b.src_nodes->types);
  ASSERT_EQ(a.src_nodes->counts, b.src_nodes->counts);
  ASSERT_EQ(a.dst_nodes->counts, b.dst_nodes->counts);
  ASSERT_EQ(a.etypes, b.etypes);
  for (std::size_t i = 0; i < a.relations.size(); ++i) {
    EXPECT_TRUE(
        at::equal(a.relations[i].adjacency->coo().src, b.relations[i].adjacency->coo().src));
    EXPECT_TRUE(
        at::equal(a.relations[i].adjacency->coo().dst, b.relations[i].adjacency->coo().dst));
    expect_same_frames(*a.relations[i].frame, *b.relations[i].frame);
  }
  for (std::size_t i = 0; i < a.src_nodes->frames.size(); ++i) {
    expect_same_frames(*a.src_nodes->frames[i], *b.src_nodes->frames[i]);
    expect_same_frames(*a.dst_nodes->frames[i], *b.dst_nodes->frames[i]);
  }
}

inline void expect_same_batch(const sampling::MiniBatch& left, const sampling::MiniBatch& right) {
  expect_same_ids(left.input_nodes, right.input_nodes);
  expect_same_ids(left.output_nodes, right.output_nodes);
  ASSERT_EQ(left.blocks.size(), right.blocks.size());
  for (std::size_t i = 0; i < left.blocks.size(); ++i) {
    expect_same_block(left.blocks[i], right.blocks[i]);
  }
}

/// Expects the same batch of one key for every number of compute threads, and returns it.
inline sampling::MiniBatch expect_same_for_threads(const sampling::Sampler& sampler,
                                                   const Graph& graph, const NodeIds& seeds,
                                                   const RandomKey& key) {
  const int threads = at::get_num_threads();
  std::vector<sampling::MiniBatch> batches;
  for (const int count : thread_counts()) {
    at::set_num_threads(count);
    batches.push_back(sampler.sample(graph, seeds, key));
  }
  at::set_num_threads(threads);
  expect_same_batch(batches.front(), batches.back());
  return batches.front();
}

/// Expects every edge of the block in the parent under its `EID`, destinations first among the
/// sources, no source twice, and no source without an edge unless it is a destination.
inline void expect_block_of(const Graph& block, const Graph& parent) {
  ASSERT_TRUE(block.is_block());
  EXPECT_EQ(block.idtype(), parent.idtype());
  std::map<std::string, std::set<std::int64_t>> senders;
  for (const CanonicalEtype& etype : block.canonical_etypes()) {
    const EdgeView edges = block.edges(etype);
    const EdgePair uv = edges.uv();
    const EdgePair expected = parent.find_edges(edges.data[EID], etype);
    const at::Tensor src = block.srcnodes(etype.src).data[NID];
    const at::Tensor dst = block.dstnodes(etype.dst).data[NID];
    EXPECT_EQ(src.scalar_type(), parent.idtype());
    EXPECT_TRUE(at::equal(src.index_select(0, uv.src), expected.src));
    EXPECT_TRUE(at::equal(dst.index_select(0, uv.dst), expected.dst));
    for (const std::int64_t row : list(uv.src)) {
      senders[etype.src].insert(row);
    }
  }
  for (const std::string& type : block.srctypes()) {
    const std::vector<std::int64_t> src = list(block.srcnodes(type).data[NID]);
    const std::vector<std::int64_t> dst = list(block.dstnodes(type).data[NID]);
    ASSERT_GE(src.size(), dst.size());
    EXPECT_TRUE(std::equal(dst.begin(), dst.end(), src.begin()));
    EXPECT_EQ(std::set<std::int64_t>(src.begin(), src.end()).size(), src.size());
    for (std::size_t row = dst.size(); row < src.size(); ++row) {
      EXPECT_TRUE(senders[type].contains(static_cast<std::int64_t>(row)));
    }
  }
}

/// Pearson's statistic.
inline double chi_square(const std::vector<double>& observed, const std::vector<double>& expected) {
  double sum = 0;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    sum += (observed[i] - expected[i]) * (observed[i] - expected[i]) / expected[i];
  }
  return sum;
}

}  // namespace grapevine::testing_support
