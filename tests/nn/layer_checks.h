#pragma once

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>
#include <torch/nn/module.h>
#include <torch/serialize/input-archive.h>
#include <torch/serialize/output-archive.h>

#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/sampling/neighbor_sampler.h"
#include "tests/support/gradcheck.h"
#include "tests/support/reference.h"

// What every layer must pass, and the graphs that it must pass it on.
namespace grapevine::testing_support {

/// Six nodes with a self-loop, parallel edges and, as the last, a node without in-edges.
inline Graph layer_graph() {
  return graph({0, 1, 2, 2, 3, 3, 4, 5, 5}, {1, 2, 0, 3, 0, 0, 4, 1, 3});
}

/// The block of all in-edges of `nodes`.
inline Graph full_block(const Graph& graph, const at::Tensor& nodes) {
  return sampling::MultiLayerFullNeighborSampler(1)
      .sample(graph, nodes, RandomKey(0))
      .blocks.front();
}

/// The mean over in-neighbours `[num_dst, width]`, message by message.
inline at::Tensor neighbor_mean(const Graph& graph, const at::Tensor& h) {
  return reference_spmm(graph.adjacency(), ops::BinaryOp::kCopyLhs, ops::Reduce::kMean,
                        {ops::Target::kSrc, h}, {});
}

/// Expects that a block of some nodes gives their rows of the whole graph's result.
template <typename Layer>
void expect_block_equals_full_graph(Layer& layer, const Graph& graph, const at::Tensor& feat,
                                    const at::Tensor& nodes) {
  const Graph block = full_block(graph, nodes);
  const at::Tensor inputs = feat.index_select(0, block.srcdata()[NID].tensor());
  const at::Tensor expected = layer(graph, feat).index_select(0, nodes);
  EXPECT_TRUE(all_close(layer(block, inputs), expected));
  const at::Tensor outputs = feat.index_select(0, nodes);
  EXPECT_TRUE(all_close(layer(block, std::pair(inputs, outputs)), expected));
}

/// Expects that a clone computes the same, and still does after the original's parameters change.
template <typename Layer>
void expect_independent_clone(Layer& layer, const Graph& graph, const at::Tensor& feat) {
  using Impl = typename Layer::ContainedType;
  Layer copy(std::dynamic_pointer_cast<Impl>(layer->clone()));
  const at::Tensor expected = layer(graph, feat).detach();
  EXPECT_TRUE(all_close(copy(graph, feat), expected));
  for (at::Tensor& parameter : layer->parameters()) {
    parameter.data().add_(1.0);
  }
  EXPECT_TRUE(all_close(copy(graph, feat), expected));
  EXPECT_FALSE(layer(graph, feat).allclose(expected));
}

/// Expects that `other`, of the same sizes, computes the same after loading what `layer` saved.
template <typename Layer>
void expect_round_trip(Layer& layer, Layer& other, const Graph& graph, const at::Tensor& feat) {
  EXPECT_FALSE(other(graph, feat).allclose(layer(graph, feat)));
  std::stringstream stream;
  torch::serialize::OutputArchive saved;
  layer->save(saved);
  saved.save_to(stream);
  torch::serialize::InputArchive loaded;
  loaded.load_from(stream);
  other->load(loaded);
  EXPECT_TRUE(all_close(other(graph, feat), layer(graph, feat)));
}

/// Expects a finite gradient that is not all zero in every parameter and in the features.
template <typename Layer>
void expect_gradients(Layer& layer, const Graph& graph, const at::Tensor& feat) {
  const at::Tensor input = feat.clone().requires_grad_();
  const at::Tensor result = layer(graph, input);
  result.mul(result).sum().backward();
  for (const auto& parameter : layer->named_parameters()) {
    const at::Tensor& gradient = parameter.value().grad();
    ASSERT_TRUE(gradient.defined()) << parameter.key();
    EXPECT_TRUE(gradient.isfinite().all().template item<bool>()) << parameter.key();
    EXPECT_GT(gradient.abs().sum().template item<double>(), 0) << parameter.key();
  }
  ASSERT_TRUE(input.grad().defined());
  EXPECT_GT(input.grad().abs().sum().item<double>(), 0);
}

/// Compares autograd's gradients of `forward` with differences, for every entry of `inputs` and of
/// every parameter of `module`, which are made float64.
///
///     EXPECT_TRUE(layer_gradcheck(*conv, {feat}, [&](const std::vector<at::Tensor>& inputs) {
///       return conv(graph, inputs[0]);
///     }));
inline ::testing::AssertionResult layer_gradcheck(torch::nn::Module& module,
                                                  std::vector<at::Tensor> inputs,
                                                  const TensorFunction& forward) {
  module.to(at::kDouble);
  for (at::Tensor& input : inputs) {
    input = input.to(at::kDouble);
  }
  const std::size_t num_inputs = inputs.size();
  std::vector<at::Tensor> parameters = module.parameters();
  for (at::Tensor& parameter : parameters) {
    inputs.push_back(parameter.detach().clone());
    parameter.requires_grad_(false);
  }
  return gradcheck(
      [&](const std::vector<at::Tensor>& values) {
        // Copied into, a parameter hands its gradient on to the value that is checked.
        for (std::size_t i = 0; i < parameters.size(); ++i) {
          parameters[i].detach_().copy_(values[num_inputs + i]);
        }
        return forward(values);
      },
      inputs);
}

}  // namespace grapevine::testing_support
