#include "grapevine/ops/detail/extremum.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grapevine/ops/cpu/extremum_kernel.h"
#include "grapevine/ops/detail/fallback.h"
#include "tests/support/graphs.h"
#include "tests/support/operators.h"
#include "tests/support/scoped_environment.h"

namespace grapevine::ops::detail {
namespace {

using namespace grapevine::testing_support;

Extremum copy_of(Target target, std::int64_t width, bool maximum) {
  return {{.op = KernelOp::kCopy,
           .lhs_target = target,
           .out_target = Target::kDst,
           .shapes = {{width}, {1}, {width}}},
          maximum};
}

Extremum product_of(std::int64_t width, bool maximum) {
  return {{KernelOp::kMul, Target::kSrc, Target::kEdge, Target::kDst, {{width}, {width}, {width}}},
          maximum};
}

/// Few values, so that many are equal, and some NaN.
at::Tensor tied_values(std::uint64_t seed, std::int64_t rows, std::int64_t width,
                       at::ScalarType dtype) {
  const at::Tensor values = random_values(seed, {rows, width}, dtype).mul(3).round();
  const at::Tensor is_rare = random_values(seed + 1, {rows, width}, dtype).gt(1.49);
  return values.masked_fill(is_rare, std::numeric_limits<double>::quiet_NaN());
}

bool equal_with_nan(const at::Tensor& a, const at::Tensor& b) {
  return at::equal(a.isnan(), b.isnan()) && at::equal(a.nan_to_num(), b.nan_to_num());
}

void expect_same(const ExtremumResult& actual, const ExtremumResult& expected,
                 const std::string& what) {
  EXPECT_TRUE(equal_with_nan(actual.values, expected.values)) << what;
  EXPECT_TRUE(at::equal(actual.winners, expected.winners)) << what;
}

/// The same edges with those of each row in the opposite order: ids descend.
AdjacencyPtr with_descending_ids(const AdjacencyPtr& edges) {
  const Csr& csc = edges->csc();
  const std::int64_t count = edges->num_edges();
  const at::Tensor ids =
      csc.edge_ids.defined() ? csc.edge_ids : at::arange(count, csc.indices.options());
  const at::Tensor places = at::empty({count}, at::kLong);
  const auto* indptr = csc.indptr.const_data_ptr<std::int64_t>();
  auto* place = places.mutable_data_ptr<std::int64_t>();
  for (std::int64_t row = 0; row < edges->num_dst(); ++row) {
    for (std::int64_t i = indptr[row]; i < indptr[row + 1]; ++i) {
      place[i] = indptr[row] + indptr[row + 1] - 1 - i;
    }
  }
  return Adjacency::from_formats(
      edges->num_src(), edges->num_dst(),
      {.csc = Csr{csc.indptr, csc.indices.index_select(0, places), ids.index_select(0, places)}});
}

std::vector<NamedEdges> cases_of(at::ScalarType idtype) {
  std::vector<NamedEdges> cases = edge_cases(idtype);
  cases.push_back({"rows longer than a chunk", random_edges(5, {40, 3, 2000}, idtype)});
  std::erase_if(cases, [](const NamedEdges& graph) { return graph.edges->num_edges() == 0; });
  return cases;
}

TEST(Extremum, ValuesAndWinnersAreThoseOfTheFallback) {
  for (const auto& [idtype, dtype] :
       {std::pair(at::kLong, at::kDouble), std::pair(at::kInt, at::kFloat)}) {
    for (const NamedEdges& graph : cases_of(idtype)) {
      for (const std::int64_t width : {1, 3, 4, 7, 8, 12, 16, 31, 64, 100, 137}) {
        const at::Tensor u = tied_values(1, graph.edges->num_src(), width, dtype);
        const at::Tensor e = tied_values(3, graph.edges->num_edges(), width, dtype);
        for (const bool maximum : {true, false}) {
          for (const Extremum& search :
               {copy_of(Target::kSrc, width, maximum), product_of(width, maximum)}) {
            const at::Tensor rhs = search.message.op == KernelOp::kCopy ? at::Tensor() : e;
            std::optional<ExtremumResult> expected;
            {
              const ForceFallback fallback;
              expected = extremum(graph.edges, search, u, rhs, true);
            }
            const std::string what = graph.name + ", width " + std::to_string(width);
            for (const char* isa : {"default", "avx2", "avx512"}) {
              const ScopedEnvironment environment("GRAPEVINE_ISA", isa);
              expect_same(extremum(graph.edges, search, u, rhs, true), *expected, what + isa);
              EXPECT_TRUE(
                  equal_with_nan(extremum(graph.edges, search, u, rhs).values, expected->values))
                  << what << isa;
            }
          }
        }
      }
    }
  }
}

TEST(Extremum, TheOrderOfEdgesInARowDoesNotMatter) {
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    for (const NamedEdges& graph : cases_of(idtype)) {
      const AdjacencyPtr turned = with_descending_ids(graph.edges);
      for (const std::int64_t width : {1, 4, 20}) {
        const at::Tensor u = tied_values(1, graph.edges->num_src(), width, at::kFloat);
        const at::Tensor e = tied_values(3, graph.edges->num_edges(), width, at::kFloat);
        for (const bool maximum : {true, false}) {
          const Extremum copy = copy_of(Target::kEdge, width, maximum);
          expect_same(extremum(turned, copy, e, {}, true), extremum(graph.edges, copy, e, {}, true),
                      graph.name + ", copy");
          const Extremum product = product_of(width, maximum);
          expect_same(extremum(turned, product, u, e, true),
                      extremum(graph.edges, product, u, e, true), graph.name + ", product");
        }
      }
    }
  }
}

std::vector<std::int64_t> listed(const at::Tensor& numbers) {
  const at::Tensor wide = numbers.to(at::kLong).contiguous();
  const auto* data = wide.const_data_ptr<std::int64_t>();
  return {data, data + wide.numel()};
}

TEST(Extremum, WinnersOfACopyAreRowsAndOfAProductAreEdges) {
  with_kernels_and_fallback([] {
    // The second node has two equal edges, the third none.
    const AdjacencyPtr edges = make_edges(4, 3, {3, 1, 2, 0}, {1, 0, 1, 1});
    const at::Tensor u = at::ones({4, 1}, at::kFloat);
    u[0].fill_(-1);
    const at::Tensor e = at::ones({4, 1}, at::kFloat);
    const auto winners = [&](const Extremum& search, const at::Tensor& lhs) {
      const at::Tensor rhs = search.message.op == KernelOp::kCopy ? at::Tensor() : e;
      const at::Tensor found = extremum(edges, search, lhs, rhs, true).winners;
      EXPECT_EQ(found.scalar_type(), at::kInt);
      return listed(found);
    };
    using Rows = std::vector<std::int64_t>;
    EXPECT_EQ(winners(copy_of(Target::kSrc, 1, true), u), Rows({1, 3, -1}));
    EXPECT_EQ(winners(copy_of(Target::kSrc, 1, false), u), Rows({1, 0, -1}));
    EXPECT_EQ(winners(copy_of(Target::kDst, 1, true), u.slice(0, 0, 3)), Rows({0, 1, -1}));
    EXPECT_EQ(winners(copy_of(Target::kEdge, 1, true), e), Rows({1, 0, -1}));
    EXPECT_EQ(winners(product_of(1, false), u), Rows({1, 3, -1}));
    EXPECT_EQ(extremum(edges, product_of(1, true), u, e).winners.numel(), 0);
  });
}

TEST(Extremum, KernelsWriteWideWinnersToo) {
  constexpr std::int64_t kWidth = 21;
  const AdjacencyPtr edges = random_edges(8, {50, 7, 900});
  const Csr& csc = edges->csc();
  const at::Tensor u = tied_values(1, 50, kWidth, at::kFloat);
  const ExtremumResult expected = extremum(edges, copy_of(Target::kSrc, kWidth, true), u, {}, true);
  const at::Tensor values = at::empty({7, kWidth}, at::kFloat);
  const at::Tensor winners = at::empty({7, kWidth}, at::kLong);
  const std::int64_t offset = 0;
  const RowSelector sources{RowSelector::Kind::kWideIds, csc.indices.const_data_ptr()};
  const ExtremumTask task{
      .indptr = csc.indptr.const_data_ptr<std::int64_t>(),
      .lhs = {.data = u.const_data_ptr(), .selector = sources, .row_size = kWidth},
      .edge = {.selector = {RowSelector::Kind::kWideIds, csc.edge_ids.const_data_ptr()},
               .row_size = 1},
      .out_size = kWidth,
      .out = values.mutable_data_ptr(),
      .winners = winners.mutable_data_ptr(),
      .wide_winners = true,
      .winner_names = sources,
      .blocks = {.width = kWidth,
                 .lhs_offsets = &offset,
                 .rhs_offsets = &offset,
                 .out_offsets = &offset,
                 .rhs_step = 0}};
  extremum_kernels_default.rows_float(task, 0, 7);
  expect_same({values, winners}, {expected.values, expected.winners.to(at::kLong)}, "wide");
}

}  // namespace
}  // namespace grapevine::ops::detail
