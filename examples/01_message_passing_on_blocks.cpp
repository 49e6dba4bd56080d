// Writing GNN modules for stochastic training: DGL's tutorial L4, "Writing GNN Modules for
// Stochastic GNN Training", step by step. Shows what a message flow graph (MFG, block) is, message
// passing on it, a GraphSAGE layer written by hand for blocks, a two-layer model and its training
// loop, and a layer that serves blocks and whole graphs alike.
//
// Run:                examples/01_message_passing_on_blocks [--data NAME|DIR] [--epochs N]
// The last line is:   full graph and blocks agree: true
#include <grapevine/grapevine.h>
#include <torch/nn/modules/linear.h>
#include <torch/optim/adam.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gv = grapevine;
namespace fn = grapevine::function;

// ---- A GraphSAGE layer for blocks: features of both sides come as a pair ----

namespace for_blocks {

class SAGEConvImpl : public torch::nn::Module {
 public:
  SAGEConvImpl(std::int64_t in_feat, std::int64_t out_feat)
      // Projects the node's own features beside those of its neighbours.
      : linear(register_module("linear", torch::nn::Linear(in_feat * 2, out_feat))) {}

  torch::Tensor forward(const gv::Graph& g, const std::pair<torch::Tensor, torch::Tensor>& h) {
    const gv::LocalScope scope = g.local_scope();
    const auto& [h_src, h_dst] = h;
    g.srcdata()["h"] = h_src;  // <---
    g.dstdata()["h"] = h_dst;  // <---
    g.update_all(fn::copy_u("h", "m"), fn::mean("m", "h_N"));
    const torch::Tensor h_N = g.dstdata()["h_N"];
    const torch::Tensor h_total = torch::cat({h_dst, h_N}, 1);  // <---
    return linear(h_total);
  }

 private:
  torch::nn::Linear linear;
};
TORCH_MODULE(SAGEConv);

class ModelImpl : public torch::nn::Module {
 public:
  ModelImpl(std::int64_t in_feats, std::int64_t h_feats, std::int64_t num_classes)
      : conv1(register_module("conv1", SAGEConv(in_feats, h_feats))),
        conv2(register_module("conv2", SAGEConv(h_feats, num_classes))) {}

  torch::Tensor forward(const std::vector<gv::Graph>& mfgs, const torch::Tensor& x) {
    torch::Tensor h_dst = x.narrow(0, 0, mfgs[0].num_dst_nodes());
    torch::Tensor h = conv1(mfgs[0], std::pair(x, h_dst));
    h = torch::relu(h);
    h_dst = h.narrow(0, 0, mfgs[1].num_dst_nodes());
    return conv2(mfgs[1], std::pair(h, h_dst));
  }

 private:
  SAGEConv conv1;
  SAGEConv conv2;
};
TORCH_MODULE(Model);

}  // namespace for_blocks

// ---- The same layer for whole graphs only ----

namespace for_full_graphs {

class SAGEConvImpl : public torch::nn::Module {
 public:
  SAGEConvImpl(std::int64_t in_feat, std::int64_t out_feat)
      : linear(register_module("linear", torch::nn::Linear(in_feat * 2, out_feat))) {}

  torch::Tensor forward(const gv::Graph& g, const torch::Tensor& h) {
    const gv::LocalScope scope = g.local_scope();
    g.ndata()["h"] = h;
    g.update_all(fn::copy_u("h", "m"), fn::mean("m", "h_N"));
    const torch::Tensor h_N = g.ndata()["h_N"];
    return linear(torch::cat({h, h_N}, 1));
  }

  torch::nn::Linear linear;
};
TORCH_MODULE(SAGEConv);

}  // namespace for_full_graphs

// ---- One layer for both: a tensor or a pair comes in, results are destination features ----

class SAGEConvForBothImpl : public torch::nn::Module {
 public:
  SAGEConvForBothImpl(std::int64_t in_feat, std::int64_t out_feat)
      : linear(register_module("linear", torch::nn::Linear(in_feat * 2, out_feat))) {}

  // First step: h is a tensor or a pair; split() gives both sides either way.
  torch::Tensor forward(const gv::Graph& g, const gv::nn::NodeFeatures& h) {
    const gv::LocalScope scope = g.local_scope();
    const auto [h_src, h_dst] = h.split(g);
    // Second step: h is read as a source feature, so it is assigned to srcdata (on a whole graph,
    // that is ndata).
    g.srcdata()["h"] = h_src;
    g.update_all(fn::copy_u("h", "m"), fn::mean("m", "h_N"));
    // Third step: results are destination features.
    const torch::Tensor h_N = g.dstdata()["h_N"];
    return linear(torch::cat({h_dst, h_N}, 1));
  }

  torch::nn::Linear linear;
};
TORCH_MODULE(SAGEConvForBoth);

// ---- The tutorial ----

struct Arguments {
  std::string data = "arxiv-like";
  std::int64_t epochs = 1;
};

Arguments parse(int argc, char** argv) {
  const std::string usage = "usage: 01_message_passing_on_blocks [--data NAME|DIR] [--epochs N]";
  Arguments arguments;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 == argc || (name != "--data" && name != "--epochs")) {
      throw std::invalid_argument(usage);
    }
    if (name == "--data") {
      arguments.data = argv[i + 1];
    } else {
      arguments.epochs = std::stoll(argv[i + 1]);
    }
  }
  return arguments;
}

