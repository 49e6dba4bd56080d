#include <ATen/core/function.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/record_function.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/custom_class.h>

#include <algorithm>

#include "grapevine/ops/csr.h"
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
#include "tests/support/pretend_device.h"
#include "tests/support/reference.h"

// The operators as PyTorch's dispatcher has them: found by name, called with arguments on a stack,
// as Python does.
namespace grapevine::ops {
namespace {

using namespace grapevine::testing_support;
using Arguments = std::vector<c10::IValue>;

/// An operator and what it may be called with.
struct Call {
  std::string name;
  Arguments arguments;
};

/// A call of every operator, with features in `dtype` and all tensors on the device of `edges`.
std::vector<Call> calls(const AdjacencyPtr& edges, at::ScalarType dtype,
                        at::Device device = at::kCPU) {
  const c10::IValue none;
  const at::Tensor u = random_values(1, {edges->num_src(), 2, 3}, dtype).to(device);
  const at::Tensor e = random_values(2, {edges->num_edges(), 2, 3}, dtype).to(device);
  const at::Tensor lengths = at::tensor({2, 0, 3}, at::kLong).to(device);
  const at::Tensor index = at::tensor({1, 0, 2, 1, 1}, at::kInt).to(device);
  const at::Tensor rows = random_values(3, {5, 3}, dtype).to(device);
  const at::Tensor matrices = random_values(4, {3, 3, 2}, dtype).to(device);
  const std::vector<std::int64_t> shape = {2, 3};
  const std::vector<std::int64_t> sums = {2, 1};
  const c10::IValue object = boxed(edges);
  return {{"contract", {object, "u_mul_e->sum_v", u, e, shape}},
          {"contract", {object, "u_mul_e->sum_e", u, e, sums}},
          {"contract", {object, "copy_e->mean_u", e, none, shape}},
          {"contract", {object, "copy_e->sum_e", e, none, shape}},
          {"extremum", {object, "u_mul_e->max_v", u, e, sums, true}},
          {"extremum", {object, "copy_u->min_v", u, none, shape, false}},
          {"edge_softmax", {object, e, "dst"}},
          {"edge_softmax", {object, e, "src"}},
          {"gspmm", {object, "u_div_e", "mean", u, e}},
          {"gspmm", {object, "copy_u", "max", u, none}},
          {"gsddmm", {object, "e_dot_u", e, u}},
          {"gsddmm", {object, "copy_e", e, none}},
          {"segment_reduce", {lengths, rows, "max", none}},
          {"segment_softmax", {lengths, rows}},
          {"segment_mm", {rows, matrices, lengths}},
          {"segment_mm_weight", {rows, rows, lengths}},
          {"gather_mm", {rows, matrices, index}},
          {"coo_to_csr", {edges->coo().src, edges->coo().dst, edges->num_src()}}};
}

TEST(Dispatcher, KnowsEverySchema) {
  const std::string edges = "(__torch__.torch.classes.grapevine.EdgeIndex edges, ";
  EXPECT_EQ(schema_of("contract"),
            "grapevine::contract" + edges +
                "str formula, Tensor lhs, Tensor? rhs, int[] out_shape) -> Tensor");
  EXPECT_EQ(schema_of("extremum"),
            "grapevine::extremum" + edges +
                "str formula, Tensor lhs, Tensor? rhs, int[] out_shape, bool with_winners=True) "
                "-> (Tensor values, Tensor winners)");
  EXPECT_EQ(schema_of("edge_softmax"),
            "grapevine::edge_softmax" + edges + "Tensor logits, str norm_by=\"dst\") -> Tensor");
  EXPECT_EQ(schema_of("gspmm"),
            "grapevine::gspmm" + edges +
                "str message, str reduce, Tensor lhs, Tensor? rhs=None) -> Tensor");
  EXPECT_EQ(schema_of("gsddmm"), "grapevine::gsddmm" + edges +
                                     "str message, Tensor(a) lhs, Tensor? rhs=None) -> Tensor(a)");
  EXPECT_EQ(schema_of("segment_reduce"),
            "grapevine::segment_reduce(Tensor lengths, Tensor values, str reduce=\"sum\", "
            "Tensor? weight=None) -> Tensor");
  EXPECT_EQ(schema_of("segment_softmax"),
            "grapevine::segment_softmax(Tensor lengths, Tensor values) -> Tensor");
  EXPECT_EQ(schema_of("segment_mm"),
            "grapevine::segment_mm(Tensor a, Tensor b, Tensor lengths) -> Tensor");
  EXPECT_EQ(schema_of("segment_mm_weight"),
            "grapevine::segment_mm_weight(Tensor a, Tensor c, Tensor lengths) -> Tensor");
  EXPECT_EQ(schema_of("edge_index_coo"),
            "grapevine::edge_index_coo" + edges + "Tensor like) -> (Tensor src, Tensor dst)");
  EXPECT_EQ(schema_of("gather_mm"),
            "grapevine::gather_mm(Tensor a, Tensor b, Tensor idx_b) -> Tensor");
  EXPECT_EQ(schema_of("coo_to_csr"),
            "grapevine::coo_to_csr(Tensor rows, Tensor(a) columns, int num_rows) -> "
            "(Tensor indptr, Tensor(a) indices, Tensor? edge_ids)");
}

TEST(Dispatcher, BoxedCallsEqualTheFunctions) {
  const AdjacencyPtr edges = random_edges(1, {5, 4, 12}, at::kInt);
  const c10::IValue object = boxed(edges);
  const at::Tensor u = random_values(1, {5, 3}, at::kFloat);
  const at::Tensor e = random_values(2, {12, 3}, at::kFloat);
  const at::Tensor lengths = at::tensor({2, 0, 3}, at::kLong);
  const at::Tensor matrices = random_values(4, {3, 3, 2}, at::kFloat);
  const at::Tensor index = at::tensor({1, 0, 2, 1, 1}, at::kInt);
  const auto expect_equal = [](const std::string& name, Arguments arguments,
                               const at::Tensor& expected) {
    EXPECT_TRUE(at::equal(call_boxed(name, std::move(arguments))[0].toTensor(), expected)) << name;
  };
  for (const Reduce reduce : all_reduces()) {
    expect_equal("gspmm", {object, "u_sub_e", std::string(name(reduce)), u, e},
                 gspmm(edges, BinaryOp::kSub, reduce, {Target::kSrc, u}, {Target::kEdge, e}));
    expect_equal("segment_reduce", {lengths, u, std::string(name(reduce)), c10::IValue()},
                 segment_reduce(lengths, u, reduce));
  }
  expect_equal("gsddmm", {object, "u_dot_e", u, e},
               gsddmm(edges, BinaryOp::kDot, {Target::kSrc, u}, {Target::kEdge, e}));
  expect_equal("edge_softmax", {object, e, "src"}, edge_softmax(edges, e, Target::kSrc));
  expect_equal("segment_softmax", {lengths, u}, segment_softmax(lengths, u));
  expect_equal("segment_mm", {u, matrices, lengths}, segment_mm(u, matrices, lengths));
  expect_equal("gather_mm", {u, matrices, index}, gather_mm(u, matrices, index));

  const Coo& coo = edges->coo();
  const Arguments csr = call_boxed("coo_to_csr", {coo.src, coo.dst, 5});
  EXPECT_TRUE(at::equal(csr[0].toTensor(), coo_to_csr(coo.src, coo.dst, 5).indptr));
  EXPECT_TRUE(at::equal(csr[1].toTensor(), coo_to_csr(coo.src, coo.dst, 5).indices));
  EXPECT_TRUE(at::equal(csr[2].toTensor(), coo_to_csr(coo.src, coo.dst, 5).edge_ids));
  EXPECT_TRUE(
      call_boxed("coo_to_csr", {at::tensor({0, 0, 2, 2, 2}, at::kInt), index, 3})[2].isNone());
}

/// Runs a method of the class `EdgeIndex`, as Python does.
c10::IValue call_method(const c10::IValue& self, const std::string& name, Arguments arguments) {
  arguments.insert(arguments.begin(), self);
  const at::ClassTypePtr type =
      torch::getCustomClass("__torch__.torch.classes.grapevine.EdgeIndex");
  return type->getMethod(name)(std::move(arguments));
}

c10::IValue make_edge_index(const at::Tensor& src, const at::Tensor& dst, std::int64_t num_nodes) {
  const at::ClassTypePtr type =
      torch::getCustomClass("__torch__.torch.classes.grapevine.EdgeIndex");
  const c10::IValue self =
      c10::ivalue::Object::create(c10::StrongTypePtr(nullptr, type), /*numSlots=*/1);
  call_method(self, "__init__", {src, dst, num_nodes, num_nodes});
  return self;
}

TEST(Dispatcher, EdgesAreMadeAndReadWithoutCpp) {
  const at::Tensor src = at::tensor({2, 0, 1}, at::kInt);
  const at::Tensor dst = at::tensor({1, 1, 0}, at::kInt);
  const c10::IValue edges = make_edge_index(src, dst, 3);
  EXPECT_EQ(call_method(edges, "num_src", {}).toInt(), 3);
  EXPECT_EQ(call_method(edges, "num_dst", {}).toInt(), 3);
  EXPECT_EQ(call_method(edges, "num_edges", {}).toInt(), 3);
  const auto coo = call_method(edges, "coo", {}).toTuple()->elements().vec();
  EXPECT_TRUE(at::equal(coo[0].toTensor(), src));
  EXPECT_TRUE(at::equal(coo[1].toTensor(), dst));
  const auto csc = call_method(edges, "csc", {}).toTuple()->elements().vec();
  EXPECT_TRUE(at::equal(csc[0].toTensor(), at::tensor({0, 1, 3, 3}, at::kLong)));
  EXPECT_TRUE(at::equal(csc[1].toTensor(), at::tensor({1, 2, 0}, at::kInt)));
  EXPECT_TRUE(at::equal(csc[2].toTensor(), at::tensor({2, 0, 1}, at::kInt)));
  const auto csr = call_method(edges, "csr", {}).toTuple()->elements().vec();
  EXPECT_TRUE(at::equal(csr[0].toTensor(), at::tensor({0, 1, 2, 3}, at::kLong)));
  const at::Tensor h = at::tensor({1.0, 2.0, 4.0}, at::kFloat);
  EXPECT_TRUE(
      at::equal(call_boxed("gspmm", {edges, "copy_u", "sum", h, c10::IValue()})[0].toTensor(),
                at::tensor({2.0, 5.0, 0.0}, at::kFloat)));
  EXPECT_ERROR(make_edge_index(src, dst, 2), "src", "2 is out of range");
}

TEST(Dispatcher, ExtremumGivesWhoWonToo) {
  const AdjacencyPtr edges = make_edges(3, 2, {2, 0, 1}, {0, 0, 0});
  const at::Tensor u = at::tensor({5.0, 1.0, 5.0}, at::kFloat).view({3, 1});
  const std::vector<std::int64_t> shape = {1};
  with_kernels_and_fallback([&] {
    const Arguments found =
        call_boxed("extremum", {boxed(edges), "copy_u->max_v", u, c10::IValue(), shape, true});
    EXPECT_TRUE(at::equal(found[0].toTensor(), at::tensor({5.0, 0.0}, at::kFloat).view({2, 1})));
    EXPECT_TRUE(at::equal(found[1].toTensor(), at::tensor({2, -1}, at::kInt).view({2, 1})));
    EXPECT_EQ(
        call_boxed("extremum", {boxed(edges), "copy_u->max_v", u, c10::IValue(), shape, false})[1]
            .toTensor()
            .numel(),
        0);
  });
}

TEST(Dispatcher, EveryOperatorRunsOnADeviceWithoutKernels) {
  const at::Device device = pretend_device::device();
  for (const at::ScalarType dtype : {at::kDouble, at::kBFloat16}) {
    const AdjacencyPtr edges = random_edges(1, {5, 4, 12});
    const std::vector<Call> there = calls(edges->to(device, at::kLong), dtype, device);
    const std::vector<Call> here = calls(edges, dtype);
    for (std::size_t i = 0; i < here.size(); ++i) {
      const Arguments expected = call_boxed(here[i].name, here[i].arguments);
      const Arguments actual = call_boxed(there[i].name, there[i].arguments);
      for (std::size_t j = 0; j < expected.size(); ++j) {
        EXPECT_EQ(actual[j].toTensor().device(), device) << here[i].name;
        // Sums in another order may be rounded to a neighbour.
        EXPECT_TRUE(actual[j].toTensor().cpu().allclose(expected[j].toTensor(), 0x1p-7, 0x1p-7))
            << here[i].name;
      }
    }
  }
}

TEST(Dispatcher, FeaturesOnAnotherDeviceThanTheEdgesAreRefused) {
  const at::Device device = pretend_device::device();
  const AdjacencyPtr here = random_edges(1, {5, 4, 12});
  const AdjacencyPtr there = here->to(device, at::kLong);
  const at::Tensor u = at::ones({5, 2}, at::kFloat);
  const at::Tensor e = at::ones({12, 2}, at::kFloat);
  for (const Reduce reduce : all_reduces()) {
    EXPECT_ERROR(gspmm(there, BinaryOp::kCopyLhs, reduce, {Target::kSrc, u}),
                 "features are on the CPU", "graph is on " + device.str());
    EXPECT_ERROR(gspmm(here, BinaryOp::kCopyLhs, reduce, {Target::kSrc, u.to(device)}),
                 "features are on " + device.str(), "graph is on cpu");
  }
  EXPECT_ERROR(edge_softmax(there, e), "features are on the CPU", "graph is on " + device.str());
  EXPECT_ERROR(edge_softmax(here, e.to(device)), "features are on " + device.str(),
               "graph is on cpu");
}

TEST(Dispatcher, OnlyWhatTheSchemaSaysMayBeAnArgument) {
  const AdjacencyPtr edges = random_edges(1, {5, 4, 12});
  with_kernels_and_fallback([&] {
    for (const Call& call : calls(edges, at::kFloat)) {
      if (call.name == "gsddmm" || call.name == "coo_to_csr") {
        continue;  // Tensor(a)
      }
      const at::Tensor out = call_boxed(call.name, call.arguments)[0].toTensor();
      for (const c10::IValue& argument : call.arguments) {
        EXPECT_FALSE(argument.isTensor() && out.is_alias_of(argument.toTensor())) << call.name;
      }
    }
  });
}

/// The same arguments without values.
Arguments on_meta(Arguments arguments) {
  for (c10::IValue& argument : arguments) {
    if (argument.isTensor()) {
      argument = argument.toTensor().to(at::kMeta);
    }
  }
  return arguments;
}

TEST(Dispatcher, MetaTensorsHaveTheRightShapesAndDtypes) {
  for (const auto& [dtype, idtype] :
       {std::pair(at::kFloat, at::kLong), std::pair(at::kDouble, at::kInt),
        std::pair(at::kBFloat16, at::kLong), std::pair(at::kHalf, at::kInt)}) {
    for (const Call& call : calls(random_edges(1, {5, 4, 12}, idtype), dtype)) {
      const Arguments expected = call_boxed(call.name, call.arguments);
      const Arguments shapes = call_boxed(call.name, on_meta(call.arguments));
      ASSERT_EQ(shapes.size(), expected.size());
      for (std::size_t i = 0; i < shapes.size(); ++i) {
        const at::Tensor& result = shapes[i].toTensor();
        EXPECT_TRUE(result.is_meta()) << call.name;
        EXPECT_EQ(result.sizes(), expected[i].toTensor().sizes()) << call.name;
        EXPECT_EQ(result.scalar_type(), expected[i].toTensor().scalar_type()) << call.name;
      }
    }
  }
}

TEST(Dispatcher, MetaTensorsHaveGradientsOfTheRightShape) {
  const AdjacencyPtr edges = random_edges(1, {5, 4, 12});
  for (const Call& call : calls(edges, at::kFloat)) {
    if (call.name == "coo_to_csr") {
      continue;  // ids have no gradient
    }
    Arguments arguments = on_meta(call.arguments);
    std::vector<at::Tensor> variables;
    for (c10::IValue& argument : arguments) {
      if (argument.isTensor() && argument.toTensor().is_floating_point()) {
        variables.push_back(argument.toTensor().requires_grad_());
      }
    }
    const at::Tensor out = call_boxed(call.name, arguments)[0].toTensor();
    const std::vector<at::Tensor> gradients = torch::autograd::grad({out.sum()}, variables);
    for (std::size_t i = 0; i < variables.size(); ++i) {
      EXPECT_TRUE(gradients[i].is_meta()) << call.name;
      EXPECT_EQ(gradients[i].sizes(), variables[i].sizes()) << call.name;
    }
  }
}

TEST(Dispatcher, FeaturesWithoutValuesNeedNoFormatOfTheEdges) {
  const AdjacencyPtr edges = random_edges(1, {5, 4, 12});
  const at::Tensor u = at::ones({5, 3}, at::TensorOptions(at::kMeta)).requires_grad_();
  for (const Reduce reduce : {Reduce::kSum, Reduce::kMax}) {
    const at::Tensor out = gspmm(edges, BinaryOp::kCopyLhs, reduce, {Target::kSrc, u});
    EXPECT_EQ(out.sizes(), at::IntArrayRef({4, 3}));
    EXPECT_TRUE(out.requires_grad());
  }
  EXPECT_FALSE(edges->has_csc());
  EXPECT_FALSE(edges->has_csr());
}

TEST(Dispatcher, GradientsMatchDifferencesThroughTheStack) {
  const SerialRegion serial;  // thousands of tiny parallel loops
  const AdjacencyPtr edges = random_edges(3, {3, 3, 5});
  with_kernels_and_fallback([&] {
    for (const Call& call : calls(edges, at::kDouble)) {
      std::vector<at::Tensor> inputs;
      for (const c10::IValue& argument : call.arguments) {
        if (argument.isTensor() && argument.toTensor().is_floating_point()) {
          inputs.push_back(argument.toTensor());
        }
      }
      const TensorFunction function = [&](const std::vector<at::Tensor>& values) {
        Arguments arguments = call.arguments;
        std::size_t next = 0;
        for (c10::IValue& argument : arguments) {
          if (argument.isTensor() && argument.toTensor().is_floating_point()) {
            argument = values[next++];
          }
        }
        // Squares, so that every second derivative exists.
        const at::Tensor out = call_boxed(call.name, arguments)[0].toTensor();
        return out.mul(out);
      };
      if (!inputs.empty()) {
        EXPECT_TRUE(gradcheck(function, inputs)) << call.name;
        EXPECT_TRUE(gradgradcheck(function, inputs)) << call.name;
      }
    }
  });
}

TEST(Dispatcher, TheProfilerSeesTheOperators) {
  static std::vector<std::string> seen;
  seen.clear();
  const at::CallbackHandle handle = at::addThreadLocalCallback(
      at::RecordFunctionCallback(
          [](const at::RecordFunction& function) -> std::unique_ptr<at::ObserverContext> {
            seen.emplace_back(function.name());
            return nullptr;
          })
          .scopes({at::RecordScope::FUNCTION})
          .needsInputs(true));
  const AdjacencyPtr edges = random_edges(1, {5, 4, 12});
  const Operand u{Target::kSrc, at::ones({5, 3}, at::kFloat)};
  const at::Tensor out = gspmm(edges, BinaryOp::kCopyLhs, Reduce::kSum, u);
  at::removeCallback(handle);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "grapevine::gspmm"), 1);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "grapevine::contract"), 1);
}

