#include "tests/contract/invalid_calls.h"

namespace grapevine {
namespace {

using namespace function;
using namespace sampling;
using namespace testing_support;

/// Counts, names, structure and features.
std::vector<Call> calls_on_graphs() {
  using F = const Fixture&;
  using V = InvalidValues&;
  const RandomKey key(4);
  return {
      {"graph: endpoints",
       [](F f, V bad) {
         at::Tensor ids = bad.good_ids(kNodes, f.idtype);
         at::Tensor other = ids.clone();
         switch (bad.below(4)) {
           case 0:
             other[0] = -1 - bad.below(9);
             break;
           case 1:
             other = at::cat({other, other});
             break;
           case 2:
             other = other.to(bad.other_dtype(f.idtype));
             break;
           default:
             other = other.unsqueeze(0);
         }
         ignore(bad.below(2) == 0 ? graph(ids, other) : graph(other, ids));
       }},
      {"graph: num_nodes",
       [](F f, V bad) {
         const at::Tensor ids = at::arange(kNodes, f.idtype);
         ignore(graph(ids, ids,
                      {.num_nodes = bad.below(2) == 0 ? bad.below(kNodes) : bad.size_below(0)}));
       }},
      {"graph_from_csr",
       [](F f, V bad) {
         at::Tensor indptr = at::arange(kNodes + 1, at::kLong);
         at::Tensor indices = at::arange(kNodes, f.idtype);
         switch (bad.below(5)) {
           case 0:
             indptr[bad.below(kNodes + 1)] = -1 - bad.below(5);
             break;
           case 1:
             indptr[kNodes] = kNodes + 1 + bad.below(100);
             break;
           case 2:
             indices = bad.ids(kNodes, f.idtype);
             break;
           case 3:
             indptr = indptr.to(at::kFloat);
             break;
           default:
             indptr = at::empty({0}, at::kLong);
         }
         ignore(graph_from_csr(indptr, indices, {}, {.num_nodes = kNodes}));
       }},
      {"create_block",
       [](F f, V bad) {
         const at::Tensor ids = at::arange(4, f.idtype);
         ignore(bad.below(2) == 0 ? create_block(ids, ids, bad.below(4), 4)
                                  : create_block(ids, ids, 4, bad.size_below(0)));
       }},
      {"heterograph: counts",
       [](F f, V bad) {
         const at::Tensor ids = at::arange(4, f.idtype);
         ignore(heterograph({{{"a", "r", "b"}, {ids, ids}}}, {{"a", bad.below(4)}}));
       }},
      {"ndata", [](F f, V bad) { Graph(f.g).clone().ndata()["x"] = bad.feature(kNodes); }},
      {"edata", [](F f, V bad) { Graph(f.g).clone().edata()["x"] = bad.feature(kEdges); }},
      {"ndata: name", [](F f, V) { ignore(f.g.ndata()["missing"].tensor()); }},
      {"ndata: types", [](F f, V) { ignore(f.typed.ndata()); }},
      {"ndata: block", [](F f, V) { ignore(f.block.ndata()); }},
      {"nodes: type", [](F f, V) { ignore(f.typed.nodes("shop")); }},
      {"edges: type", [](F f, V) { ignore(f.typed.edges("sells")); }},
      {"num_nodes: type", [](F f, V) { ignore(f.typed.num_nodes("shop")); }},
      {"num_edges: type", [](F f, V) { ignore(f.typed.num_edges("sells")); }},
      {"relation",
       [](F f, V) {
         ignore(f.typed[CanonicalEtype{"item", "buys", "user"}]);
       }},
      {"formats",
       [](F f, V) {
         ignore(f.g.formats({"csr", "csx"}));
       }},
      {"successors", [](F f, V bad) { ignore(f.g.successors(bad.id(kNodes))); }},
      {"predecessors", [](F f, V bad) { ignore(f.g.predecessors(bad.id(kNodes))); }},
      {"edge_ids: number",
       [](F f, V bad) { ignore(f.g.edge_ids(bad.id(kNodes), bad.below(kNodes))); }},
      {"incidence_matrix", [](F f, V) { ignore(f.g.incidence_matrix("sideways")); }},
      {"adjacency_matrix", [](F f, V) { ignore(f.g.adjacency_matrix({}, "missing")); }},
      {"add_nodes", [](F f, V bad) { ignore(add_nodes(f.g, bad.size_below(0))); }},
      {"add_nodes: features",
       [](F f, V bad) {
         ignore(add_nodes(f.g, 3, {{"h", bad.feature(3)}}));
       }},
      {"add_edges",
       [](F f, V bad) {
         at::Tensor ids = bad.good_ids(kNodes, f.idtype);
         at::Tensor other = ids.clone();
         other[0] = -1 - bad.below(50);
         ignore(add_edges(f.g, other, ids));
       }},
      {"add_edges: features",
       [](F f, V bad) {
         const at::Tensor ids = at::arange(3, f.idtype);
         ignore(add_edges(f.g, ids, ids, {{"w", bad.feature(3)}}));
       }},
      {"remove_edges: list", [](F f, V bad) { ignore(remove_edges(f.g, bad.id(kEdges))); }},
      {"khop: k",
       [](F f, V bad) {
         ignore(khop_in_subgraph(f.g, at::arange(2, f.idtype), bad.size_below(0)));
       }},
      {"set_batch_num_nodes",
       [](F f, V bad) {
         Graph(f.g).clone().set_batch_num_nodes(
             at::tensor({bad.below(kNodes), kNodes + bad.below(9) + 1}).to(f.idtype));
       }},
      {"slice_batch", [](F f, V bad) { ignore(slice_batch(f.g, bad.id(1))); }},
      {"unbatch",
       [](F f, V bad) {
         ignore(unbatch(f.g, at::tensor({bad.id(kNodes + 1)}).to(f.idtype),
                        at::tensor({kEdges}).to(f.idtype)));
       }},
      {"batch",
       [](F f, V) {
         ignore(batch({f.g, f.typed}));
       }},
      {"to_heterogeneous", [](F f, V) { ignore(to_heterogeneous(f.g, {"a"}, {"r"})); }},
      {"metapath_reachable_graph",
       [](F f, V) {
         ignore(metapath_reachable_graph(f.typed, {{"buys"}, {"follows"}}));
       }},
      {"metis_partition_assignment",
       [](F f, V bad) { ignore(metis_partition_assignment(f.g, bad.size_below(1))); }},
      {"sum_nodes", [](F f, V) { ignore(sum_nodes(f.g, "missing")); }},
      {"sum_edges: weight", [](F f, V) { ignore(sum_edges(f.g, "w", "missing")); }},
      {"broadcast_nodes",
       [](F f, V bad) {
         ignore(broadcast_nodes(f.g, at::rand({2 + bad.below(3), 2})));
       }},
      {"topk_nodes", [](F f, V bad) { ignore(topk_nodes(f.g, "h", bad.size_below(0))); }},
      {"update_all: feature",
       [](F f, V) { f.g.clone().update_all(copy_u("missing", "m"), sum("m", "x")); }},
      {"update_all: message",
       [](F f, V) { f.g.clone().update_all(copy_u("h", "m"), sum("n", "x")); }},
      {"update_all: shapes",
       [](F f, V bad) {
         const Graph g = f.g.clone();
         g.ndata()["y"] = at::rand({kNodes, 4 + bad.below(5)});
         g.update_all(u_add_v("h", "y", "m"), sum("m", "x"));
       }},
      {"update_all: relation",
       [](F f, V) { f.typed.clone().update_all(copy_u("h", "m"), sum("m", "x")); }},
      {"fanout", [=](F, V bad) { ignore(NeighborSampler({bad.size_below(-1)})); }},
      {"prob",
       [=](F f, V bad) {
         const Graph g = f.g.clone();
         at::Tensor weight = at::rand({kEdges});
         weight[bad.below(kEdges)] = bad.below(2) == 0 ? -1.0 : bad.probability() * 0 - 1;
         g.edata()["p"] = weight;
         ignore(sample_neighbors(g, at::arange(kNodes, f.idtype), 2, {.prob = "p"}, key));
       }},
      {"prob: name",
       [=](F f, V) {
         ignore(sample_neighbors(f.g, at::arange(2, f.idtype), 2, {.prob = "missing"}, key));
       }},
      {"node2vec: length",
       [=](F f, V bad) {
         ignore(node2vec_random_walk(f.g, at::arange(2, f.idtype), bad.size_below(0), {}, key));
       }},
      {"node2vec: p",
       [=](F f, V bad) {
         const double p = bad.below(2) == 0 ? 0 : -1.5;
         ignore(node2vec_random_walk(f.g, at::arange(2, f.idtype), 3, {.p = p}, key));
       }},
      {"random_walk: metapath",
       [=](F f, V) {
         ignore(random_walk(f.typed, at::arange(2, f.idtype), {{"buys"}, {"buys"}}, {}, key));
       }},
      {"random_walk: restart_prob",
       [=](F f, V bad) {
         at::Tensor restart = at::full({2}, bad.probability(), at::kDouble);
         ignore(
             random_walk(f.g, at::arange(2, f.idtype), {{}, {}}, {.restart_prob = restart}, key));
       }},
      {"negative samples",
       [=](F f, V bad) {
         ignore(global_uniform_negative_sampling(f.g, bad.size_below(0), {}, key));
       }},
      {"clusters_of",
       [](F f, V bad) {
         ignore(clusters_of(bad.ids_out_of_range(3), 3));
         ignore(f);
       }},
      {"DataLoader: batch_size",
       [](F f, V bad) {
         ignore(dataloading::DataLoader(f.g, at::arange(4, f.idtype), NeighborSampler({2}),
                                        {.batch_size = bad.size_below(1)}));
       }},
      {"DataLoader: workers",
       [](F f, V bad) {
         const int workers = -1 - static_cast<int>(bad.below(100));
         ignore(dataloading::DataLoader(f.g, at::arange(4, f.idtype), NeighborSampler({2}),
                                        {.num_workers = workers}));
       }},
      {"DataLoader: features",
       [](F f, V) {
         dataloading::DataLoader loader(f.g, at::arange(4, f.idtype), NeighborSampler({2}),
                                        {.prefetch_node_feats = {"missing"}});
         ignore(loader.begin());
       }},
  };
}

TEST(InvalidCalls, OnGraphsAreRefused) { expect_refused(calls_on_graphs(), 40'000, 2); }

}  // namespace
}  // namespace grapevine
