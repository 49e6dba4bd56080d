#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "grapevine/ops/edge_softmax.h"
#include "grapevine/ops/gather_mm.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/segment_mm.h"
#include "grapevine/ops/segment_reduce.h"
#include "grapevine/ops/segment_softmax.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/parallel.h"
#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/graphs.h"
#include "tests/support/operators.h"
#include "tests/support/reference.h"

// bfloat16 and float16 are stored; what is computed with them is float32, rounded once.
namespace grapevine::ops {
namespace {

using namespace grapevine::testing_support;

const std::vector<at::ScalarType> kDtypes = {at::kBFloat16, at::kHalf};

/// Whether `actual` is `expected` (float64) to `roundings` times the precision of its dtype.
::testing::AssertionResult is_rounded(const at::Tensor& actual, const at::Tensor& expected,
                                      double roundings) {
  if (actual.sizes() != expected.sizes()) {
    return ::testing::AssertionFailure()
           << "got " << actual.sizes() << ", expected " << expected.sizes();
  }
  // Half the distance between neighbours, and what float32 sums lose.
  const double epsilon = actual.scalar_type() == at::kBFloat16 ? 0x1p-8 : 0x1p-11;
  const double scale = expected.numel() == 0 ? 0 : expected.abs().max().item<double>();
  if (actual.to(at::kDouble).allclose(expected, roundings * epsilon, 1e-5 * scale + 1e-7)) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure()
         << "values differ by up to "
         << actual.to(at::kDouble).sub(expected).abs().max().item<double>();
}

/// The result of `run` and the gradient of each input, in `dtype`. The weights are those of a half,
/// so that they are the same numbers in every dtype.
std::vector<at::Tensor> with_gradients(const TensorFunction& run,
                                       const std::vector<at::Tensor>& inputs,
                                       at::ScalarType dtype) {
  std::vector<at::Tensor> variables;
  for (const at::Tensor& input : inputs) {
    variables.push_back(input.to(dtype).detach().clone().requires_grad_());
  }
  std::vector<at::Tensor> results = {run(variables)};
  const at::Tensor weights =
      random_values(5, results[0].sizes().vec(), inputs[0].scalar_type()).to(dtype);
  const std::vector<at::Tensor> gradients =
      torch::autograd::grad({results[0]}, variables, {weights});
  results.insert(results.end(), gradients.begin(), gradients.end());
  return results;
}

/// `run` in the dtype of `inputs` is `run` in float32, rounded: the result and the gradients.
void expect_float32_rounded(const TensorFunction& run, const std::vector<at::Tensor>& inputs,
                            const std::string& what) {
  const at::ScalarType dtype = inputs[0].scalar_type();
  const std::vector<at::Tensor> half = with_gradients(run, inputs, dtype);
  const std::vector<at::Tensor> wide = with_gradients(run, inputs, at::kFloat);
  for (std::size_t i = 0; i < half.size(); ++i) {
    EXPECT_EQ(half[i].scalar_type(), dtype) << what;
    EXPECT_TRUE(at::equal(half[i], wide[i].to(dtype))) << what << ", result or gradient " << i;
  }
}

std::vector<at::Tensor> tensors_of(const RandomOperands& operands) {
  std::vector<at::Tensor> tensors = {operands.lhs.data};
  if (operands.rhs.data.defined()) {
    tensors.push_back(operands.rhs.data);
  }
  return tensors;
}

TEST(HalfPrecision, EveryMessageAndReducerIsThatOfFloat32RoundedOnce) {
  const SerialRegion serial;
  with_kernels_and_fallback([] {
    for (const at::ScalarType dtype : kDtypes) {
      for (const NamedEdges& graph : edge_cases(dtype == at::kHalf ? at::kInt : at::kLong)) {
        for (const MessageKind& message : all_messages()) {
          const ShapePair shapes = message.op == BinaryOp::kDot ? ShapePair{{2, 17}, {1, 17}}
                                                                : ShapePair{{2, 1}, {1, 17}};
          const RandomOperands operands = random_operands(*graph.edges, message, shapes, dtype);
          for (const Reduce reduce : all_reduces()) {
            const TensorFunction run = [&](const std::vector<at::Tensor>& data) {
              return gspmm(graph.edges, message.op, reduce, {message.lhs, data[0]},
                           {message.rhs, data.size() > 1 ? data[1] : at::Tensor()});
            };
            expect_float32_rounded(
                run, tensors_of(operands),
                graph.name + ", " + message.name() + ", " + std::string(name(reduce)));
          }
        }
      }
    }
  });
}

TEST(HalfPrecision, EveryMessageMatchesTheReferenceInFloat64) {
  const SerialRegion serial;
  with_kernels_and_fallback([] {
    for (const at::ScalarType dtype : kDtypes) {
      for (const NamedEdges& graph : edge_cases(dtype == at::kHalf ? at::kInt : at::kLong)) {
        for (const MessageKind& message : all_messages()) {
          const RandomOperands operands =
              random_operands(*graph.edges, message, {{3, 5}, {1, 5}}, dtype);
          Operand lhs{message.lhs, operands.lhs.data.to(at::kDouble)};
          Operand rhs = operands.rhs;
          if (rhs.data.defined()) {
            rhs.data = rhs.data.to(at::kDouble);
          }
          EXPECT_TRUE(is_rounded(gsddmm(graph.edges, message.op, operands.lhs, operands.rhs),
                                 reference_sddmm(graph.edges, message.op, lhs, rhs), 1))
              << message.name() << ", " << graph.name;
          for (const Reduce reduce : all_reduces()) {
            const at::Tensor out =
                gspmm(graph.edges, message.op, reduce, operands.lhs, operands.rhs);
            EXPECT_EQ(out.scalar_type(), dtype);
            EXPECT_TRUE(
                is_rounded(out, reference_spmm(graph.edges, message.op, reduce, lhs, rhs), 1))
                << message.name() << ", " << name(reduce) << ", " << graph.name;
          }
        }
      }
    }
  });
}

TEST(HalfPrecision, LongSumsDoNotStall) {
  // Ones that are added one by one in half precision stop at 256 or 2048.
  constexpr std::int64_t kEdges = 5000;
  const AdjacencyPtr edges = random_edges(1, {20, 1, kEdges});
  with_kernels_and_fallback([&] {
    for (const at::ScalarType dtype : kDtypes) {
      const at::Tensor u = at::ones({20, 1}, dtype).requires_grad_();
      const at::Tensor sum = gspmm(edges, BinaryOp::kCopyLhs, Reduce::kSum, {Target::kSrc, u});
      const at::Tensor expected = at::tensor({double{kEdges}}, at::kDouble).to(dtype);
      EXPECT_EQ(sum.item<float>(), expected.item<float>());
      const at::Tensor v = at::ones({1, 1}, dtype).requires_grad_();
      const at::Tensor messages = gsddmm(edges, BinaryOp::kCopyLhs, {Target::kDst, v});
      messages.sum().backward();
      EXPECT_EQ(v.grad().item<float>(), sum.item<float>());
    }
  });
}

TEST(HalfPrecision, EdgeSoftmaxAndItsGradientMatchFloat64) {
  with_kernels_and_fallback([] {
    for (const at::ScalarType dtype : kDtypes) {
      for (const NamedEdges& graph : edge_cases(at::kInt)) {
        for (const Target norm_by : {Target::kDst, Target::kSrc}) {
          const at::Tensor logits = random_values(1, {graph.edges->num_edges(), 2, 3}, dtype);
          const TensorFunction run = [&](const std::vector<at::Tensor>& data) {
            return edge_softmax(graph.edges, data[0], norm_by);
          };
          const std::vector<at::Tensor> half = with_gradients(run, {logits}, dtype);
          const std::vector<at::Tensor> wide = with_gradients(run, {logits}, at::kDouble);
          EXPECT_TRUE(is_rounded(half[0], wide[0], 1)) << graph.name;
          // The gradient is made of the rounded result, in differences of it.
          const double step = dtype == at::kBFloat16 ? 0x1p-8 : 0x1p-11;
          EXPECT_TRUE(half[1].to(at::kDouble).allclose(wide[1], 4 * step, 4 * step)) << graph.name;
          EXPECT_EQ(half[1].scalar_type(), dtype);
        }
      }
    }
  });
}

TEST(HalfPrecision, SegmentsAreThoseOfFloat32RoundedOnce) {
  const at::Tensor lengths = at::tensor({2, 0, 1, 300}, at::kInt);
  with_kernels_and_fallback([&] {
    for (const at::ScalarType dtype : kDtypes) {
      const at::Tensor values = random_values(1, {303, 7}, dtype);
      for (const Reduce reduce : all_reduces()) {
        const TensorFunction run = [&](const std::vector<at::Tensor>& data) {
          return segment_reduce(lengths, data[0], reduce);
        };
        expect_float32_rounded(run, {values}, std::string(name(reduce)));
      }
      EXPECT_TRUE(is_rounded(segment_softmax(lengths, values),
                             segment_softmax(lengths, values.to(at::kDouble)), 1));
    }
  });
}

TEST(HalfPrecision, MatrixProductsOfSegmentsWork) {
  const at::Tensor lengths = at::tensor({2, 0, 3}, at::kLong);
  const at::Tensor index = at::tensor({1, 0, 2, 1, 1}, at::kInt);
  for (const at::ScalarType dtype : kDtypes) {
    const at::Tensor a = random_values(1, {5, 3}, dtype);
    const at::Tensor b = random_values(2, {3, 3, 2}, dtype);
    EXPECT_TRUE(is_rounded(segment_mm(a, b, lengths),
                           segment_mm(a.to(at::kDouble), b.to(at::kDouble), lengths), 2));
    EXPECT_TRUE(is_rounded(gather_mm(a, b, index),
                           gather_mm(a.to(at::kDouble), b.to(at::kDouble), index), 2));
  }
}

TEST(HalfPrecision, SecondDerivativesExistAndKeepTheDtype) {
  const AdjacencyPtr edges = random_edges(3, {4, 3, 8});
  for (const at::ScalarType dtype : kDtypes) {
    for (const Reduce reduce : all_reduces()) {
      const at::Tensor u = random_values(1, {4, 2}, dtype).requires_grad_();
      const at::Tensor e = random_values(2, {8, 2}, dtype).requires_grad_();
      const at::Tensor out =
          gspmm(edges, BinaryOp::kMul, reduce, {Target::kSrc, u}, {Target::kEdge, e});
      const at::Tensor first =
          torch::autograd::grad({out.sum()}, {u}, {}, std::nullopt, /*create_graph=*/true)[0];
      const at::Tensor second = torch::autograd::grad({first.sum()}, {e})[0];
      EXPECT_EQ(first.scalar_type(), dtype);
      EXPECT_EQ(second.scalar_type(), dtype);
    }
  }
}

TEST(HalfPrecision, MixedDtypesAreRefused) {
  const AdjacencyPtr edges = make_edges(2, 2, {0, 1}, {1, 1});
  const Operand u{Target::kSrc, at::ones({2, 3}, at::kBFloat16)};
  EXPECT_ERROR(
      gspmm(edges, BinaryOp::kMul, Reduce::kSum, u, {Target::kEdge, at::ones({2, 3}, at::kHalf)}),
      "one dtype", "BFloat16 of u", "Half of e");
  EXPECT_ERROR(gsddmm(edges, BinaryOp::kAdd, u, {Target::kDst, at::ones({2, 3}, at::kFloat)}),
               "one dtype", "BFloat16 of u", "Float of v");
}

}  // namespace
}  // namespace grapevine::ops
