#include "tests/contract/invalid_calls.h"
#include "tests/support/temporary_folder.h"

namespace grapevine {
namespace {

using namespace testing_support;

/// Operators and layers.
std::vector<Call> calls_on_tensors() {
  using F = const Fixture&;
  using V = InvalidValues&;
  using ops::BinaryOp;
  using ops::Operand;
  using ops::Reduce;
  using ops::Target;
  const auto segments = [](V bad) {
    switch (bad.below(4)) {
      case 0:
        return at::tensor({3L, kNodes});
      case 1:
        return at::tensor({-1L, kNodes + 1});
      case 2:
        return at::tensor({4.0, 8.0});
      default:
        return at::tensor({4L, 8L}).unsqueeze(0);
    }
  };
  return {
      {"gspmm: rows",
       [](F f, V bad) {
         ignore(ops::gspmm(f.g.adjacency(), BinaryOp::kCopyLhs, Reduce::kSum,
                           {Target::kSrc, bad.feature(kNodes)}));
       }},
      {"gspmm: shapes",
       [](F f, V bad) {
         ignore(ops::gspmm(f.g.adjacency(), BinaryOp::kMul, Reduce::kMax,
                           {Target::kSrc, at::rand({kNodes, 3})},
                           {Target::kEdge, at::rand({kEdges, 4 + bad.below(3)})}));
       }},
      {"gspmm: dtypes",
       [](F f, V bad) {
         const auto dtype = bad.below(2) == 0 ? at::kLong : at::kDouble;
         ignore(ops::gspmm(f.g.adjacency(), BinaryOp::kMul, Reduce::kSum,
                           {Target::kSrc, at::rand({kNodes, 3})},
                           {Target::kEdge, at::ones({kEdges, 3}, dtype)}));
       }},
      {"gsddmm: rows",
       [](F f, V bad) {
         ignore(ops::gsddmm(f.g.adjacency(), BinaryOp::kDot, {Target::kSrc, at::rand({kNodes, 3})},
                            {Target::kDst, bad.feature(kNodes)}));
       }},
      {"edge_softmax",
       [](F f, V bad) { ignore(ops::edge_softmax(f.g.adjacency(), bad.feature(kEdges))); }},
      {"segment_reduce",
       [=](F, V bad) {
         ignore(ops::segment_reduce(segments(bad), at::rand({kNodes, 2})));
       }},
      {"segment_softmax",
       [=](F, V bad) {
         ignore(ops::segment_softmax(segments(bad), at::rand({kNodes, 2})));
       }},
      {"segment_topk",
       [=](F, V bad) {
         ignore(ops::segment_topk(segments(bad), at::rand({kNodes, 2}), 1));
       }},
      {"segment_mm",
       [=](F, V bad) {
         ignore(ops::segment_mm(at::rand({kNodes, 2}), at::rand({2, 2, 3}), segments(bad)));
       }},
      {"gather_mm",
       [](F, V bad) {
         ignore(ops::gather_mm(at::rand({4, 2}), at::rand({3, 2, 5}), bad.ids_out_of_range(3)));
       }},
      {"layers: widths",
       [](F, V bad) {
         const std::vector<std::string> names = nn::convs().names();
         const auto& name =
             names[static_cast<std::size_t>(bad.below(static_cast<std::int64_t>(names.size())))];
         const bool in = bad.below(2) == 0;
         ignore(nn::make_conv(name, {.in_feats = in ? bad.size_below(1) : 3,
                                     .out_feats = in ? 3 : bad.size_below(1),
                                     .edge_feats = 2}));
       }},
      {"layers: features",
       [](F f, V bad) {
         nn::SAGEConv conv(3, 2);
         at::Tensor feat =
             bad.below(2) == 0 ? bad.feature(kNodes) : at::rand({kNodes, 4 + bad.below(5)});
         ignore(conv(f.g, feat));
       }},
      {"layers: dropout",
       [](F, V bad) {
         ignore(nn::SAGEConv(3, 2, nn::SAGEConvOptions{.feat_drop = bad.probability()}));
       }},
      {"models: blocks",
       [](F f, V) {
         nn::ConvStack model(3, 2);
         ignore(model(std::vector{f.block}, f.block.srcdata()["h"]));
       }},
  };
}

/// Files of random bytes.
std::vector<Call> calls_on_files(const std::filesystem::path& path) {
  using F = const Fixture&;
  using V = InvalidValues&;
  const auto scribble = [path](V bad) {
    std::string bytes(static_cast<std::size_t>(bad.below(300)), '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(bad.below(256));
    }
    io::write_file(path, {bytes});
  };
  return {
      {"read_npy",
       [=](F, V bad) {
         scribble(bad);
         ignore(io::read_npy(path));
       }},
      {"load_graphs",
       [=](F, V bad) {
         scribble(bad);
         ignore(io::load_graphs(path));
       }},
      {"load_state",
       [=](F, V bad) {
         scribble(bad);
         ignore(io::load_state(path));
       }},
      {"load_checkpoint",
       [=](F, V bad) {
         scribble(bad);
         ignore(train::load_checkpoint(path));
       }},
      {"load_safetensors",
       [=](F, V bad) {
         scribble(bad);
         ignore(io::load_safetensors(path));
       }},
      {"graphs_from_bytes",
       [](F, V bad) {
         ignore(io::graphs_from_bytes(std::string(static_cast<std::size_t>(bad.below(99)), 'x')));
       }},
  };
}

TEST(InvalidCalls, OnTensorsAreRefused) { expect_refused(calls_on_tensors(), 16'000, 3); }

TEST(InvalidCalls, OnFilesAreRefused) {
  const TemporaryFolder folder;
  expect_refused(calls_on_files(folder / "file"), 4'000, 4);
}

}  // namespace
}  // namespace grapevine
