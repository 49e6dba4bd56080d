#include "tests/contract/invalid_calls.h"

namespace grapevine {
namespace {

using namespace function;
using namespace sampling;
using namespace testing_support;

/// Everything that takes ids of nodes or edges of a homogeneous graph as a tensor.
std::vector<Call> calls_with_ids() {
  std::vector<Call> calls;
  const auto nodes = [&calls](const std::string& name, auto function) {
    calls.push_back({name, [function](const Fixture& f, InvalidValues& bad) {
                       function(f.g, bad.ids(kNodes, f.idtype));
                     }});
  };
  const auto edges = [&calls](const std::string& name, auto function) {
    calls.push_back({name, [function](const Fixture& f, InvalidValues& bad) {
                       function(f.g, bad.ids(kEdges, f.idtype));
                     }});
  };
  using T = const at::Tensor&;
  using G = const Graph&;
  const RandomKey key(3);
  nodes("in_degrees", [](G g, T ids) { ignore(g.in_degrees(ids)); });
  nodes("out_degrees", [](G g, T ids) { ignore(g.out_degrees(ids)); });
  nodes("in_edges", [](G g, T ids) { ignore(g.in_edges(ids)); });
  nodes("out_edges", [](G g, T ids) { ignore(g.out_edges(ids)); });
  edges("find_edges", [](G g, T ids) { ignore(g.find_edges(ids)); });
  nodes("has_edges_between", [](G g, T ids) { ignore(g.has_edges_between(ids, ids)); });
  nodes("edge_ids", [](G g, T ids) { ignore(g.edge_ids(ids, ids)); });
  nodes("edges_between", [](G g, T ids) { ignore(g.edges_between(ids, ids)); });
  nodes("node_subgraph", [](G g, T ids) { ignore(node_subgraph(g, ids)); });
  nodes("in_subgraph", [](G g, T ids) { ignore(in_subgraph(g, ids)); });
  nodes("out_subgraph", [](G g, T ids) { ignore(out_subgraph(g, ids)); });
  edges("edge_subgraph", [](G g, T ids) { ignore(edge_subgraph(g, ids)); });
  nodes("khop_in_subgraph", [](G g, T ids) { ignore(khop_in_subgraph(g, ids, 2)); });
  nodes("khop_out_subgraph", [](G g, T ids) { ignore(khop_out_subgraph(g, ids, 2)); });
  nodes("remove_nodes", [](G g, T ids) { ignore(remove_nodes(g, ids)); });
  edges("remove_edges", [](G g, T ids) { ignore(remove_edges(g, ids)); });
  nodes("to_block", [](G g, T ids) { ignore(to_block(g, NodeIds(ids))); });
  nodes("push", [](G g, T ids) { g.clone().push(ids, copy_u("h", "m"), sum("m", "x")); });
  nodes("pull", [](G g, T ids) { g.clone().pull(ids, copy_u("h", "m"), sum("m", "x")); });
  edges("send_and_recv",
        [](G g, T ids) { g.clone().send_and_recv(ids, copy_u("h", "m"), sum("m", "x")); });
  edges("apply_edges", [](G g, T ids) { g.clone().apply_edges(copy_u("h", "x"), ids); });
  nodes("prop_nodes",
        [](G g, T ids) { g.clone().prop_nodes({ids}, copy_u("h", "m"), sum("m", "x")); });
  nodes("bfs_nodes_generator", [](G g, T ids) { ignore(bfs_nodes_generator(g, ids)); });
  nodes("bfs_edges_generator", [](G g, T ids) { ignore(bfs_edges_generator(g, ids)); });
  nodes("dfs_edges_generator", [](G g, T ids) { ignore(dfs_edges_generator(g, ids)); });
  nodes("sample_neighbors", [=](G g, T ids) { ignore(sample_neighbors(g, ids, 2, {}, key)); });
  nodes("sample_labors", [=](G g, T ids) { ignore(sample_labors(g, ids, 2, {}, key)); });
  nodes("select_topk", [](G g, T ids) { ignore(select_topk(g, ids, 2, "w")); });
  nodes("random_walk", [=](G g, T ids) { ignore(random_walk(g, ids, {{}, {}}, {}, key)); });
  nodes("node2vec", [=](G g, T ids) { ignore(node2vec_random_walk(g, ids, 3, {}, key)); });
  nodes("NeighborSampler", [=](G g, T ids) {
    ignore(NeighborSampler({2, 2}).sample(g, ids, key));
  });
  nodes("LaborSampler", [=](G g, T ids) { ignore(LaborSampler({2, 2}).sample(g, ids, key)); });
  nodes("ShaDowKHopSampler", [=](G g, T ids) {
    ignore(ShaDowKHopSampler({2, 2}).sample(g, ids, key));
  });
  nodes("DataLoader", [](G g, T ids) {
    dataloading::DataLoader loader(g, ids, NeighborSampler({2}), {.num_workers = 1});
    for (const auto& batch : loader) {
      ignore(batch);
    }
  });
  return calls;
}

TEST(InvalidCalls, OnIdsAreRefused) { expect_refused(calls_with_ids(), 40'000, 1); }

}  // namespace
}  // namespace grapevine
