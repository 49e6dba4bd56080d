#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/graph/id_list.h"
#include "grapevine/train/checkpoint.h"

namespace grapevine::serve {

/// How scores are computed.
struct PredictorOptions {
  /// How many neighbours each node is given, a number for each layer as in
  /// `sampling::NeighborSampler`, the input's first. Empty: all of them, which
  /// gives the scores of the full graph; a request then costs as much as its
  /// neighbourhood is large.
  std::vector<std::int64_t> fanouts{};
  std::uint64_t seed = 0;          ///< of what is sampled
  std::int64_t batch_size = 1024;  ///< nodes whose scores are computed at a time
  /// Compute the scores of all nodes whenever the graph changes, so that a
  /// prediction looks them up. Models that read more of a graph than blocks
  /// hold (GCN, APPNP, ...) do so always.
  bool precompute = false;
};

/// Scores, and which state of the graph they are of.
struct Prediction {
  at::Tensor scores;         ///< `[num_ids, num_classes]`, a row for each id, in their order
  std::int64_t version = 0;  ///< see `Predictor::version`
};

/// Nodes and edges that a graph is given.
struct GraphAddition {
  at::Tensor feat{};       ///< of the new nodes: floats `[num_new_nodes, in_feats]`;
                           ///< undefined: none
  at::Tensor src{};        ///< of the new edges: int64 or int32 `[num_new_edges]`;
                           ///< undefined: none
  at::Tensor dst{};        ///< likewise
  at::Tensor edge_feat{};  ///< `[num_new_edges]` or `[num_new_edges, width]` if
                           ///< the model reads it
};

/// A trained model at work: answers which class the nodes of a graph belong to,
/// for any number of threads at once, while the graph changes.
///
///     Predictor predictor(train::load_checkpoint("sage.pt"), graph);
///     at::Tensor classes = predictor.predict({3, 14, 159}).scores.argmax(1);
///
/// A prediction reads one state of graph and features from beginning to end and
/// never waits for a change that is being made. It is computed on the calling
/// thread alone; parallel requests are what uses more cores.
///
/// Scores depend on the id, the state and the seed, and not on the ids that are
/// asked for together: what a node samples is drawn from a stream of its own.
/// (Matrix products of other sizes may round differently: about 1e-6.)
class Predictor {
 public:
  /// The checkpoint's model and `graph`, which is prepared as the graphs were
  /// that the model learnt from: it gets the same reverse edges and self-loops.
  /// Features are shared, so they must not be written into any more. Throws
  /// `Error` as `train::restore_model` and `replace` do, for fanouts of another
  /// number than the model has layers or below -1, fanouts with a model that
  /// cannot use them, and a batch size below 1.
  Predictor(train::Checkpoint checkpoint, const Graph& graph, PredictorOptions options = {});
  ~Predictor();
  Predictor(const Predictor&) = delete;
  Predictor& operator=(const Predictor&) = delete;

  /// The scores of nodes, which may repeat. Throws `Error` that names the id
  /// and the range for one that is no node, and for ids that are not `[n]`
  /// int64 or int32.
  [[nodiscard]] Prediction predict(const IdList& ids) const;

  /// Puts another graph with its features in the place of this one; returns its
  /// version. Until it is ready, predictions are those of the old one. Throws
  /// `Error`, and changes nothing, for one that does not fit: see
  /// `train::check_fits`; and for one that is not on the CPU.
  std::int64_t replace(const Graph& graph);
  /// Adds nodes and edges; returns the version. New nodes are numbered after
  /// those there are, and new edges may join them. What is added is prepared as
  /// the graph was: each edge gets its reverse (unless what is added has it),
  /// each node its self-loop. Throws `Error`, and changes nothing, for ids out
  /// of range and features of another shape. O(edges + nodes * features), so
  /// add much at once.
  std::int64_t append(const GraphAddition& addition);

  /// How many changes have led to the present state.
  [[nodiscard]] std::int64_t version() const;
  /// Of the present state.
  [[nodiscard]] std::int64_t num_nodes() const;
  /// Of the present state, with those that preparing it has added.
  [[nodiscard]] std::int64_t num_edges() const;
  [[nodiscard]] std::int64_t num_classes() const;
  [[nodiscard]] const train::ModelDescription& description() const;
  /// Whether scores are computed for all nodes when the graph changes.
  [[nodiscard]] bool precomputes() const;

 private:
  struct State;
  class Model;

  [[nodiscard]] std::shared_ptr<const State> state() const;
  std::int64_t publish(Graph graph, at::Tensor feat);

  std::unique_ptr<const Model> model_;
  std::mutex changing_;                 ///< held for a whole change
  mutable std::mutex pointer_;          ///< held while the pointer is copied, no longer
  std::shared_ptr<const State> state_;  ///< never changes once it is here
};

}  // namespace grapevine::serve
