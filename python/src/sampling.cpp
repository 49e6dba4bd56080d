#include "bindings.h"
#include "grapevine/sampling/cluster_gcn_sampler.h"
#include "grapevine/sampling/edge_prediction_sampler.h"
#include "grapevine/sampling/exclude_edges.h"
#include "grapevine/sampling/labor_sampler.h"
#include "grapevine/sampling/negative_sampler.h"
#include "grapevine/sampling/neighbor_sampler.h"
#include "grapevine/sampling/node2vec_random_walk.h"
#include "grapevine/sampling/random_walk.h"
#include "grapevine/sampling/saint_sampler.h"
#include "grapevine/sampling/sample_neighbors.h"
#include "grapevine/sampling/select_topk.h"
#include "grapevine/sampling/shadow_khop_sampler.h"
#include "grapevine/util/error.h"
#include "grapevine/util/random.h"

// Python names a key by its 64 bits: `fold_in` makes those of a part.
namespace grapevine::python {
namespace {

using namespace sampling;

using SampledBatch = std::tuple<NodeIds, NodeIds, std::vector<Graph>>;
using SampledEdges = std::tuple<NodeIds, Graph, std::optional<Graph>, std::vector<Graph>>;
using NegativePairs = std::map<CanonicalEtype, std::pair<at::Tensor, at::Tensor>>;

SampledBatch batch_parts(MiniBatch batch) {
  return {std::move(batch.input_nodes), std::move(batch.output_nodes), std::move(batch.blocks)};
}

EdgeDirection direction(const std::string& name) {
  check(name == "in" || name == "out", "edge_dir: expected \"in\" or \"out\", got \"{}\"", name);
  return name == "in" ? EdgeDirection::kIn : EdgeDirection::kOut;
}

Exclude exclusion(const std::string& name) {
  static const std::map<std::string, Exclude> kByName = {{"", Exclude::kNone},
                                                         {"self", Exclude::kSelf},
                                                         {"reverse_id", Exclude::kReverseId},
                                                         {"reverse_types", Exclude::kReverseTypes}};
  const auto found = kByName.find(name);
  check(found != kByName.end(),
        "exclude: expected \"self\", \"reverse_id\" or \"reverse_types\", got \"{}\"", name);
  return found->second;
}

void bind_sampling_options(py::module_& module) {
  py::class_<Fanout>(module, "Fanout")
      .def(py::init<std::int64_t>())
      .def(py::init<std::vector<std::pair<EtypeKey, std::int64_t>>>());
  py::class_<NeighborSamplerOptions>(module, "NeighborSamplerOptions")
      .def(py::init([](const std::string& edge_dir, const std::optional<std::string>& prob,
                       const std::optional<std::string>& mask, bool replace) {
             return NeighborSamplerOptions{.edge_dir = direction(edge_dir),
                                           .prob = prob.value_or(""),
                                           .mask = mask.value_or(""),
                                           .replace = replace};
           }),
           py::arg("edge_dir") = "in", py::arg("prob") = py::none(), py::arg("mask") = py::none(),
           py::arg("replace") = false);
  py::class_<LaborOptions>(module, "LaborOptions")
      .def(py::init([](const std::string& edge_dir, const std::optional<std::string>& prob,
                       bool layer_dependency) {
             return LaborOptions{.edge_dir = direction(edge_dir),
                                 .prob = prob.value_or(""),
                                 .layer_dependency = layer_dependency};
           }),
           py::arg("edge_dir") = "in", py::arg("prob") = py::none(),
           py::arg("layer_dependency") = false);
  py::class_<EdgePredictionOptions>(module, "EdgePredictionOptions")
      .def(py::init([](const std::string& exclude, const EdgeIds& reverse_eids,
                       const std::vector<std::pair<EtypeKey, EtypeKey>>& reverse_etypes,
                       std::shared_ptr<NegativeSampler> negative_sampler) {
             return EdgePredictionOptions{.exclude = exclusion(exclude),
                                          .reverse_eids = reverse_eids,
                                          .reverse_etypes = reverse_etypes,
                                          .negative_sampler = std::move(negative_sampler)};
           }),
           py::arg("exclude"), py::arg("reverse_eids"), py::arg("reverse_etypes"),
           py::arg("negative_sampler"));
}

void bind_samplers(py::module_& module) {
  py::class_<Sampler, std::shared_ptr<Sampler>>(module, "Sampler")
      .def(
          "sample",
          [](const Sampler& self, const Graph& graph, const NodeIds& seeds, const EdgeIds& excluded,
             std::uint64_t key) {
            return batch_parts(self.sample_excluding(graph, seeds, excluded, RandomKey(key)));
          },
          py::arg("graph"), py::arg("seeds"), py::arg("excluded"), py::arg("key"), ReleaseGil());
  py::class_<NeighborSampler, Sampler, std::shared_ptr<NeighborSampler>>(module, "NeighborSampler")
      .def(py::init<std::vector<Fanout>, NeighborSamplerOptions>());
  py::class_<ShaDowKHopSampler, Sampler, std::shared_ptr<ShaDowKHopSampler>>(module,
                                                                             "ShaDowKHopSampler")
      .def(py::init<std::vector<Fanout>, NeighborSamplerOptions>());
  py::class_<LaborSampler, Sampler, std::shared_ptr<LaborSampler>>(module, "LaborSampler")
      .def(py::init<std::vector<Fanout>, LaborOptions>());
  py::class_<EdgePredictionSampler>(module, "EdgePredictionSampler")
      .def(py::init([](std::shared_ptr<Sampler> sampler, EdgePredictionOptions options) {
        return EdgePredictionSampler(std::move(sampler), std::move(options));
      }))
      .def(
          "sample",
          [](const EdgePredictionSampler& self, const Graph& graph, const EdgeIds& seeds,
             std::uint64_t key) {
            EdgeMiniBatch batch = self.sample(graph, seeds, RandomKey(key));
            return SampledEdges(std::move(batch.input_nodes), std::move(batch.pair_graph),
                                std::move(batch.negative_graph), std::move(batch.blocks));
          },
          py::arg("graph"), py::arg("seeds"), py::arg("key"), ReleaseGil());
}

SAINTMode saint_mode(const std::string& name) {
  static const std::map<std::string, SAINTMode> kByName = {
      {"node", SAINTMode::kNode}, {"edge", SAINTMode::kEdge}, {"walk", SAINTMode::kWalk}};
  const auto found = kByName.find(name);
  check(found != kByName.end(), "Expect mode to be 'node', 'edge' or 'walk', got {}.", name);
  return found->second;
}

void bind_subgraph_samplers(py::module_& module) {
  py::class_<SAINTSampler, Sampler, std::shared_ptr<SAINTSampler>>(module, "SAINTSampler")
      .def(py::init([](const std::string& mode, std::int64_t budget, std::int64_t walk_length) {
             return std::make_shared<SAINTSampler>(SAINTOptions{
                 .mode = saint_mode(mode), .budget = budget, .walk_length = walk_length});
           }),
           py::arg("mode"), py::arg("budget"), py::arg("walk_length"));
  py::class_<ClusterGCNSampler, Sampler, std::shared_ptr<ClusterGCNSampler>>(module,
                                                                             "ClusterGCNSampler")
      .def(py::init([](const at::Tensor& offsets, const at::Tensor& node_ids) {
             return std::make_shared<ClusterGCNSampler>(
                 Clusters{.offsets = offsets, .node_ids = node_ids});
           }),
           py::arg("offsets"), py::arg("node_ids"));
  module.def(
      "clusters_of",
      [](const at::Tensor& assignment, std::int64_t num_clusters) {
        Clusters clusters = clusters_of(assignment, num_clusters);
        return std::pair(std::move(clusters.offsets), std::move(clusters.node_ids));
      },
      py::arg("assignment"), py::arg("num_clusters"), ReleaseGil());
}

void bind_negative_samplers(py::module_& module) {
  py::class_<NegativeSampler, std::shared_ptr<NegativeSampler>>(module, "NegativeSampler")
      .def(
          "sample",
          [](const NegativeSampler& self, const Graph& graph, const EdgesByRelation& edges,
             std::uint64_t key) {
            NegativePairs pairs;
            for (const auto& [etype, ends] : self.sample(graph, edges, RandomKey(key))) {
              pairs[etype] = {ends.src, ends.dst};
            }
            return pairs;
          },
          py::arg("graph"), py::arg("edges"), py::arg("key"), ReleaseGil());
  py::class_<PerSourceUniform, NegativeSampler, std::shared_ptr<PerSourceUniform>>(
      module, "PerSourceUniform")
      .def(py::init<std::int64_t>());
  py::class_<GlobalUniform, NegativeSampler, std::shared_ptr<GlobalUniform>>(module,
                                                                             "GlobalUniform")
      .def(py::init([](std::int64_t k, bool exclude_self_loops, bool replace) {
        return std::make_shared<GlobalUniform>(
            k, GlobalUniformOptions{.exclude_self_loops = exclude_self_loops, .replace = replace});
      }));
}

void bind_picks(py::module_& module) {
  module.def(
      "sample_neighbors",
      [](const Graph& graph, const NodeIds& nodes, const Fanout& fanout,
         const NeighborSamplerOptions& options, std::uint64_t key) {
        return sample_neighbors(graph, nodes, fanout, options, RandomKey(key));
      },
      py::arg("graph"), py::arg("nodes"), py::arg("fanout"), py::arg("options"), py::arg("key"),
      ReleaseGil());
  module.def(
      "sample_labors",
      [](const Graph& graph, const NodeIds& nodes, const Fanout& fanout,
         const LaborOptions& options, std::uint64_t key) {
        return sample_labors(graph, nodes, fanout, options, RandomKey(key));
      },
      py::arg("graph"), py::arg("nodes"), py::arg("fanout"), py::arg("options"), py::arg("key"),
      ReleaseGil());
  module.def("exclude_edges", &exclude_edges, py::arg("sampled"), py::arg("excluded"),
             ReleaseGil());
  module.def(
      "select_topk",
      [](const Graph& graph, const NodeIds& nodes, const Fanout& k, const std::string& weight,
         const std::string& edge_dir, bool ascending) {
        return select_topk(graph, nodes, k, weight,
                           {.edge_dir = direction(edge_dir), .ascending = ascending});
      },
      py::arg("graph"), py::arg("nodes"), py::arg("k"), py::arg("weight"), py::arg("edge_dir"),
      py::arg("ascending"), ReleaseGil());
}

void bind_walks(py::module_& module) {
  module.def(
      "node2vec_random_walk",
      [](const Graph& graph, const at::Tensor& nodes, double p, double q, std::int64_t walk_length,
         const std::optional<std::string>& prob, std::uint64_t key) {
        RandomWalks walks = node2vec_random_walk(
            graph, nodes, walk_length, {.p = p, .q = q, .prob = prob.value_or("")}, RandomKey(key));
        return std::pair(std::move(walks.traces), std::move(walks.eids));
      },
      py::arg("graph"), py::arg("nodes"), py::arg("p"), py::arg("q"), py::arg("walk_length"),
      py::arg("prob"), py::arg("key"), ReleaseGil());
  module.def(
      "random_walk",
      [](const Graph& graph, const at::Tensor& nodes, const std::vector<EtypeKey>& metapath,
         const std::optional<std::string>& prob, const std::optional<at::Tensor>& restart_prob,
         std::uint64_t key) {
        RandomWalks walks =
            random_walk(graph, nodes, metapath,
                        {.prob = prob.value_or(""), .restart_prob = tensor_or_none(restart_prob)},
                        RandomKey(key));
        return std::tuple(std::move(walks.traces), std::move(walks.eids), std::move(walks.types));
      },
      py::arg("graph"), py::arg("nodes"), py::arg("metapath"), py::arg("prob"),
      py::arg("restart_prob"), py::arg("key"), ReleaseGil());
}

const Room sampling_room(40, [](py::module_& module) {
  bind_sampling_options(module);
  bind_samplers(module);
  bind_negative_samplers(module);
  bind_subgraph_samplers(module);
  bind_picks(module);
  bind_walks(module);
  module.def("fold_in", [](std::uint64_t key, std::uint64_t data) {
    return RandomKey(key).fold_in(data).value();
  });
  module.def(
      "find_exclude_eids",
      [](const Graph& graph, const EdgesByRelation& seeds, const EdgePredictionOptions& options) {
        const EdgeIds excluded = find_exclude_eids(graph, seeds, options);
        EdgesByRelation result;
        for (const auto& [key, ids] : excluded.entries()) {
          result[graph.to_canonical_etype(key)] = ids;
        }
        return result;
      },
      py::arg("graph"), py::arg("seeds"), py::arg("options"), ReleaseGil());
  module.def(
      "global_uniform_negative_sampling",
      [](const Graph& graph, std::int64_t num_samples, bool exclude_self_loops, bool replace,
         const EtypeKey& etype, std::uint64_t key) {
        const EdgePair pairs = global_uniform_negative_sampling(
            graph, num_samples, {.exclude_self_loops = exclude_self_loops, .replace = replace},
            RandomKey(key), etype);
        return std::pair(pairs.src, pairs.dst);
      },
      py::arg("graph"), py::arg("num_samples"), py::arg("exclude_self_loops"), py::arg("replace"),
      py::arg("etype"), py::arg("key"), ReleaseGil());
});

}  // namespace
}  // namespace grapevine::python