void inspect(const gv::Graph& mfg) {
  // Source and destination nodes have features of their own; they are gathered when first read.
  std::cout << "srcdata: " << mfg.srcdata() << "\ndstdata: " << mfg.dstdata() << "\n";
  std::cout << "source and destination nodes: " << mfg.num_src_nodes() << " " << mfg.num_dst_nodes()
            << "\n";

  // Features are assigned as on any graph.
  mfg.srcdata()["x"] = torch::zeros({mfg.num_src_nodes(), mfg.num_dst_nodes()});
  const torch::Tensor dst_feat = mfg.dstdata()["feat"];
  std::cout << "destination features: " << dst_feat.sizes() << "\n";

  // Which nodes of the original graph these are. The first source nodes are the destination nodes.
  const torch::Tensor src_ids = mfg.srcdata()[gv::NID];
  const torch::Tensor dst_ids = mfg.dstdata()[gv::NID];
  std::cout << "first source nodes: " << src_ids.slice(0, 0, 3).unsqueeze(0) << "\n";
  std::cout << "destinations come first: " << std::boolalpha
            << torch::equal(src_ids.narrow(0, 0, mfg.num_dst_nodes()), dst_ids) << "\n";
}

void pass_messages(const gv::Graph& mfg) {
  mfg.srcdata()["h"] = torch::randn({mfg.num_src_nodes(), 10});
  mfg.update_all(fn::copy_u("h", "m"), fn::mean("m", "h"));
  const torch::Tensor m_v = mfg.dstdata()["h"];
  std::cout << "mean over the neighbours: " << m_v.sizes() << "\n";
}

void train(gv::dataloading::DataLoader& loader, for_blocks::Model& model, std::int64_t epochs) {
  torch::optim::Adam optimizer(model->parameters(), torch::optim::AdamOptions(0.003));
  for (std::int64_t epoch = 0; epoch < epochs; ++epoch) {
    const auto start = std::chrono::steady_clock::now();
    std::int64_t step = 0;
    double loss_value = 0;
    for (auto& [input_nodes, output_nodes, mfgs] : loader) {
      const torch::Tensor inputs = mfgs.front().srcdata()["feat"];
      const torch::Tensor labels = mfgs.back().dstdata()["label"];
      const torch::Tensor predictions = model(mfgs, inputs);
      const torch::Tensor loss = torch::cross_entropy_loss(predictions, labels);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      loss_value = loss.item<double>();
      ++step;
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
      std::fprintf(stderr, "\r%lld/%lld [%.2f it/s, loss %.4f]", static_cast<long long>(step),
                   static_cast<long long>(loader.size()),
                   static_cast<double>(step) / elapsed.count(), loss_value);
    }
    std::fprintf(stderr, "\n");
    std::cout << "epoch " << epoch + 1 << ": loss of the last batch " << loss_value << "\n";
  }
}

/// Whether the layer for both gives the same on the whole graph, as the layer for whole graphs, and
/// on a block.
bool both_agree(const gv::Graph& graph, const torch::Tensor& nodes) {
  const torch::Tensor feat = graph.ndata()["feat"];
  for_full_graphs::SAGEConv full(feat.size(1), 16);
  SAGEConvForBoth both(feat.size(1), 16);
  both->linear = full->linear;
  const torch::NoGradGuard no_grad;
  const torch::Tensor expected = full(graph, feat);

  const gv::sampling::MultiLayerFullNeighborSampler all_neighbors(1);
  const auto batch = all_neighbors.sample(graph, nodes, gv::RandomKey(0));
  const gv::Graph& block = batch.blocks.front();
  const torch::Tensor h_src = block.srcdata()["feat"];
  const torch::Tensor on_block =
      both(block, std::pair(h_src, h_src.narrow(0, 0, block.num_dst_nodes())));
  return torch::allclose(both(graph, feat), expected, 1e-5, 1e-5) &&
         torch::allclose(on_block, expected.index_select(0, nodes), 1e-5, 1e-5);
}

void run(const Arguments& arguments) {
  torch::manual_seed(0);
  const auto dataset = gv::datasets::load_node_classification(arguments.data);
  // Citations point one way only; messages should flow both ways.
  const gv::Graph graph = gv::add_reverse_edges(dataset.graph);
  graph.ndata()["label"] = dataset.labels;
  const torch::Tensor train_nids = dataset.split.train;
  const torch::Tensor node_features = graph.ndata()["feat"];

  const gv::sampling::MultiLayerNeighborSampler sampler({4, 4});
  gv::dataloading::DataLoader train_dataloader(
      graph, train_nids, sampler,
      {.batch_size = 1024, .shuffle = true, .drop_last = false, .num_workers = 0});
  {
    const auto first = train_dataloader.begin();
    const auto& [input_nodes, output_nodes, mfgs] = *first;
    std::cout << "blocks: " << mfgs[0] << "\n" << mfgs[1] << "\n";
    inspect(mfgs[0]);
    pass_messages(mfgs[0]);
  }

  for_blocks::Model model(node_features.size(1), 128, dataset.num_classes);
  train(train_dataloader, model, arguments.epochs);
  std::cout << "full graph and blocks agree: " << std::boolalpha
            << both_agree(graph, train_nids.slice(0, 0, 1024)) << "\n";
}

int main(int argc, char** argv) {
  try {
    run(parse(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
