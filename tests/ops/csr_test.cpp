#include "grapevine/ops/csr.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/graphs.h"
#include "tests/support/operators.h"

namespace grapevine::ops {
namespace {

using namespace grapevine::testing_support;

std::vector<std::int64_t> values(const at::Tensor& tensor) {
  const at::Tensor wide = tensor.to(at::kLong).contiguous();
  const auto* data = wide.const_data_ptr<std::int64_t>();
  return {data, data + wide.numel()};
}

TEST(Csr, GroupsByRowAndKeepsTheOrderOfIds) {
  with_kernels_and_fallback([&] {
    for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
      const at::Tensor rows = at::tensor({2, 0, 2, 0, 3}, idtype);
      const at::Tensor columns = at::tensor({5, 6, 7, 8, 9}, idtype);
      const Csr csr = coo_to_csr(rows, columns, 5);
      EXPECT_EQ(values(csr.indptr), (std::vector<std::int64_t>{0, 2, 2, 4, 5, 5}));
      EXPECT_EQ(values(csr.indices), (std::vector<std::int64_t>{6, 8, 5, 7, 9}));
      EXPECT_EQ(values(csr.edge_ids), (std::vector<std::int64_t>{1, 3, 0, 2, 4}));
      EXPECT_EQ(csr.indptr.scalar_type(), at::kLong);
      EXPECT_EQ(csr.indices.scalar_type(), idtype);
      EXPECT_EQ(csr.edge_ids.scalar_type(), idtype);
    }
  });
}

TEST(Csr, SortedRowsNeedNoEdgeIds) {
  with_kernels_and_fallback([&] {
    const at::Tensor columns = at::tensor({5, 6, 7}, at::kLong);
    const Csr csr = coo_to_csr(at::tensor({0, 0, 2}, at::kLong), columns, 3);
    EXPECT_FALSE(csr.edge_ids.defined());
    EXPECT_TRUE(csr.indices.is_same(columns));
  });
}

TEST(Csr, RoundTripGivesTheSameEdges) {
  with_kernels_and_fallback([&] {
    for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
      for (const NamedEdges& graph : edge_cases(idtype)) {
        const Coo& coo = graph.edges->coo();
        const Coo back = csr_to_coo(coo_to_csr(coo.src, coo.dst, graph.edges->num_src()));
        EXPECT_TRUE(at::equal(back.src, coo.src)) << graph.name;
        EXPECT_TRUE(at::equal(back.dst, coo.dst)) << graph.name;
        EXPECT_EQ(back.src.scalar_type(), idtype);
      }
    }
  });
}

TEST(Csr, EmptyInputsWork) {
  with_kernels_and_fallback([&] {
    const at::Tensor none = at::ones({0}, at::kLong);
    EXPECT_EQ(values(coo_to_csr(none, none, 0).indptr), (std::vector<std::int64_t>{0}));
    EXPECT_EQ(values(coo_to_csr(none, none, 2).indptr), (std::vector<std::int64_t>{0, 0, 0}));
    EXPECT_EQ(csr_to_coo(coo_to_csr(none, none, 2)).src.numel(), 0);
    EXPECT_EQ(values(count_rows(none, 2)), (std::vector<std::int64_t>{0, 0}));
  });
}

TEST(Csr, CountsRowsInTheirOwnType) {
  const at::Tensor counts = count_rows(at::tensor({1, 1, 3}, at::kInt), 5);
  EXPECT_EQ(values(counts), (std::vector<std::int64_t>{0, 2, 0, 1, 0}));
  EXPECT_EQ(counts.scalar_type(), at::kInt);
}

TEST(Csr, BadInputIsNamed) {
  const at::Tensor ids = at::ones({2}, at::kLong);
  EXPECT_ERROR(coo_to_csr(ids.to(at::kFloat), ids, 2), "rows", "int32 or int64", "Float");
  EXPECT_ERROR(coo_to_csr(ids, ids.to(at::kInt), 2), "one dtype", "Long", "Int");
  EXPECT_ERROR(coo_to_csr(ids, at::ones({3}, at::kLong), 2), "one length", "2", "3");
  EXPECT_ERROR(coo_to_csr(ids, ids, 1), "rows", "1 is out of range");
  EXPECT_ERROR(coo_to_csr(ids, ids, -1), "num_rows", "-1");
  EXPECT_ERROR(coo_to_csr({}, ids, 1), "rows");
  EXPECT_ERROR(count_rows(ids.view({1, 2}), 2), "rows", "one-dimensional");
}

}  // namespace
}  // namespace grapevine::ops