TEST(Dispatcher, BadArgumentsAreNamed) {
  const AdjacencyPtr edges = make_edges(2, 2, {0, 1}, {1, 1});
  const c10::IValue object = boxed(edges);
  const c10::IValue none;
  const at::Tensor u = at::ones({2, 3}, at::kFloat);
  const std::vector<std::int64_t> shape = {3};
  EXPECT_ERROR(call_boxed("gspmm", {object, "u_pow_e", "sum", u, u}), "message", "u_pow_e");
  EXPECT_ERROR(call_boxed("gspmm", {object, "u_mul_e", "prod", u, u}), "reduce", "prod");
  EXPECT_ERROR(call_boxed("gspmm", {object, "u_mul_e", "sum", u, none}), "gspmm u_mul_e", "of e");
  EXPECT_ERROR(call_boxed("gsddmm", {object, "u", u, none}), "message", "\"u\"");
  EXPECT_ERROR(call_boxed("edge_softmax", {object, u, "e"}), "norm_by", "\"e\"");
  EXPECT_ERROR(call_boxed("segment_reduce", {at::tensor({2}, at::kLong), u, "any", none}), "reduce",
               "any");
  EXPECT_ERROR(call_boxed("contract", {object, "u_div_e->sum_v", u, u, shape}), "formula",
               "u_div_e->sum_v");
  EXPECT_ERROR(call_boxed("contract", {object, "copy_u->max_v", u, none, shape}), "sum or mean");
  EXPECT_ERROR(call_boxed("contract", {object, "copy_u->mean_e", u, none, shape}), "mean");
  EXPECT_ERROR(call_boxed("contract", {object, "copy_u->sum_v", u, u, shape}), "rhs", "none");
  EXPECT_ERROR(call_boxed("contract", {object, "u_mul_e->sum_v", u, none, shape}), "rhs");
  EXPECT_ERROR(call_boxed("contract", {object, "u_mul_e->sum_v", u, u.to(at::kHalf), shape}),
               "one dtype", "Half");
  EXPECT_ERROR(call_boxed("contract", {object, "copy_u->sum_v", u.to(at::kLong), none, shape}),
               "lhs", "Long");
  EXPECT_ERROR(
      call_boxed("contract", {object, "copy_u->sum_v", at::ones({5, 3}, at::kFloat), none, shape}),
      "lhs", "2 rows", "got 5");
  const std::vector<std::int64_t> other = {2};
  EXPECT_ERROR(call_boxed("contract", {object, "copy_u->sum_v", u, none, other}), "out_shape",
               "[2]", "[3]");
  EXPECT_ERROR(call_boxed("extremum", {object, "copy_u->sum_v", u, none, shape, true}), "max");
  EXPECT_ERROR(call_boxed("extremum", {object, "copy_u->max_u", u, none, shape, true}), "at v");
  EXPECT_ERROR(call_boxed("extremum", {object, "copy_u->max_v", u, none, other, true}), "out_shape",
               "[3]", "[2]");
  const at::Tensor ids = at::tensor({0, 7}, at::kLong);
  with_kernels_and_fallback([&] {
    EXPECT_ERROR(call_boxed("coo_to_csr", {ids, ids, 3}), "rows", "7 is out of range", "3 rows");
    EXPECT_ERROR(call_boxed("coo_to_csr", {ids.neg(), ids, 3}), "rows", "-7");
    EXPECT_ERROR(call_boxed("coo_to_csr", {ids, ids, -1}), "num_rows", "-1");
  });
}

}  // namespace
}  // namespace grapevine::ops
