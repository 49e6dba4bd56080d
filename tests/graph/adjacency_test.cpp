#include "grapevine/graph/adjacency.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/support/expect_error.h"

namespace grapevine {
namespace {

AdjacencyPtr random_relation(at::ScalarType idtype) {
  return Adjacency::from_coo(40, 30, at::randint(40, {500}, idtype),
                             at::randint(30, {500}, idtype));
}

/// Endpoints as a CSR or CSC has them, back in id order.
at::Tensor endpoint_by_id(const ops::Csr& csr, bool rows) {
  const at::Tensor counts = csr.indptr.diff();
  const at::Tensor row_ids =
      at::arange(counts.numel(), csr.indptr.options()).repeat_interleave(counts);
  const at::Tensor column = rows ? row_ids.to(csr.indices.scalar_type()) : csr.indices;
  if (!csr.edge_ids.defined()) {
    return column;
  }
  return at::empty_like(column).scatter_(0, csr.edge_ids.to(at::kLong), column);
}

TEST(Adjacency, KeepsEdgeIdsInEveryFormat) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const AdjacencyPtr relation = random_relation(idtype);
    EXPECT_TRUE(at::equal(endpoint_by_id(relation->csr(), true), relation->coo().src));
    EXPECT_TRUE(at::equal(endpoint_by_id(relation->csr(), false), relation->coo().dst));
    EXPECT_TRUE(at::equal(endpoint_by_id(relation->csc(), true), relation->coo().dst));
    EXPECT_TRUE(at::equal(endpoint_by_id(relation->csc(), false), relation->coo().src));
    EXPECT_EQ(relation->csr().indices.scalar_type(), idtype);
    EXPECT_EQ(relation->csr().indptr.scalar_type(), at::kLong);
  }
}

TEST(Adjacency, ComesBackFromCsc) {
  const AdjacencyPtr relation = random_relation(at::kLong);
  const AdjacencyPtr same = Adjacency::from_csc_unchecked(40, 30, relation->csc());
  EXPECT_FALSE(same->has_coo());
  EXPECT_TRUE(at::equal(same->in_degrees(), relation->in_degrees()));
  EXPECT_FALSE(same->has_coo());
  EXPECT_TRUE(at::equal(same->out_degrees(), relation->out_degrees()));
  EXPECT_TRUE(at::equal(same->coo().src, relation->coo().src));
  EXPECT_TRUE(at::equal(same->coo().dst, relation->coo().dst));
}

TEST(Adjacency, MakesFormatsOnDemandAndShares) {
  const AdjacencyPtr relation = random_relation(at::kLong);
  EXPECT_TRUE(relation->has_coo());
  EXPECT_FALSE(relation->has_csr());
  EXPECT_FALSE(relation->has_csc());
  const ops::Csr& csc = relation->csc();
  EXPECT_TRUE(relation->has_csc());
  const AdjacencyPtr reversed = relation->reverse();
  EXPECT_TRUE(reversed->has_csr());
  EXPECT_TRUE(reversed->csr().indices.is_same(csc.indices));
  EXPECT_TRUE(at::equal(reversed->coo().src, relation->coo().dst));
}

TEST(Adjacency, MakesAFormatOnceForAllThreads) {
  const AdjacencyPtr relation = random_relation(at::kLong);
  std::vector<const void*> seen(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    threads.emplace_back([&, i] {
      static_cast<void>(relation->csr());
      seen[i] = relation->csc().indices.data_ptr();
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const void* pointer : seen) {
    EXPECT_EQ(pointer, relation->csc().indices.data_ptr());
  }
}

TEST(Adjacency, ConvertsIdsInEveryFormatThatExists) {
  const AdjacencyPtr relation = random_relation(at::kLong);
  static_cast<void>(relation->csc());
  const AdjacencyPtr narrow = relation->to(at::kCPU, at::kInt);
  EXPECT_EQ(narrow->idtype(), at::kInt);
  EXPECT_TRUE(narrow->has_csc());
  EXPECT_FALSE(narrow->has_csr());
  EXPECT_TRUE(at::equal(narrow->csr().indices.to(at::kLong), relation->csr().indices));
}

TEST(Adjacency, ChecksBothSides) {
  const at::Tensor zero = at::zeros({1}, at::kLong);
  EXPECT_ERROR(Adjacency::from_coo(0, 1, zero, zero), "src", "0 is out of range");
  EXPECT_ERROR(Adjacency::from_coo(1, 0, zero, zero), "dst", "0 is out of range");
  EXPECT_ERROR(Adjacency::from_coo(-1, 1, zero, zero), "num_nodes", "-1");
}

}  // namespace
}  // namespace grapevine
