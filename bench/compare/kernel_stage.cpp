#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randn_like.h>
#include <torch/csrc/autograd/autograd.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/compare/stage.h"
#include "grapevine/ops/edge_softmax.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/spmm.h"

namespace grapevine::compare {
namespace {

using ops::BinaryOp;
using ops::Reduce;
using ops::Target;

/// An operator and the features that it reads.
struct Kernel {
  std::vector<at::Tensor> inputs;
  std::function<at::Tensor()> call;
};

Kernel make_kernel(const Graph& graph, const std::string& op, std::int64_t width) {
  const ops::EdgeIndexPtr edges = graph.adjacency();
  const auto copy_u = [&](Reduce reduce) {
    const at::Tensor u = at::randn({graph.num_nodes(), width});
    return Kernel{{u}, [=] {
                    return ops::gspmm(edges, BinaryOp::kCopyLhs, reduce, {Target::kSrc, u});
                  }};
  };
  if (op == "copy_u_sum") {
    return copy_u(Reduce::kSum);
  }
  if (op == "copy_u_mean") {
    return copy_u(Reduce::kMean);
  }
  if (op == "copy_u_max") {
    return copy_u(Reduce::kMax);
  }
  if (op == "u_mul_e_sum") {
    const at::Tensor u = at::randn({graph.num_nodes(), width});
    const at::Tensor e = at::randn({graph.num_edges(), 1});
    return {{u, e}, [=] {
              return ops::gspmm(edges, BinaryOp::kMul, Reduce::kSum, {Target::kSrc, u},
                                {Target::kEdge, e});
            }};
  }
  if (op == "u_dot_v") {
    const at::Tensor u = at::randn({graph.num_nodes(), width});
    const at::Tensor v = at::randn({graph.num_nodes(), width});
    return {{u, v}, [=] {
              return ops::gsddmm(edges, BinaryOp::kDot, {Target::kSrc, u}, {Target::kDst, v});
            }};
  }
  if (op == "edge_softmax") {
    const at::Tensor logits = at::randn({graph.num_edges(), width});
    return {{logits}, [=] { return ops::edge_softmax(edges, logits); }};
  }
  throw Unsupported("operator " + op);
}

}  // namespace

Step kernel_stage(const SharedData& data, const Json& request) {
  Kernel kernel =
      make_kernel(data.graph(request.at("graph")), request.at("op"), request.at("width"));
  Step step;
  if (request.at("pass") == "forward") {
    step = [kernel] {
      const at::NoGradGuard no_grad;
      return Json{{"ms", milliseconds_of(kernel.call)}};
    };
  } else {
    for (at::Tensor& input : kernel.inputs) {
      input.requires_grad_();
    }
    const at::Tensor result = kernel.call();
    const std::vector<at::Tensor> gradient = {at::randn_like(result.detach())};
    step = [inputs = kernel.inputs, result, gradient] {
      return Json{{"ms", milliseconds_of([&] {
                     torch::autograd::grad({result}, inputs, gradient, /*retain_graph=*/true);
                   })}};
    };
  }
  step();  // makes what is made once
  return step;
}

}  // namespace grapevine::compare
