#include "grapevine/nn/cf_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/log.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>

#include "grapevine/nn/conv_registry.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

constexpr CFConvOptions kWidths{4, 3, 6, 2};

/// ln(e^x / 2 + 1 / 2), as the paper writes it.
at::Tensor paper_softplus(const at::Tensor& x) { return at::log(0.5 * x.exp() + 0.5); }

TEST(CFConv, GivesThePapersFormulaMessageByMessage) {
  CFConv conv(kWidths);
  const Graph graph = layer_graph();
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor edge_feat = at::randn({9, 3});
  const auto parameters = conv->named_parameters();
  const auto linear = [&](const at::Tensor& x, const std::string& name) {
    return x.matmul(parameters[name + ".weight"].t()) + parameters[name + ".bias"];
  };
  const at::Tensor filter =
      paper_softplus(linear(paper_softplus(linear(edge_feat, "project_edge.0")), "project_edge.2"));
  const at::Tensor nodes = linear(feat, "project_node");
  const auto [src, dst] = graph.edges().uv();
  const at::Tensor sum = at::zeros({6, 6}).index_add(0, dst, nodes.index_select(0, src) * filter);
  EXPECT_TRUE(
      all_close(conv(graph, feat, edge_feat), paper_softplus(linear(sum, "project_out.0"))));
}

TEST(CFConv, GivesTheSameOnABlockAndAPair) {
  CFConv conv(kWidths);
  const Graph graph = layer_graph();
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor edge_feat = at::randn({9, 3});
  const at::Tensor nodes = at::tensor({3L, 5L, 0L});  // 5 has no in-edges
  const at::Tensor expected = conv(graph, feat, edge_feat).index_select(0, nodes);
  const Graph block = full_block(graph, nodes);
  const at::Tensor h_src = feat.index_select(0, block.srcdata()[NID].tensor());
  const at::Tensor h_edge = edge_feat.index_select(0, block.edata()[EID].tensor());
  EXPECT_TRUE(all_close(conv(block, h_src, h_edge), expected));
  EXPECT_TRUE(all_close(conv(block, std::pair(h_src, at::Tensor(h_src)), h_edge), expected));
}

TEST(CFConv, PassesGradcheckCloneAndSave) {
  const Graph graph = layer_graph();
  const at::Tensor edge_feat = at::randn({9, 3});
  CFConv conv(kWidths);
  CFConv other(kWidths);
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor expected = conv(graph, feat, edge_feat).detach();
  const auto copy = std::dynamic_pointer_cast<CFConvImpl>(conv->clone());
  EXPECT_FALSE(other(graph, feat, edge_feat).allclose(expected));
  std::stringstream stream;
  torch::serialize::OutputArchive saved;
  conv->save(saved);
  saved.save_to(stream);
  torch::serialize::InputArchive loaded;
  loaded.load_from(stream);
  other->load(loaded);
  EXPECT_TRUE(all_close(other(graph, feat, edge_feat), expected));
  EXPECT_TRUE(layer_gradcheck(*conv, {feat, edge_feat}, [&](const std::vector<at::Tensor>& x) {
    return conv(graph, x[0], x[1]);
  }));
  EXPECT_TRUE(all_close(copy->forward(graph, feat, edge_feat), expected));
}

TEST(CFConv, RefusesWhatDoesNotFit) {
  CFConv conv(kWidths);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_ERROR(conv(layer_graph(), feat), "CFConv", "edge features", "undefined");
  EXPECT_ERROR(conv(layer_graph(), feat, at::ones({9, 2})), "CFConv", "3 features", "[9, 2]");
  EXPECT_ERROR(conv(layer_graph(), at::ones({6, 5}), at::ones({9, 3})), "CFConv", "4 features");
  EXPECT_ERROR(CFConv(CFConvOptions{4, 3, 0, 2}), "hidden_feats", "0");
}

TEST(CFConv, IsKnownByName) {
  const auto conv = make_conv("cf", {.in_feats = 4, .out_feats = 5, .edge_feats = 2});
  EXPECT_EQ(conv->forward(layer_graph(), at::randn({6, 4}), at::randn({9, 2})).sizes(),
            (std::vector<std::int64_t>{6, 5}));
  EXPECT_ERROR(make_conv("cf", {.in_feats = 4}), "CFConv", "edge features");
}

}  // namespace
}  // namespace grapevine::nn
